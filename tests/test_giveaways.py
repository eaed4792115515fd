"""No released cell, above an exercise or below it, holds the program that the exercise asks for."""

import pytest

from autograder.build.source import read_chapter
from tests.chapters import NAMES, chapter_named
from tests.giveaways import shown, size

SMALLEST_ANSWER = 12
"""Nodes of a solution's expressions. What is smaller is a formula of the text, which a demonstration may use."""
MOST = 0.7
"""Of the nodes of a solution, how many may stand in one other cell."""


@pytest.mark.parametrize("name", NAMES)
def test_no_released_cell_holds_an_answer(name):
    chapter = chapter_named(name)
    found = {
        exercise.name: [line for line, share in shown(chapter, exercise).items() if share >= MOST]
        for exercise in chapter.exercises
        if size(exercise) >= SMALLEST_ANSWER
    }
    assert {exercise: lines for exercise, lines in found.items() if lines} == {}


CHAPTER = """# 90 A chapter

```{{code-cell}} python
---
exercise: squash
---
def squash(w, x, b):
    ### BEGIN SOLUTION
    z = w @ x + b
    e = np.exp(-z)
    return (1 - e) / (1 + e)
    ### END SOLUTION
```

```{{code-cell}} python
---
check: squash
points: 1
---
{visible}
### BEGIN HIDDEN TESTS
{hidden}
### END HIDDEN TESTS
```
"""
RENAMED = """\
def right(weights, inputs, bias):
    score = weights @ inputs + bias
    t = np.exp(-score)
    return (1 - t) / (1 + t)"""


@pytest.mark.parametrize(
    ("visible", "hidden", "seen"),
    [
        ("check_close(squash(1, 2, 3), 0.5)", RENAMED, False),
        (RENAMED, "pass", True),
        ("check_close(squash(2, 1, 0), (1 - 1 / 9) / (1 + 1 / 9))", "pass", False),
    ],
)
def test_an_answer_under_other_names_is_seen_where_students_see_it(visible, hidden, seen, tmp_path):
    path = tmp_path / "90_chapter.md"
    path.write_text(CHAPTER.format(visible=visible, hidden=hidden), encoding="utf-8")
    chapter = read_chapter(path)
    assert size(chapter.exercises[0]) >= SMALLEST_ANSWER
    assert any(share >= MOST for share in shown(chapter, chapter.exercises[0]).values()) == seen
