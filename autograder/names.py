"""What the text of a cell says about names, read without running it. The same text is asked many things, so answers are
kept.

Texts of the instructor's may hold what only IPython reads. Of a student's ask `is_python` first.
"""

import ast
import re
import symtable
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import takewhile

_kept = lru_cache(1_000)

# Calls that change what they are called on, or given first: of Python's containers, NumPy, pandas.
_CHANGING_METHODS = frozenset(
    """add append appendleft clear difference_update discard extend extendleft fill insert intersection_update itemset
    pop popitem popleft put remove reverse rotate setdefault sort symmetric_difference_update update""".split()  # noqa: SIM905
)
_CHANGING_FUNCTIONS = frozenset(
    """copyto delattr fill_diagonal heapify heappop heappush heappushpop heapreplace insort insort_left insort_right
    next place put put_along_axis putmask setattr shuffle""".split()  # noqa: SIM905
)
_BEGUN = re.compile(r"^(?:(?:async +)?def +|class +)(\w{1,200})|^(\w{1,200}) *=(?!=)", re.MULTILINE)


@_kept
def statements(source: str) -> tuple[ast.stmt, ...]:
    """The statements on the top level of a cell; none if it does not parse."""
    try:
        return tuple(ast.parse(_python(source)).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()


@_kept
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


@_kept
def bound(source: str, *, imports: bool = True) -> frozenset[str]:
    """All global names that a cell of the instructor's may bind: by assignment, definition, import, loop, `global`, …

    imports: also by import statements, but no star import: what that binds its text does not show, see `is_open`.
    """
    top = _scope(source)
    names = frozenset(
        symbol.get_name()
        for table in _tables(top)
        for symbol in table.get_symbols()
        if (symbol.is_assigned() and (table is top or symbol.is_declared_global()))
        or (imports and symbol.is_imported() and (table is top or symbol.is_declared_global()))
    )
    if not imports:
        return names - {alias for statement in statements(_instructors(source)) for alias in _imported(statement)}
    return names


def begun(source: str) -> set[str]:
    """The names that lines on the top level of a text seem to bind, which need not be Python."""
    return {"".join(names) for names in _BEGUN.findall(source)}


@_kept
def reads(source: str) -> frozenset[str]:
    """All global names that a cell, or a function that it defines, may read. Python's own are among them."""
    top = _scope(source)
    names = {name for table in _tables(top) for name in _read_in(table)}
    for node in nodes(source):
        match node:
            case ast.ClassDef(body=body):  # looks up globally what it has not bound yet
                names |= _read_first(body, set())
            case ast.AugAssign(target=ast.Name(id=name)) if name in bound(source):  # `x += 1` reads x, too
                names.add(name)
            case ast.Delete(targets=targets):
                names |= {name for target in targets for name in _targets(target)} & bound(source)
    return frozenset(names)


def makes(source: str) -> set[str]:
    """The global names that a cell binds on its top level if it runs to its end."""
    return {name for statement in statements(_instructors(source)) for name in _made(statement)}


def imported_first(source: str) -> set[str]:
    """The global names that a cell of the instructor's imports before it does anything else."""
    first = takewhile(lambda node: isinstance(node, ast.Import | ast.ImportFrom), statements(_instructors(source)))
    return {name for statement in first for name in _imported(statement)}


@_kept
def nodes(source: str) -> tuple[ast.AST, ...]:
    """The whole syntax tree of a cell."""
    return tuple(node for statement in statements(_instructors(source)) for node in ast.walk(statement))


def changed(source: str) -> set[str]:
    """The global names that a cell changes in place: `x += 1`, `d["k"] = 1`, `del d["k"]`, `x.a.append(1)`, ….

    Also the attributes on the way there, with a dot: `.a`.
    """
    found = {part for node in nodes(source) for part in _changed_by(node)}
    top = _scope(source)
    names = {symbol.get_name() for table in _tables(top) for symbol in table.get_symbols() if _is_global(symbol, table)}
    return {part for part in found if part.startswith(".") or part in names}


def read_first(source: str) -> set[str]:
    """The global names that a cell may read while it runs, before it has surely bound them itself."""
    return _read_first(statements(_instructors(source)), set())


def read_later(source: str) -> set[str]:
    """The global names that functions of a cell read when they are called; its own name does not count for each."""
    return {name for table in _scope(source).get_children() for name in _read_inside(table) - {table.get_name()}}


def helpers(source: str) -> set[str]:
    """The functions and classes that a cell gives a name on its top level, also by `name = lambda`."""
    named = {
        target.id
        for statement in statements(_instructors(source))
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Lambda)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    return definitions(_instructors(source)) | named


def is_open(source: str) -> bool:
    """Whether a cell of the instructor's may bind names that its text does not show: `from m import *`, `exec`,
    `globals()`, a magic.
    """
    if any(line.lstrip().startswith(("%", "!")) for line in source.splitlines()):
        return True
    for node in nodes(source):
        match node:
            case ast.ImportFrom(names=[ast.alias(name="*")]):
                return True
            case ast.Name(id="exec" | "globals" | "locals" | "vars" | "setattr" | "get_ipython"):
                return True
    return False


def _changed_by(node: ast.AST) -> Iterator[str]:
    """The name, and the attributes with a dot, on the way to what a node of a cell's tree changes in place."""
    match node:
        case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
            yield from _way(node.value)
        case ast.AugAssign(target=target):
            yield from _way(target)
        case ast.Call(func=ast.Attribute(value=value, attr=method), keywords=keywords):
            in_place = any(word.arg == "inplace" and getattr(word.value, "value", 1) for word in keywords)
            if method in _CHANGING_METHODS or in_place:
                yield from _way(value)
            if method in _CHANGING_FUNCTIONS and node.args:
                yield from _way(node.args[0])
        case ast.Call(func=ast.Name(id=function), args=[first, *_]) if function in _CHANGING_FUNCTIONS:
            yield from _way(first)


def _way(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name):
            yield name
        case ast.Attribute(value=value, attr=name):
            yield f".{name}"
            yield from _way(value)
        case ast.Subscript(value=value) | ast.Starred(value=value):
            yield from _way(value)


def _is_global(symbol: symtable.Symbol, table: symtable.SymbolTable) -> bool:
    return table.get_type() == "module" or symbol.is_global()


def _read_inside(table: symtable.SymbolTable, *, called: bool = False) -> set[str]:
    """What the functions in a scope read globally. A class, and a comprehension outside of functions, runs at once."""
    at_once = table.get_type() == "class" or table.get_name() in ("listcomp", "setcomp", "dictcomp", "genexpr")
    called = called or not at_once
    found = {s.get_name() for s in table.get_symbols() if called and s.is_global() and s.is_referenced()}
    return found.union(*(_read_inside(child, called=called) for child in table.get_children()))


def _read_first(block: Iterable[ast.stmt], made: set[str]) -> set[str]:
    """What the statements of a block read that is not made before, there or in the block. `made` grows."""
    found: set[str] = set()
    for statement in block:
        match statement:
            case ast.For(target=target, iter=head, body=body, orelse=other):
                found |= _read(head) - made
                found |= _read_first(body, made | set(_targets(target))) | _read_first(other, set(made))
            case ast.If(test=head, body=body, orelse=other) | ast.While(test=head, body=body, orelse=other):
                found |= _read(head) - made
                found |= _read_first(body, set(made)) | _read_first(other, set(made))
            case ast.With(items=items, body=body):
                found |= {name for item in items for name in _read(item.context_expr)} - made
                made |= {name for item in items if item.optional_vars for name in _targets(item.optional_vars)}
                found |= _read_first(body, made)
            case ast.FunctionDef(args=arguments, decorator_list=decorators):
                heads = [*decorators, *arguments.defaults, *(default for default in arguments.kw_defaults if default)]
                found |= {name for head in heads for name in _read(head)} - made
            case _:
                found |= _read(statement) - made
        made |= _made(statement)
    return found


def _read(node: ast.AST) -> frozenset[str]:
    return reads(ast.unparse(node))


def _made(statement: ast.stmt) -> set[str]:
    """The names that a statement binds if it runs to its end."""
    match statement:
        case ast.Assign(targets=targets):
            return {name for target in targets for name in _targets(target)}
        case ast.AnnAssign(target=target, value=ast.expr()):
            return set(_targets(target))
        case ast.With(body=body):
            return set().union(*map(_made, body))
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Import() | ast.ImportFrom():
            return set(_imported(statement)) - {"*"}
    return set()


def _targets(target: ast.expr) -> Iterator[str]:
    """The names of an assignment's target. `a[i] = …` and `a.b = …` bind none."""
    match target:
        case ast.Name(id=name):
            yield name
        case ast.Tuple(elts=items) | ast.List(elts=items):
            for item in items:
                yield from _targets(item)
        case ast.Starred(value=value):
            yield from _targets(value)


def _read_in(table: symtable.SymbolTable) -> Iterator[str]:
    """The global names that a block reads, but for those that the body of a class binds as well: see `reads`."""
    for symbol in table.get_symbols():
        local = symbol.is_assigned() if table.get_type() == "class" else table.get_type() == "function"
        if symbol.is_referenced() and (symbol.is_global() or not local):
            yield symbol.get_name()


def _imported(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.Import | ast.ImportFrom):
        yield from ((alias.asname or alias.name).split(".")[0] for alias in statement.names)


@_kept
def _scope(source: str) -> symtable.SymbolTable:
    """The scope of a cell's top level; an empty one if it does not parse."""
    try:
        return symtable.symtable(_instructors(source), "<cell>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return symtable.symtable("", "<cell>", "exec")


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _tables(child)


def _python(source: str) -> str:
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())


@_kept
def _instructors(source: str) -> str:
    """A cell of the instructor's without what only IPython reads, also `name?` and `names = !ls`. Of a student's this
    could take any time.
    """
    plain = _python(source)
    if is_python(plain):
        return plain
    from IPython.core.inputtransformer2 import TransformerManager  # takes a while to load, and few cells need it

    return TransformerManager().transform_cell(source)
