"""A name as people type it: in full, or as much of its beginning as tells it from the others ("03")."""

from collections.abc import Collection

from autograder.errors import UserError


def full_name(typed: str, names: Collection[str], *, kind: str) -> str:
    """The one of `names` that is `typed` or begins with it.

    kind: what the names are of, for the message.  Raises UserError if none begins with it, or several do.
    """
    if typed in names:
        return typed
    found = sorted(name for name in names if typed and name.startswith(typed))
    if len(found) == 1:
        return found[0]
    if found:
        raise UserError(f"{kind} {typed!r} may be any of {', '.join(found)}: type more of the name")
    raise UserError(f"unknown {kind} {typed!r}; there are: {', '.join(sorted(names))}")
