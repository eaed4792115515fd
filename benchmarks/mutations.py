"""Do the tests notice? One small change of a module at a time, and whether its tests still pass.

    python -m benchmarks.mutations autograder/book/rows.py tests/autograder/book/test_rows.py

A comparison, an operator or a constant becomes another, a condition its opposite, a statement nothing. Each change is
tried in a process of its own, forked from one that has loaded what the tests need; those that survive are printed.
"""

import argparse
import ast
import importlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

PATIENCE = 120  # seconds of processor time for all tests on one change: some changes make a loop that does not end

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
Change = Callable[[], None]


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """What is changed, and the whole source with it, for every change that can be made."""
    for number in range(len(list(_changes(ast.parse(source))))):
        tree = ast.parse(source)
        node, change = list(_changes(tree))[number]
        before = ast.unparse(node).splitlines()[0]
        change()
        after = ast.unparse(node).splitlines()[0]
        what = f"{before}  →  {after}" if after != before else f"{before}  left out"
        yield f"line {node.lineno}: {what}", ast.unparse(ast.fix_missing_locations(tree))


def _changes(tree: ast.Module) -> Iterator[tuple[ast.AST, Change]]:
    """A node to name, and what makes the change."""
    silent = set(_without_effect(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            for i, operator in enumerate(node.ops):
                yield node, partial(node.ops.__setitem__, i, _OTHER[type(operator)]())
        elif isinstance(node, ast.BoolOp | ast.BinOp | ast.AugAssign) and type(node.op) in _OTHER:
            yield node, partial(setattr, node, "op", _OTHER[type(node.op)]())
        elif isinstance(node, ast.Constant) and node not in silent:
            yield node, partial(setattr, node, "value", _other(node.value))
        elif isinstance(node, ast.If | ast.IfExp | ast.While):
            yield node.test, partial(setattr, node, "test", ast.UnaryOp(ast.Not(), node.test))
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            for part in node.generators:
                for i, test in enumerate(part.ifs):
                    yield test, partial(part.ifs.__setitem__, i, ast.UnaryOp(ast.Not(), test))
        if isinstance(node, ast.FunctionDef | ast.If | ast.For | ast.While | ast.With | ast.Try):
            for block in (node.body, getattr(node, "orelse", [])):
                for i, statement in enumerate(block):
                    if not isinstance(statement, ast.Pass) and getattr(statement, "value", None) not in silent:
                        yield statement, partial(block.__setitem__, i, ast.Pass())


def _without_effect(tree: ast.Module) -> Iterator[ast.AST]:
    """Docstrings, and all that an annotation is made of."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        for annotation in filter(None, (getattr(node, "annotation", None), getattr(node, "returns", None))):
            yield from ast.walk(annotation)


def _other(value: object) -> object:
    """Another constant of a kind that might stand in the same place."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float | complex):
        return value + 1
    return f"{value}?" if isinstance(value, str) else 0 if value is None else None


def survives(module: str, source: str, tests: list[str]) -> bool:
    """Whether the tests pass with the module's source replaced, in a process that ends with them."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    try:
        signal.setitimer(signal.ITIMER_PROF, PATIENCE)  # its signal ends the process
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1), os.dup2(sink, 2)
        exec(compile(source, module, "exec"), vars(importlib.import_module(module)))
        os._exit(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests]))
    finally:
        os._exit(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, help="the module")
    parser.add_argument("tests", nargs="+", help="its tests, as pytest takes them")
    arguments = parser.parse_args()
    module = ".".join(arguments.path.with_suffix("").parts)
    importlib.import_module(module)
    source = arguments.path.read_text(encoding="utf-8")
    if not survives(module, source, arguments.tests):
        sys.exit("the tests fail as it is")
    made = list(mutants(source))
    alive = []
    for what, changed in made:
        if survives(module, changed, arguments.tests):
            alive.append(what)
            print(what, flush=True)
    killed = len(made) - len(alive)
    print(f"{arguments.path}: {killed} of {len(made)} changes noticed, {killed / len(made):.1%}")


if __name__ == "__main__":
    main()
