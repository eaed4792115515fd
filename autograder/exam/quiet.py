"""Whether code leaves no trace but what it returns and what it does to its arguments: read from its text.

If all of a student's own code is quiet, a demonstration that only calls it changes nothing that a check could see. The
answer is "no" wherever the text does not show it: then demonstrations are run.
"""

import ast
import builtins
import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

from autograder.names import bound, is_open, is_python, nodes, reads, statements

# What reaches names, or other code, by ways that a text does not show.
_DARK_NAMES = frozenset(
    """eval exec compile globals locals vars dir setattr delattr getattr open input breakpoint __import__ __builtins__
    get_ipython In Out exit quit""".split()  # noqa: SIM905
)
_DARK_ATTRIBUTES = frozenset(
    """query eval modules f_globals f_locals f_back __globals__ __dict__ __code__ __defaults__ __kwdefaults__
    __closure__ __setattr__ __delattr__ __builtins__ __subclasses__ __mro__ __func__ __self__ __wrapped__
    """.split()  # noqa: SIM905
)
_DARK_MODULES = frozenset({"builtins", "ctypes", "gc", "importlib", "inspect", "IPython", "__main__", "sys", "pickle"})
_HISTORY = re.compile(r"_i?\d+|_{2,3}|_i{1,3}|_[ioh]h")
_HARMLESS_MAGIC = re.compile(r"^\s*%(matplotlib|config|precision)\b.*$", re.MULTILINE)

# Modules that using them does not change, but for what `_LOUD` names of them.
_QUIET_MODULES = frozenset(
    """abc collections copy dataclasses enum fractions functools itertools json math nnkit numbers numpy operator
    pathlib re scipy sklearn statistics string textwrap time typing""".split()  # noqa: SIM905
)
_LOUD = frozenset(
    """seterr seterrcall setbufsize set_printoptions set_config cache lru_cache cached_property singledispatch save
    savez savez_compressed savetxt tofile memmap workbook explore
    write_text write_bytes unlink mkdir rmdir touch rename symlink_to hardlink_to dump set_default_dtype""".split()  # noqa: SIM905
)
_FRESH = frozenset({"default_rng", "Generator", "SeedSequence"})  # of `numpy.random`: all else draws from one for all
_BUILTINS = frozenset(dir(builtins))
_DECORATORS = frozenset({"staticmethod", "classmethod", "property", "dataclass", "abstractmethod"})


@lru_cache(1_000)
def is_transparent(source: str, *, released: bool = False) -> bool:
    """Whether the names that a cell reads and binds are those that its text shows.

    released: it is the instructor's, whose `getattr` asks an object that the text names for a part of it.
    """
    source = _HARMLESS_MAGIC.sub("", source)
    if not is_python(source):  # IPython's, or a slip, and then it does nothing
        return not any(mark in source for mark in "%!?")
    history = {name for name in reads(source) if _HISTORY.fullmatch(name)} | ({"_"} & (reads(source) - bound(source)))
    dark = (node for node in nodes(source) if _is_dark(node) and not (released and _is_getattr(node)))
    return not (is_open(source) or history or any(dark) or (released and _asks_for_dark(source)))


def is_quiet(sources: Iterable[str], known: Collection[str]) -> bool:
    """Whether calling what these cells define changes nothing but arguments.

    They bind functions, classes, imports and constants only; these write to nothing that outlives a call, and read
    nothing but each other and what is `known` to be as quiet.
    """
    own, seen = list(sources), {*known, *_BUILTINS}
    names = {name for source in own for name, _ in _parts(source)}
    return all(is_transparent(source) and bound(source) <= names and _is_silent(source, seen | names) for source in own)


def quiet_names(released: Iterable[str], answers: Iterable[str], settings: Collection[str] = ()) -> frozenset[str]:
    """What released cells bind, once and to nothing else, that is as quiet.

    answers: the names that the student's cells are to define, whose quiet is a question of its own.
    settings: those of `settings_of`.
    """
    texts: dict[str, list[str]] = {}
    for source in released:
        parts = list(_parts(source))
        for name, text in parts:
            texts.setdefault(name, []).append(text)
        for name in bound(source) - {name for name, _ in parts}:
            texts.setdefault(name, []).append("")  # to something else
    quiet = {name for name, found in texts.items() if "" not in found and all(map(is_transparent, found))}
    others = {*answers, *settings, *_BUILTINS}
    while True:
        around = quiet | others
        still = {name for name in quiet if all(_is_silent(text, around) for text in texts[name])}
        if still == quiet:
            return frozenset(quiet)
        quiet = still


def settings_of(sources: Iterable[str]) -> frozenset[str]:
    """The names that cells bind to a list, set or dictionary of constants, and to nothing else, and never hand on:
    `options = {"rate": 0.5}` and then `Model(**options)`. Nobody can change what they hold.
    """
    found: set[str] = set()
    others: set[str] = set()
    for source in sources:
        made = {node: name for node in statements(source) if (name := _setting(node))}
        rest = "\n".join(ast.unparse(node) for node in statements(source) if node not in made)
        found.update(made.values())
        others |= bound(rest) | handed_on(source)
    return frozenset(found - others)


