"""Words and minutes of a chapter, and which of it is optional or folded."""

import pytest

from autograder.build.length import WORDS_A_MINUTE, count, length, table
from autograder.build.prose import Reader
from autograder.build.source import read_chapter
from tests.autograder.build.test_optional import OPTIONAL
from tests.autograder.conftest import DEMO, NAME

TEXT = """\
One two.

<details><summary>Hint 1: folded</summary>

Folded, too.

</details>

## ◇ 5.8 Optional · 7 minutes

```python
## no heading, and no words
<details>
```

### Still optional · 9 minutes

words

## Back · 5 minutes
"""


def test_every_line_has_its_place():
    places = [
        (line.text.split()[-1], line.optional, line.folded, line.code)
        for line in Reader().lines(TEXT)
        if line.text.strip()
    ]
    assert places[:4] == [
        ("two.", False, False, False),
        ("folded</summary>", False, True, False),
        ("too.", False, True, False),
        ("</details>", False, True, False),
    ]
    assert all(optional and not folded for _, optional, folded, _ in places[4:-1])
    assert [code for *_, code in places[4:-1]] == [False, True, True, True, True, False, False]
    assert places[-1] == ("minutes", False, False, False)


def test_a_track_goes_on_in_the_next_cell_and_a_fold_does_not():
    reader = Reader()
    (first,) = reader.lines("### ◇ More")
    (second,) = reader.lines("<details>and more")
    (third,) = reader.lines("and more")
    assert (first.optional, second.optional, third.optional, third.folded) == (True, True, True, False)
    (fourth,) = reader.lines("## Back")
    assert not fourth.optional


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("Two words.", 2),
        ("a formula $a + b = c$ is one, so is `X @ W`", 8),
        ("$$\na\n+ b\n$$\nafter", 2),
        ("a [link of five words](https://example.org/not#counted)", 5),
        ("| a | table |\n|---|---|\n| of | four |", 4),
        ("> **quoted** – it's 3", 3),
        ("<b>tags</b> don't count", 3),
    ],
)
def test_words_are_counted_as_one_reads(text, words):
    assert count(text.splitlines()) == words


def test_a_chapter_is_as_long_as_what_students_get(tmp_path):
    path = tmp_path / f"{NAME}.md"
    path.write_text(DEMO, encoding="utf-8")
    whole = length(read_chapter(path))
    # "07 A demo Two functions to write, and one sentence. Before you begin: Now in words. Why is doubling linear?"
    assert (whole.main, whole.folded, whole.optional) == (20, 0, 0)
    assert (whole.exercises, whole.extra, whole.points) == (2, 0, 5.5)
    assert whole.minutes == round(20 / WORDS_A_MINUTE)
    path.write_text(OPTIONAL.replace("## Back", f"{TEXT}\n## Back"), encoding="utf-8")
    longer = length(read_chapter(path))
    assert (longer.exercises, longer.extra, longer.points) == (1, 1, 4)
    assert longer.minutes == round(longer.main / WORDS_A_MINUTE) + 5
    (_, _, row) = table([read_chapter(path)]).splitlines()
    assert row == f"| 07 A demo | {longer.main} | {longer.folded} | {longer.optional} | 1 | 1 | 4 | {longer.minutes} |"
