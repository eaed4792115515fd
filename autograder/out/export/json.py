"""The results for scripts: a list of objects, one per student."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from autograder.results import SubmissionResult


def render(results: Sequence[SubmissionResult]) -> bytes:
    """The fields of `SubmissionResult` and its `score`; lateness in seconds, comments by notebook and cell."""
    return (json.dumps([_plain(result) for result in results], indent=1) + "\n").encode()


def _plain(result: SubmissionResult) -> dict:
    comments: dict[str, dict[str, str]] = {}
    for (notebook, cell), comment in result.comments.items():
        comments.setdefault(notebook, {})[cell] = comment
    return asdict(result) | {"late": result.late.total_seconds(), "comments": comments, "score": result.score}
