"""What a feedback page says of each cell and each exercise: the cells of a notebook as blocks, and their verdicts."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count

from nbformat import NotebookNode

from autograder.book.headings import Headings
from autograder.hidden import Hidden
from autograder.out import inert
from autograder.out.feedback.outputs import output, traceback
from autograder.out.feedback.prose import markdown, words
from autograder.results import ExerciseResult, Outcome, SubmissionResult, label, names

MOST_TEXT = 600_000  # characters of all cells and outputs of a page, as `inert.weight` counts them

_SIGNS = {
    Outcome.PASSED: "✓",
    Outcome.PARTIAL: "◐",
    Outcome.FAILED: "✗",
    Outcome.NOT_ANSWERED: "–",
    Outcome.WAITING: "…",
}
_ADVICE = {
    Outcome.ERROR: "Your code stopped with this error before it could be checked.",
    Outcome.TIMEOUT: "It ran too long: look for a loop that cannot end.",
    Outcome.KILLED: "It was ended from outside, most often because memory ran out.",
    Outcome.NOT_ANSWERED: "Nothing to check yet: this one still waits for your answer.",
}


@dataclass
class Verdict:
    """What the page says of one exercise, and the places on the page that it points to.

    name: as in `results.names`.  number: "Exercise 3.4", "" if it has none.
    """

    result: ExerciseResult
    name: str
    number: str = ""
    check: str = ""
    answer: str = ""
    hints: str = ""
    comments: list[str] = field(default_factory=list)  # inert HTML

    @property
    def label(self) -> str:
        return label(self.name)

    @property
    def kind(self) -> str:
        """Its color."""
        kinds = {Outcome.PASSED: "good", Outcome.PARTIAL: "part", Outcome.WAITING: "open", Outcome.NOT_ANSWERED: "open"}
        return kinds.get(self.result.outcome, "bad")

    @property
    def sign(self) -> str:
        return _SIGNS.get(self.result.outcome, "!")

    @property
    def told(self) -> str:
        """Nothing of a blank: there it could only be an exception's name."""
        return "" if self.result.outcome is Outcome.NOT_ANSWERED else self.result.told

    @property
    def advice(self) -> str:
        return _ADVICE.get(self.result.outcome, "")


@dataclass
class Block:
    """A cell as the page shows it. `body` and `outputs` are inert HTML.  level: of its verdict's heading."""

    id: str
    kind: str  # text, code, given, answer, check
    body: str
    outputs: list[str] = field(default_factory=list)
    verdict: Verdict | None = None
    stopped: str = ""
    level: int = 3


class Page:
    """Turns notebooks into blocks, links exercises to them, and keeps the whole within bounds."""

    def __init__(self, result: SubmissionResult, hidden: Hidden, named: Headings):
        found = names([result])
        self.verdicts = [
            Verdict(exercise, found[exercise.key], named.numbers.get(exercise.key, "")) for exercise in result.exercises
        ]
        self._of = {verdict.result.key: verdict for verdict in self.verdicts}
        self._comments, self._hidden = result.comments, hidden
        self._ids, self._room = count(1), MOST_TEXT
        self._level = 2  # of the last heading; the page has two above the cells

    def blocks(self, notebook: str, cells: Iterable[NotebookNode]) -> Iterator[Block]:
        """The blocks of a notebook of that name. Fills in the verdicts of its exercises on the way."""
        answer, hints, comments = "", "", []
        self._level = 2
        for cell in cells:
            role = _Role.of(cell)
            if comment := self._comments.get((notebook, role.name)):
                comments.append(words(comment))
            block = self._block(cell, role)
            if role.answered:
                answer = block.id
            elif cell.cell_type == "markdown" and _HINT.search(cell.source):
                hints = block.id
            if role.graded and (verdict := self._of.pop((notebook, role.name), None)):
                verdict.check, verdict.answer, verdict.hints, verdict.comments = block.id, answer, hints, comments
                block.verdict, block.stopped = verdict, self._stopped(cell, verdict)
                block.level = min(self._level + 1, 6)
                answer, hints, comments = "", "", []
            if block.body or block.outputs or block.verdict:
                yield block

    def _block(self, cell: NotebookNode, role: "_Role") -> Block:
        source = "\n".join(self._hidden.visible(cell.source).values())
        block = Block(f"cell-{next(self._ids)}", role.kind, "")
        if not self._fits(source):
            block.body = '<p class="note">Left out: the page is full.</p>'
        elif cell.cell_type == "code":
            block.body = inert.code(source) if source.strip() else ""
        elif source.strip():
            block.body = self._leveled(markdown(source, cell.get("attachments")))
        # What a check printed may quote what is hidden.
        if cell.cell_type == "code" and role.kind != "check":
            block.outputs = list(self._outputs(cell.get("outputs", ())))
        return block

    def _outputs(self, outputs: Iterable[dict]) -> Iterator[str]:
        for answer in outputs:
            html = self._leveled(output(answer))
            if not self._fits(html):
                yield '<p class="note">More was printed, but the page is full.</p>'
                return
            if html:
                yield html

    def _leveled(self, html: str) -> str:
        """Inert HTML whose headings stand below those of the page, and go down by one level at a time."""

        def tag(found: re.Match) -> str:
            if not found[1]:
                self._level = min(max(int(found[2]), 3), self._level + 1)
            return f"<{found[1]}h{self._level}>"

        return _HEADING.sub(tag, html)

    def _fits(self, text: str) -> bool:
        self._room -= 100 + inert.weight(text)
        return self._room >= 0

    def _stopped(self, cell: NotebookNode, verdict: Verdict) -> str:
        """The visible line of a check at which it failed, "hidden" if it is not visible, "" if nothing is known."""
        if verdict.kind != "bad" or cell.cell_type != "code":
            return ""
        lines = dict(enumerate(map(str.strip, cell.source.split("\n")), 1))
        for answer in cell.get("outputs", ()):
            named = _LINE.search(inert.shown(traceback(answer)))
            # A traceback can be forged, so it only chooses among the lines that are there.
            # A call over several lines begins with the one that is named.
            if named and (line := lines.get(int(named[1]))) and named[2].strip().startswith(line):
                return self._hidden.visible(cell.source).get(int(named[1]), "hidden").strip()
        return ""


_HEADING = re.compile(r"<(/?)h([1-6])>")
_HINT = re.compile(r"<summary>\s*hint", re.IGNORECASE)
# How an answer names the line that raised: `nnkit.testing` in words, IPython by an arrow, first the one in the cell.
_LINE = re.compile(r"^(?:line |-+> )(\d{1,6}):?(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class _Role:
    """What a cell is for, by its nbgrader metadata."""

    name: str
    kind: str
    graded: bool
    answered: bool

    @classmethod
    def of(cls, cell: NotebookNode) -> "_Role":
        info = cell.metadata.get("nbgrader", {})
        graded, answered = bool(info.get("grade") or info.get("task")), bool(info.get("solution"))
        if graded and not answered and cell.cell_type == "code":
            kind = "check"
        elif answered:
            kind = "answer"
        elif cell.cell_type == "code":
            kind = "given" if info.get("locked") else "code"
        else:
            kind = "text"
        return cls(info.get("grade_id", ""), kind, graded, answered)
