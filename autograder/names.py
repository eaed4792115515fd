"""What the text of a cell says about names, read without running it."""

import ast
import symtable
from collections.abc import Iterator


def statements(source: str) -> list[ast.stmt]:
    """The statements on the top level of a cell; none if it does not parse."""
    try:
        return ast.parse(_python(source)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def is_python(source: str) -> bool:
    """Whether a text is Python without special syntax of IPython's."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def definitions(source: str) -> set[str]:
    """The functions and classes on the top level of a cell."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {statement.name for statement in statements(source) if isinstance(statement, kinds)}


def bound(source: str, *, imports: bool = True) -> set[str]:
    """All global names that a cell of the instructor's may bind: by assignment, definition, import, loop, `global`, …

    imports: also by import statements, but no star import: what that binds its text does not show, see `is_open`.
    """
    try:
        top = symtable.symtable(_instructors(source), "<cell>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    names = {
        symbol.get_name()
        for table in _tables(top)
        for symbol in table.get_symbols()
        if (symbol.is_assigned() and (table is top or symbol.is_declared_global()))
        or (imports and symbol.is_imported() and (table is top or symbol.is_declared_global()))
    }
    if not imports:
        return names - {alias for statement in statements(_instructors(source)) for alias in _imported(statement)}
    return names


def is_open(source: str) -> bool:
    """Whether a cell of the instructor's may bind names that its text does not show: `from m import *`, `exec`,
    `globals()`, a magic.
    """
    if any(line.lstrip().startswith(("%", "!")) for line in source.splitlines()):
        return True
    for node in (node for statement in statements(_instructors(source)) for node in ast.walk(statement)):
        match node:
            case ast.ImportFrom(names=[ast.alias(name="*")]):
                return True
            case ast.Name(id="exec" | "globals" | "locals" | "vars" | "setattr" | "get_ipython"):
                return True
    return False


def _imported(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.Import | ast.ImportFrom):
        yield from ((alias.asname or alias.name).split(".")[0] for alias in statement.names)


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _tables(child)


def _python(source: str) -> str:
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())


def _instructors(source: str) -> str:
    """A cell of the instructor's without what only IPython reads, also `name?` and `names = !ls`. Of a student's this
    could take any time.
    """
    plain = _python(source)
    if is_python(plain):
        return plain
    from IPython.core.inputtransformer2 import TransformerManager  # takes a while to load, and few cells need it

    return TransformerManager().transform_cell(source)
