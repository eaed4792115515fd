"""What the text of a cell says about names, read without running it."""

import ast
import symtable
from collections.abc import Iterable, Iterator

# Calls that change what they are called on, or given first: of Python's containers, NumPy, pandas.
_CHANGING_METHODS = frozenset(
    """add append appendleft clear difference_update discard extend extendleft fill insert intersection_update itemset
    pop popitem popleft put remove reverse rotate setdefault sort symmetric_difference_update update""".split()  # noqa: SIM905
)
_CHANGING_FUNCTIONS = frozenset(
    """copyto delattr fill_diagonal heapify heappop heappush heappushpop heapreplace insort insort_left insort_right
    next place put put_along_axis putmask setattr shuffle""".split()  # noqa: SIM905
)


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


def changed(source: str) -> set[str]:
    """The global names that a cell changes in place: `x += 1`, `d["k"] = 1`, `del d["k"]`, `x.a.append(1)`, ….

    Also the attributes on the way there, with a dot: `.a`.
    """
    source = _instructors(source)
    found = {part for statement in statements(source) for node in ast.walk(statement) for part in _changed_by(node)}
    try:
        top = symtable.symtable(source, "<cell>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    names = {symbol.get_name() for table in _tables(top) for symbol in table.get_symbols() if _is_global(symbol, table)}
    return {part for part in found if part.startswith(".") or part in names}


def read_first(source: str) -> set[str]:
    """The global names that a cell reads while it runs, before it binds them itself."""
    reader = _Reader()
    for statement in statements(_instructors(source)):
        reader.visit(statement)
    return reader.read


def read_later(source: str) -> set[str]:
    """The global names that functions of a cell read when they are called; its own name does not count for each."""
    try:
        top = symtable.symtable(_instructors(source), "<cell>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {name for table in top.get_children() for name in _read_inside(table) - {table.get_name()}}


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
    for node in (node for statement in statements(_instructors(source)) for node in ast.walk(statement)):
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


class _Reader(ast.NodeVisitor):
    """Goes through statements in the order in which Python runs them; what functions do comes later."""

    def __init__(self):
        self.read: set[str] = set()
        self._bound: set[str] = set()

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self._bound.add(node.id)
        elif node.id not in self._bound:
            self.read.add(node.id)

    def visit_Assign(self, node: ast.Assign | ast.AnnAssign | ast.NamedExpr) -> None:
        if node.value is not None:
            self.visit(node.value)
            self._visit_all(node.targets if isinstance(node, ast.Assign) else [node.target])

    visit_AnnAssign = visit_NamedExpr = visit_Assign

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        if isinstance(node.target, ast.Name) and node.target.id not in self._bound:
            self.read.add(node.target.id)
        self.visit(node.target)

    def visit_For(self, node: ast.For | ast.AsyncFor | ast.comprehension) -> None:
        inside = node.ifs if isinstance(node, ast.comprehension) else [*node.body, *node.orelse]
        self._visit_all([node.iter, node.target, *inside])

    visit_AsyncFor = visit_comprehension = visit_For

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> None:
        self._visit_scope([*node.generators, node.elt])

    visit_SetComp = visit_GeneratorExp = visit_ListComp

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._visit_scope([*node.generators, node.key, node.value])

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._visit_all([*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)])
        self._bound.add(node.name)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_all([*node.args.defaults, *filter(None, node.args.kw_defaults)])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_all([*node.decorator_list, *node.bases, *node.keywords])
        self._visit_scope(node.body)
        self._bound.add(node.name)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        self._bound.update(_imported(node))

    visit_ImportFrom = visit_Import

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self._bound.add(node.name or "")
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        self._bound.add(node.name or "")
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs

    def _visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def _visit_scope(self, nodes: Iterable[ast.AST]) -> None:
        """What is bound inside stays inside."""
        outside = set(self._bound)
        self._visit_all(nodes)
        self._bound = outside


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
