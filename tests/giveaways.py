"""Looks for the answer to an exercise in cells that students see: the same expressions, whatever their names are."""

import ast
from collections.abc import Iterator

from autograder.build.keys import Kind
from autograder.build.source import Chapter, Exercise
from autograder.hidden import SOLUTION, Hidden

SMALLEST = 3
"""Nodes of an expression that says something: `a * b`, `f(z)`."""
_MODULES = {"np", "math", "rng"}  # names that are the same in every cell


def shown(chapter: Chapter, exercise: Exercise) -> dict[int, float]:
    """How much of an exercise's solution stands in each other cell of its chapter: line of the cell → share, 0 to 1."""
    answer = _answer(exercise.solution.source)
    released = ((cell.line, _released(cell)) for cell in chapter.cells if cell.type == "code")
    return {line: _share(answer, _trees(source)) for line, source in released if source}


def size(exercise: Exercise) -> int:
    """How many nodes the expressions of an exercise's solution have."""
    return sum(map(_size, _answer(exercise.solution.source)))


def _answer(source: str) -> list[ast.expr]:
    """The outermost expressions on the lines that are cut from an exercise."""
    lines = source.splitlines()
    begin, end = (next(i for i, line in enumerate(lines, 1) if mark in line) for mark in SOLUTION)
    return [tree for tree in _trees(source) if begin < tree.lineno < end]


def _released(cell) -> str:
    """What students see of a cell; of an exercise nothing, since all that counts there is cut."""
    if cell.kind is Kind.EXERCISE:
        return ""
    return Hidden().released(cell.source) if cell.kind is Kind.CHECK else cell.source


def _trees(source: str) -> list[ast.expr]:
    """The outermost expressions of a text."""
    return list(_expressions(ast.parse(source)))


def _expressions(node: ast.AST) -> Iterator[ast.expr]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield child
        else:
            yield from _expressions(child)


def _share(answer: list[ast.expr], cell: list[ast.expr]) -> float:
    """The share of the nodes of an answer that lie in expressions which the cell has, too."""
    there = {_normal(part) for tree in cell for part in ast.walk(tree) if isinstance(part, ast.expr)}
    return sum(_found(tree, there) for tree in answer) / max(1, sum(map(_size, answer)))


def _found(tree: ast.expr, there: set[str]) -> int:
    size = _size(tree)
    if size < SMALLEST:
        return 0
    if _normal(tree) in there:
        return size
    return sum(_found(child, there) for child in _expressions(tree))


def _size(tree: ast.expr) -> int:
    return sum(isinstance(node, ast.expr) for node in ast.walk(tree))


def _normal(tree: ast.expr) -> str:
    """An expression with its names numbered in the order in which they come."""
    numbers: dict[str, int] = {}
    parts = []
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name):
                parts.append(name if name in _MODULES else str(numbers.setdefault(name, len(numbers))))
            case ast.Constant(value=value):
                parts.append(repr(value))
            case ast.Attribute(attr=name) | ast.keyword(arg=name) | ast.arg(arg=name):
                parts.append(f".{name}")
            case ast.Load() | ast.Store():
                pass
            case _:
                parts.append(f"{type(node).__name__}{sum(1 for _ in ast.iter_child_nodes(node))}")
    return " ".join(parts)