def handed_on(source: str) -> set[str]:
    """The names whose objects a text may give away: it does more with them than look at their items."""
    looked_at = {id(name) for node in nodes(source) for name in _looked_at(node)}
    loaded = (node for node in nodes(source) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    return {node.id for node in loaded if id(node) not in looked_at}


def _is_silent(source: str, known: Collection[str]) -> bool:
    """Whether a text reads only what is known, and writes to nothing that outlives a call."""
    read = reads(source)
    written = {name for node in nodes(source) for name in _written(node)}
    return read <= set(known) and not written & read and all(map(_leaves_no_trace, nodes(source)))


def _is_dark(node: ast.AST) -> bool:
    match node:
        case ast.Name(id=name):
            return name in _DARK_NAMES
        case ast.Attribute(attr=name):
            return name in _DARK_ATTRIBUTES
        case ast.Import(names=names):
            return any(alias.name.partition(".")[0] in _DARK_MODULES for alias in names)
        case ast.ImportFrom(module=module):
            return module is None or module.partition(".")[0] in _DARK_MODULES
    return False


def _is_getattr(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "getattr"


def _asks_for_dark(source: str) -> bool:
    """Whether a cell with a `getattr` holds the name of an attribute that leads to other names."""
    texts = {node.value for node in nodes(source) if isinstance(node, ast.Constant)}
    return not texts.isdisjoint(_DARK_ATTRIBUTES) and any(map(_is_getattr, nodes(source)))


def _parts(source: str) -> Iterator[tuple[str, str]]:
    """What a cell binds that nobody changes by using it, each with the statement that does."""
    for node in statements(source):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, ast.unparse(node)
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if isinstance(value, ast.Lambda) or _is_constant(
                value
            ):
                yield name, ast.unparse(node)
            case ast.Import(names=names):
                for alias in names:
                    yield (alias.asname or alias.name).partition(".")[0], ast.unparse(ast.Import([alias]))
            case ast.ImportFrom(module=module, names=names, level=level):
                for alias in names:
                    yield alias.asname or alias.name, ast.unparse(ast.ImportFrom(module, [alias], level))


def _is_constant(node: ast.expr | None) -> bool:
    match node:
        case None | ast.Constant():
            return True
        case ast.UnaryOp(operand=operand):
            return _is_constant(operand)
        case ast.BinOp(left=left, right=right):
            return _is_constant(left) and _is_constant(right)
        case ast.Tuple(elts=items):
            return all(map(_is_constant, items))
    return False


def _setting(node: ast.stmt) -> str:
    """The name that a statement binds to a collection of constants; "" if it does not."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.List(elts=items) | ast.Set(elts=items)):
            return name if all(map(_is_constant, items)) else ""
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict(keys=keys, values=values)):
            return name if None not in keys and all(map(_is_constant, (*keys, *values))) else ""
    return ""


def _looked_at(node: ast.AST) -> Iterator[ast.expr]:
    """What a node takes the items of, and nothing else: `**x`, `*x`, `x[0]`, `for … in x`."""
    match node:
        case ast.keyword(arg=None, value=value) | ast.Starred(value=value, ctx=ast.Load()):
            yield value
        case ast.Subscript(value=value, ctx=ast.Load()):
            yield value
        case ast.For(iter=value) | ast.comprehension(iter=value):
            yield value


def _leaves_no_trace(node: ast.AST) -> bool:
    match node:
        case ast.Global() | ast.Nonlocal():
            return False
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            decorators = getattr(node, "decorator_list", [])
            kept = [*node.args.defaults, *node.args.kw_defaults]
            return all(map(_is_plain_decorator, decorators)) and all(map(_is_default, kept))
        case ast.ClassDef(body=body, decorator_list=decorators, keywords=keywords):
            return not keywords and all(map(_is_plain_decorator, decorators)) and all(map(_is_plain_member, body))
        case ast.Attribute(ctx=ast.Store() | ast.Del(), value=target):
            return isinstance(target, ast.Name)  # of a variable of the function's; see _written
        case ast.Attribute(value=ast.Attribute(attr="random"), attr=name):
            return name in _FRESH
        case ast.Attribute(value=ast.Name(id="np" | "numpy" | "sp" | "scipy"), attr="random"):
            return True  # it counts with what is taken of it
        case ast.Attribute(attr=name):
            return name not in _LOUD
        case ast.Call(args=arguments, keywords=keywords):
            return not any(map(_is_random_module, (*arguments, *(keyword.value for keyword in keywords))))
        case ast.Assign(value=value) | ast.NamedExpr(value=value) | ast.Return(value=value):
            return not _is_random_module(value)
        case ast.Import(names=names):
            return all(
                alias.name.partition(".")[0] in _QUIET_MODULES and ".random" not in alias.name for alias in names
            )
        case ast.ImportFrom(module=str(module), names=names):
            quiet = module.partition(".")[0] in _QUIET_MODULES and not any(part in _LOUD for part in module.split("."))
            fresh = ".random" not in module or all(alias.name in _FRESH for alias in names)
            return quiet and fresh and not any(alias.name in _LOUD | {"random", "*"} for alias in names)
    return True


def _written(node: ast.AST) -> Iterator[str]:
    """Names of objects that get a new attribute."""
    match node:
        case ast.Attribute(ctx=ast.Store() | ast.Del(), value=ast.Name(id=name)):
            yield name


def _is_random_module(node: ast.expr | None) -> bool:
    """`np.random` itself handed on, to be used under another name."""
    return isinstance(node, ast.Attribute) and node.attr == "random"


def _is_plain_decorator(node: ast.expr) -> bool:
    target = node.func if isinstance(node, ast.Call) else node
    return (target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")) in _DECORATORS


def _is_default(node: ast.expr | None) -> bool:
    """A default that a call cannot change: a constant, or a function or class by its name (`activation=np.tanh`)."""
    return _is_constant(node) or isinstance(node, ast.Name | ast.Attribute)


def _is_plain_member(node: ast.stmt) -> bool:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Assign(value=value) | ast.AnnAssign(value=value):
            return _is_constant(value) or isinstance(value, ast.Name)  # `__radd__ = __add__`
    return False
