"""The one place that knows what students do not get: solutions, hidden tests and schemes for marking.

Each stands between two marks. Those of our chapter sources are here; another course may have marks of its own, in its
nbgrader configuration. The cutting is nbgrader's, so that what we take for released is what was released.
"""

from typing import NamedTuple

from nbformat import NotebookNode

from autograder.course import Course


class Region(NamedTuple):
    """What stands between two marks, with the lines that hold them."""

    begin: str
    end: str


SOLUTION = Region("### BEGIN SOLUTION", "### END SOLUTION")
HIDDEN_TESTS = Region("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")
MARK_SCHEME = Region("### BEGIN MARK SCHEME", "### END MARK SCHEME")
REGIONS = (SOLUTION, HIDDEN_TESTS, MARK_SCHEME)
"""As chapter sources mark them, each mark on a line of its own."""


def marks(source: str, region: Region) -> list[str]:
    """The lines of a text that hold a mark of a region, as nbgrader finds them, whatever stands around the words."""
    begin, end = (mark.strip("# ") for mark in region)
    return [line.strip() for line in source.splitlines() if begin in line or end in line]


def without_marks(source: str) -> str:
    """A text with all that is in its regions, without the lines that mark them."""
    every = {mark for region in REGIONS for mark in region}
    return "\n".join(line for line in source.splitlines() if line.strip() not in every)


class Hidden:
    """What a course hides, by its nbgrader configuration; without one, by nbgrader's own marks, which fit ours."""

    def __init__(self, course: Course | None = None):
        from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearSolutions

        steps = (ClearSolutions, ClearHiddenTests, ClearMarkScheme)
        self._solutions, self._tests, self._scheme = (course.configured(s) if course else s() for s in steps)
        self.regions = (
            Region(self._solutions.begin_solution_delimeter, self._solutions.end_solution_delimeter),
            Region(self._tests.begin_test_delimeter, self._tests.end_test_delimeter),
            Region(self._scheme.begin_mark_scheme_delimeter, self._scheme.end_mark_scheme_delimeter),
        )

    def stub(self, source: str) -> str:
        """The text of a code cell that a student answers, its solution cut."""
        return _run(self._solutions, source)

    def released(self, source: str) -> str:
        """The text of a locked cell as students got it: hidden tests and schemes for marking cut.

        Raises RuntimeError for a region that does not end.
        """
        return _run(self._scheme, _run(self._tests, source))

    def visible(self, source: str) -> dict[int, str]:
        """The lines of a locked cell that may be seen, by their number from 1.

        This is for pages, and for cells that nobody has checked: a region that does not end reaches to the last line.
        """
        hidden = self.regions[1:]
        seen, until = {}, ""
        for number, line in enumerate(source.split("\n"), 1):
            if until:
                until = "" if until in line else until
                continue
            until = next((end for begin, end in hidden if begin in line), "")
            if not until and not any(end in line for _, end in hidden):
                seen[number] = line
        return seen

    @property
    def stub_lines(self) -> frozenset[str]:
        """The lines of a stub that do something: by these an answer that still waits is known."""
        lines = (line.strip() for line in self._solutions.code_stub.get("python", "").splitlines())
        return frozenset(line for line in lines if line and not line.startswith("#"))

    @property
    def unknown_marks(self) -> list[str]:
        """Marks of chapter sources that mean nothing in this course: what they hide would be released."""
        pairs = zip((mark for region in REGIONS for mark in region), (m for r in self.regions for m in r), strict=True)
        return [ours for ours, theirs in pairs if theirs not in ours]


def _run(cutter, source: str) -> str:
    """The text of a cell, of which all flags are set, after one of nbgrader's steps."""
    flags = {"grade": True, "solution": True, "task": True}
    node = NotebookNode(cell_type="code", source=source, metadata={"nbgrader": flags})
    return cutter.preprocess_cell(node, {"language": "python"}, 0)[0].source
