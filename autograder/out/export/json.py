"""The results for scripts: a list of objects, one per student."""

import json

from autograder.out.grades import Grades

SUFFIX = "json"


def render(grades: Grades) -> bytes:
    return (json.dumps(grades.objects, indent=1) + "\n").encode()
