"""Questions about what you know already: an answer is told at once whether it is right, and why."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from zlib import crc32

import anywidget
import traitlets

from nnkit.explore.canvas import at_rest, show_beside

_HERE = Path(__file__).parent
_KEYS = {"question", "right", "wrong"}
_answers: dict[str, str] = {}  # question → the option chosen last, for as long as the kernel lives


def quiz(*questions: Mapping) -> "Quiz":
    """Ask yourself: choose an answer to each question, and read why it is right or not. It is not graded.

    questions: each a dict: "question", a sentence; "right", the one right option with its reason; "wrong", one to three
    others, each with what is wrong about it:

        {
            "question": "X has shape (n, d) and w has shape (d,). Which shape has X @ w?",
            "right": {"(n,)": "One score for each row."},
            "wrong": {"(n, 1)": "That takes a w of shape (d, 1).", "(d,)": "The axis of length d is summed away."},
        }

    The order of the options is mixed, always in the same way. Run again, the cell shows what you chose before.
    Raises TypeError or ValueError, which names the question, if one is not of this form.
    """
    if not questions:
        raise ValueError("expected at least one question, got none")
    return Quiz(questions=[_read(number, question) for number, question in enumerate(questions, 1)])


def _read(number: int, question: Mapping) -> dict:
    """A question as the browser wants it: question, options, reasons in their order, and the place of the right one."""
    if not isinstance(question, Mapping) or question.keys() != _KEYS:
        got = sorted(map(str, question)) if isinstance(question, Mapping) else repr(question)
        raise TypeError(f"question {number}: expected a dict with {sorted(_KEYS)}, got {got}")
    text, right, wrong = question["question"], question["right"], question["wrong"]
    if not _is_text(text):
        raise ValueError(f"question {number}: expected a question in words, got {text!r}")
    for key, given in (("right", right), ("wrong", wrong)):
        if not isinstance(given, Mapping) or not all(map(_is_text, (*given, *given.values()))):
            raise TypeError(f"question {number}: expected {key!r} to be a dict from option to reason, got {given!r}")
    if len(right) != 1 or not 1 <= len(wrong) <= 3:
        counts = f"{len(right)} and {len(wrong)}"
        raise ValueError(f"question {number}: expected one right option and one to three wrong ones, got {counts}")
    if both := right.keys() & wrong.keys():
        raise ValueError(f"question {number}: expected options that differ, got {both.pop()!r} as right and as wrong")
    reasons = {**right, **wrong}
    options = sorted(reasons, key=lambda option: crc32(f"{text}{option}".encode()))
    return {
        "question": text,
        "options": options,
        "reasons": [reasons[option] for option in options],
        "right": options.index(*right),
    }


def _is_text(value) -> bool:
    return isinstance(value, str) and bool(value.strip())


class Quiz(anywidget.AnyWidget):
    """The questions, a button for each option.  chosen: the place of the option chosen for each, −1 for none."""

    _esm = (_HERE / "forms.js").read_text("utf-8") + (_HERE / "quiz.js").read_text("utf-8")
    _css = _HERE / "canvas.css"

    questions = traitlets.List(traitlets.Dict()).tag(sync=True)
    chosen = traitlets.List(traitlets.Int()).tag(sync=True)

    @traitlets.default("chosen")
    def _chosen_before(self) -> list[int]:
        before = [_answers.get(each["question"]) for each in self.questions]
        pairs = zip(self.questions, before, strict=True)
        return [each["options"].index(option) if option in each["options"] else -1 for each, option in pairs]

    @traitlets.validate("chosen")
    def _one_each(self, proposal: dict) -> list[int]:
        chosen, counts = proposal["value"], [len(each["options"]) for each in self.questions]
        if len(chosen) != len(counts) or not all(-1 <= c < n for c, n in zip(chosen, counts, strict=True)):
            raise traitlets.TraitError(f"expected an option, or −1, for each of {len(counts)} questions, got {chosen}")
        return chosen

    @traitlets.observe("chosen")
    def _remember(self, change: dict) -> None:
        pairs = zip(self.questions, change["new"], strict=True)
        _answers.update({each["question"]: each["options"][place] for each, place in pairs if place >= 0})

    def __repr__(self) -> str:
        lines: list[str] = []
        for number, (each, place) in enumerate(zip(self.questions, self.chosen, strict=True), 1):
            lines += [f"{number}. {each['question']}", f"   Options: {' · '.join(each['options'])}"]
            if place >= 0:
                verdict = "right" if place == each["right"] else "not right"
                lines.append(f"   You chose {each['options'][place]}, which is {verdict}: {each['reasons'][place]}")
        return "\n".join([*lines, "Run this cell to answer."])

    def _ipython_display_(self) -> None:
        lines = "".join(f"<p>{escape(line)}</p>" for line in repr(self).split("\n"))
        show_beside(at_rest(lines, repr(self)), self)


def example() -> Quiz:
    """Two questions."""
    return quiz(
        {
            "question": "X has shape (n, d) and w has shape (d,). Which shape has X @ w?",
            "right": {"(n,)": "One score for each row."},
            "wrong": {
                "(n, 1)": "That takes a w of shape (d, 1).",
                "(d,)": "The axis of length d is summed away.",
            },
        },
        {
            "question": "May a negative number be a probability?",
            "right": {"no": "Probabilities lie in [0, 1]."},
            "wrong": {"yes": "A score may be negative, a probability may not."},
        },
    )
