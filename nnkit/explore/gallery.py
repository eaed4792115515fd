"""One example of each explorer, and a table of them all: for tests, benchmarks and the docs.

An explorer whose function needs arguments has a function `example()` in its file, which calls it with some.
"""

import sys
from inspect import Parameter, Signature, getdoc, signature

from nnkit import explore

FORMS = ("button", "predict", "quiz")
PICTURES = [name for name in explore.__all__ if name not in FORMS]
"""The explorers that show one; forms only ask."""


def example(name: str):
    """The explorer as a widget."""
    function = getattr(explore, name)
    return getattr(sys.modules[function.__module__], "example", function)()


def table() -> str:
    """Markdown, one row for each explorer: how it is called, and the first paragraph of its docstring."""
    rows = ["| call | what one does with it |", "|---|---|"]
    for name in explore.__all__:
        function = getattr(explore, name)
        purpose = " ".join((getdoc(function) or "").split("\n\n")[0].split())
        rows.append(f"| `{name}{_parameters(function)}` | {purpose} |")
    return "\n".join(rows)


def _parameters(function) -> Signature:
    """The signature without types."""
    named = signature(function).parameters.values()
    return Signature([parameter.replace(annotation=Parameter.empty) for parameter in named])
