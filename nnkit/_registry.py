"""What does a file offer? Every public class of a kind in it, so that a new one needs no second entry anywhere."""

from collections.abc import Mapping
from typing import Any, TypeVar

Kind = TypeVar("Kind")


def kinds_of(base: type[Kind], namespace: Mapping[str, Any]) -> dict[str, type[Kind]]:
    """The subclasses of `base` by name, in the order of the file. namespace: the file's `globals()`."""
    return {
        name: value
        for name, value in namespace.items()
        if isinstance(value, type) and issubclass(value, base) and value is not base and not name.startswith("_")
    }
