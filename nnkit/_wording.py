"""Verbs that agree with their subject: "your outputs in prediction are", not "is". Private, for `nnkit.testing`."""

import re

_PLURALS = {"is": "are", "has": "have", "holds": "hold", "differs": "differ"}
_END_OF_HEAD = re.compile(r",|\(| (?:after|at|by|for|from|in|of|on|than|that|to|when|where|which|with|without)\b")
_PLURAL = re.compile(r"[a-z-]*[a-rtv-z]s|classes|losses")  # no bias, no loss, no radius
_SINGULAR = {"bias", "axis", "basis"}


def agreeing(sentence: str, subject: str) -> str:
    """A sentence in the singular, with its verb in the plural if it begins with a subject that is one."""
    verb, _, rest = sentence.removeprefix(subject).lstrip().partition(" ")
    if not sentence.startswith(f"{subject} ") or verb not in _PLURALS or not is_plural(subject):
        return sentence
    return f"{subject} {_PLURALS[verb]} {rest}"


def is_plural(subject: str) -> bool:
    """Whether "your new weights", "the sums of the rows" and the like name several things."""
    head = _END_OF_HEAD.split(subject, maxsplit=1)[0].split(" ")
    if head[0] not in ("your", "the"):
        return False
    return "and" in head or (head[-1] not in _SINGULAR and _PLURAL.fullmatch(head[-1]) is not None)
