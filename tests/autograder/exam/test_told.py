"""What every mistake and every odd answer of the chapters is told by the examiner: sentences, and no name of ours."""

import inspect
import re
from functools import partial

import pytest

from autograder.assignment import Role, SourceNotebook
from autograder.book.instructor import operators
from autograder.build import spoil
from autograder.build.keys import Kind
from autograder.exam.clock import Budget, Seconds
from autograder.exam.examiner import Examiner
from autograder.exam.sandbox import connect
from autograder.exam.sharing import Sharing
from autograder.hidden import Hidden
from autograder.intake.restore import SubmittedCell
from autograder.names import bound, definitions
from autograder.results import Outcome
from tests.chapters import NAMES, chapter_named

OURS = re.compile(r"StandIn|Callback|Remote|Proxy|Wired|Worker[A-Z]|CheckFailed|ForbiddenModule|CannotLeave|Unsendable")
ODD = """
import types as _types
_spoil = _types.ModuleType("spoil")
exec({text!r}, vars(_spoil))
_spoil.spoil_names(globals(), {names!r}, {way!r})
"""


def trials(exercise):
    """What a student could hand in: every mistake, the stub, and the solution with its answers spoiled."""
    for number, mistake in enumerate(exercise.mistakes, 1):
        yield f"mistake {number}", mistake.says, mistake.source
    yield "stub", "is not written yet", Hidden().stub(exercise.solution.source)
    names, text = sorted(definitions(exercise.solution.source)), inspect.getsource(spoil)
    for way in spoil.WAYS:
        yield way, "", exercise.solution.source + ODD.format(text=text, names=names, way=way)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_wrong_answer_hears_a_sentence_and_no_name_of_ours(sandbox, name):
    chapter = chapter_named(name)
    answers = [cell for cell in chapter.cells if cell.kind is Kind.EXERCISE]
    given = [cell for cell in chapter.cells if cell.kind is Kind.GIVEN]
    source = SourceNotebook(
        chapter.name,
        (),
        given_names=frozenset().union(*(bound(cell.source) for cell in given)),
        own_names=frozenset().union(*(bound(cell.source, imports=False) for cell in answers)),
        operators=dict(pair for cell in answers for pair in operators(Hidden().stub(cell.source))),
    )
    settings = {"files": {}, "source": source, "sharing": Sharing(frozenset())}
    settings |= {"seconds": Seconds(notebook=100_000), "budget": Budget(100_000)}
    wrong = []
    with Examiner(partial(connect, sandbox.address), **settings) as examiner:
        for cell in chapter.cells:
            if cell.kind is Kind.GIVEN:
                examiner.run(SubmittedCell(f"given_{cell.line}", Role.GIVEN, "code", cell.source))
            elif cell.kind is Kind.CHECK:
                exercise = next(exercise for exercise in chapter.exercises if exercise.name == cell.name)
                check = SubmittedCell(
                    f"check_{cell.name}",
                    Role.CHECK,
                    "code",
                    cell.source,
                    settings=exercise.solution.settings,
                    points=cell.points,
                    released=Hidden().released(cell.source),
                )
                for trial, says, answer in trials(exercise):
                    examiner.run(SubmittedCell(cell.name, Role.ANSWER, "code", answer))
                    result = examiner.check(check)[0]
                    told = result.told
                    if trial in spoil.WAYS and result.outcome is Outcome.PASSED:
                        continue  # there was nothing to spoil; else `verify` finds it
                    if says not in told or OURS.search(told) or " " not in told.strip():
                        wrong.append((cell.name, trial, told))
    assert wrong == []
