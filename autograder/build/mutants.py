"""Mutants: small changes of a right answer's syntax tree, each of which its check has to notice.

The operators are those that matter for arrays: besides operators, comparisons, constants and conditions an `axis`, a
transpose, a sum for a mean, exchanged arguments, a statement left out.
"""

import ast
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

_OTHER = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_PAIRS = [("sum", "mean"), ("max", "min"), ("argmax", "argmin"), ("maximum", "minimum"), ("zeros", "ones"),
          ("zeros_like", "ones_like"), ("std", "var"), ("any", "all"), ("log", "log2"), ("log1p", "log"),
          ("expm1", "exp")]  # fmt: skip
_FUNCTIONS = dict(_PAIRS) | {other: one for one, other in _PAIRS if other not in dict(_PAIRS)}
"""Of arrays, by name: each for another of its kind."""
_DROPPED = ("abs", "sqrt", "square")
"""Functions that are left out."""

_SYMMETRIC = ("max", "min", "maximum", "minimum", "zip", "hypot", "logaddexp", "isclose", "allclose", "array_equal")
"""Functions whose arguments may be exchanged; those of `zip` are, in what they are for."""

Change = Callable[[], None]


class Mutant(NamedTuple):
    """A source with one change. line: where; what: before → after, or what is left out."""

    line: int
    what: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Every change that can be made of a source. Those that would read the same are numbered."""
    seen: dict[str, int] = {}
    for number in range(len(list(_changes(ast.parse(source))))):
        tree = ast.parse(source)
        node, change = list(_changes(tree))[number]
        before, line = ast.unparse(node).splitlines()[0], getattr(node, "lineno", 0)
        change()
        after = ast.unparse(node).splitlines()[0]
        what = f"{before} → {after}" if after != before else f"{before} left out"
        seen[what] = seen.get(what, 0) + 1
        what += f" ({seen[what]})" * (seen[what] > 1)
        yield Mutant(line, what, ast.unparse(ast.fix_missing_locations(tree)))


def _changes(tree: ast.Module) -> Iterator[tuple[ast.AST, Change]]:
    """A node to name, and what makes the change."""
    silent, even = set(_without_effect(tree)), set(_squared(tree))
    for node in ast.walk(tree):
        if node in silent:
            continue
        if isinstance(node, ast.Compare):
            for i, operator in enumerate(node.ops):
                yield node, partial(node.ops.__setitem__, i, _OTHER[type(operator)]())
        elif isinstance(node, ast.BoolOp | ast.BinOp | ast.AugAssign) and type(node.op) in _OTHER:
            yield node, partial(setattr, node, "op", _OTHER[type(node.op)]())
        elif isinstance(node, ast.Constant):
            yield node, partial(setattr, node, "value", _other(node.value))
        elif isinstance(node, ast.If | ast.IfExp | ast.While):
            yield node.test, partial(setattr, node, "test", ast.UnaryOp(ast.Not(), node.test))
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            for part in node.generators:
                for i, test in enumerate(part.ifs):
                    yield test, partial(part.ifs.__setitem__, i, ast.UnaryOp(ast.Not(), test))
        yield from _array_changes(node, even)
        if isinstance(node, ast.FunctionDef | ast.If | ast.For | ast.While | ast.With | ast.Try):
            for block in (node.body, getattr(node, "orelse", [])):
                for i, statement in enumerate(block):
                    if not isinstance(statement, ast.Pass) and getattr(statement, "value", None) not in silent:
                        yield statement, partial(block.__setitem__, i, ast.Pass())


def _array_changes(node: ast.AST, even: set[ast.AST]) -> Iterator[tuple[ast.AST, Change]]:
    """The slips of who computes with arrays.  even: what a change of sign does not change."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and node not in even:
        yield node, partial(_exchange, node, "left", "right")
    elif isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in _FUNCTIONS:
            yield node, partial(setattr, node.func, "attr", _FUNCTIONS[node.func.attr])
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if (
            name not in _SYMMETRIC
            and len(node.args) > 1
            and not any(isinstance(each, ast.Starred) for each in node.args)
        ):
            yield node, partial(_exchange_first, node.args)
        for i, keyword in enumerate(node.keywords):
            if keyword.arg in ("axis", "keepdims"):
                yield node, partial(node.keywords.__delitem__, i)
    for part, put in _parts(node):
        match part:
            case ast.UnaryOp(op=ast.USub(), operand=inner) | ast.Attribute(attr="T", value=inner):
                yield node, partial(put, inner)
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=[inner], keywords=[]):
                if name in _DROPPED:
                    yield node, partial(put, inner)


def _parts(node: ast.AST) -> Iterator[tuple[ast.AST, Callable[[ast.AST], None]]]:
    """What a node is made of, and what puts something else in its place."""
    for field, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            yield value, partial(setattr, node, field)
        elif isinstance(value, list):
            yield from (
                (item, partial(value.__setitem__, i)) for i, item in enumerate(value) if isinstance(item, ast.AST)
            )


def _exchange(node: ast.AST, one: str, other: str) -> None:
    before = getattr(node, one), getattr(node, other)
    setattr(node, other, before[0])
    setattr(node, one, before[1])


def _exchange_first(arguments: list) -> None:
    arguments[:2] = arguments[1], arguments[0]


def _squared(tree: ast.Module) -> Iterator[ast.AST]:
    """What is squared, or of which the absolute value is taken."""
    for node in ast.walk(tree):
        match node:
            case ast.BinOp(op=ast.Pow(), left=inner, right=ast.Constant(value=2)):
                yield inner
            case ast.Call(func=ast.Attribute(attr="abs" | "square") | ast.Name(id="abs"), args=[inner, *_]):
                yield inner


def _without_effect(tree: ast.Module) -> Iterator[ast.AST]:
    """Docstrings, all that an annotation is made of, and what an exception is told."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        if isinstance(node, ast.Raise) and node.exc is not None:
            yield from ast.walk(node.exc)
        for annotation in filter(None, (getattr(node, "annotation", None), getattr(node, "returns", None))):
            yield from ast.walk(annotation)


def _other(value: object) -> object:
    """Another constant of a kind that might stand in the same place."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float | complex):
        return value + 1
    return f"{value}?" if isinstance(value, str) else 0 if value is None else None
