"""Runs the source of a cell as plain Python, without a shell."""

import ast
import linecache


def run_source(source: str, filename: str, namespace: dict):
    """Run a cell in a namespace; the value of its last expression, None if it ends with something else.

    filename: what tracebacks call the cell. They, and `inspect.getsource`, find its text under that name.
    """
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    tree = ast.parse(source, filename)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        exec(compile(tree, filename, "exec"), namespace)
        return None
    tree.body.pop()
    exec(compile(tree, filename, "exec"), namespace)
    return eval(compile(ast.Expression(last.value), filename, "eval"), namespace)
