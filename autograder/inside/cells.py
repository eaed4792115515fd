"""Runs the source of a cell as plain Python, without a shell."""

import ast
import asyncio
import inspect
import linecache
from collections.abc import Callable, Coroutine


def run_source(
    source: str,
    filename: str,
    namespace: dict,
    *,
    complete: Callable[[Coroutine], object] = asyncio.run,
    change: Callable[[ast.Module], ast.Module] = lambda tree: tree,
):
    """Run a cell in a namespace; the value of its last expression, None if it ends with something else.

    filename: what tracebacks call the cell. They, and `inspect.getsource`, find its text under that name.
    complete: runs a coroutine, for a cell with `await`.  change: what is run in place of the cell.
    """
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    tree = change(ast.parse(source, filename))
    last = tree.body[-1] if tree.body else None

    def run(part: ast.Module | ast.Expression, mode: str):
        code = compile(part, filename, mode, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        value = eval(code, namespace)
        return complete(value) if code.co_flags & inspect.CO_COROUTINE else value

    if not isinstance(last, ast.Expr):
        run(tree, "exec")
        return None
    tree.body.pop()
    run(tree, "exec")
    return run(ast.Expression(last.value), "eval")
