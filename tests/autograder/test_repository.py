"""The committed chapters: rebuilt, they are what is released, and what is released gives nothing away."""

import json
import re
import shutil
import subprocess
from fnmatch import fnmatch

import pytest

from autograder.build.author import notebook_text, released_notebook
from autograder.hidden import HIDDEN_TESTS, SOLUTION, Hidden
from tests.autograder.conftest import ROOT
from tests.chapters import NAMES, all_chapters, chapter_named

# A shorter line, such as `return w @ x`, may stand in a lesson by right or by chance.
TELLING = 25


@pytest.fixture(params=NAMES)
def chapter(request):
    return chapter_named(request.param)


def normalized(line: str) -> str:
    return re.sub(r"\s+", " ", line).strip(" ,()")


def region(text: str, begin: str, end: str) -> str:
    return text.partition(begin)[2].partition(end)[0]


def secrets(chapter) -> set[str]:
    """Every line that students must not see: solutions, hidden tests, variants, what mistakes are told, rubrics."""
    texts = [region(cell.source, *SOLUTION) for cell in chapter.written]
    for exercise in chapter.exercises:
        texts.append(region(exercise.solution.source, *SOLUTION))
        texts.append(region(exercise.check.source, *HIDDEN_TESTS))
        texts += [cell.source for cell in (*exercise.alternatives, *exercise.mistakes)]
        texts += [cell.says for cell in exercise.mistakes]
    lines = (normalized(line) for text in texts for line in text.splitlines())
    return {line for line in lines if len(line) >= TELLING}


def visible(chapter) -> str:
    """What the author shows: all but the secret cells, and those without their regions. Cut without nbgrader."""
    kept = []
    for cell in chapter.cells:
        if cell.kind.value in ("alternative", "mistake"):
            continue
        text = cell.source
        for begin, end in (SOLUTION, HIDDEN_TESTS):
            before, _, rest = text.partition(begin)
            text = before + rest.partition(end)[2]
        kept += [normalized(line) for line in text.splitlines()]
    return "\n".join(kept)


def everything_in(notebook: dict) -> str:
    """All text of a notebook, sources line by line, and all the rest of it as it stands in the file."""
    lines = [normalized(line) for cell in notebook["cells"] for line in "".join(cell["source"]).splitlines()]
    rest = [{key: value for key, value in cell.items() if key != "source"} for cell in notebook["cells"]]
    return "\n".join([*lines, json.dumps([rest, notebook["metadata"]], ensure_ascii=False)])


def test_the_lectures_have_not_drifted_from_their_sources(chapter):
    path = ROOT / "lectures" / chapter.name / f"{chapter.name}.ipynb"
    assert path.is_file(), f"{path} is missing: run `make lectures`"
    same = path.read_bytes() == notebook_text(released_notebook(chapter)).encode()
    assert same, f"{path} is not what its source builds: run `make lectures`"


def test_there_is_a_lecture_for_every_source_and_no_other_file():
    found = {
        path.relative_to(ROOT / "lectures").as_posix() for path in (ROOT / "lectures").rglob("*") if path.is_file()
    }
    checkpoints = {name for name in found if ".ipynb_checkpoints" in name}
    assert found - checkpoints == {f"{name}/{name}.ipynb" for name in NAMES}


def test_no_released_file_holds_a_line_that_students_must_not_see(chapter):
    shown = "\n".join(visible(c) for c in all_chapters())
    hidden = {line for line in secrets(chapter) if line not in shown}
    assert len(hidden) > 20, "nothing is left to look for: the test looks at the wrong lines"
    for path in (ROOT / "lectures").rglob("*.ipynb"):
        text = everything_in(json.loads(path.read_text(encoding="utf-8")))
        assert not [line for line in hidden if line in text], path


def test_the_search_for_leaks_finds_a_leak(demo):
    hidden = {line for line in secrets(demo) if line not in visible(demo)}
    assert "return 2 * x # the obvious way to a double" in hidden
    assert "half is the other direction" in hidden
    assert "hidden_number = np.array([3.0, -5.0]" in hidden
    assert "Because the double of a sum is the sum of the doubles." in hidden
    leaky = released_notebook(demo)
    leaky.cells[0].metadata["note"] = "half is the other direction"
    assert [line for line in hidden if line in everything_in(leaky)] == ["half is the other direction"]


def test_a_release_folder_holds_one_notebook_and_nothing_secret(released, demo):
    files = [path for path in released.release.rglob("*") if path.is_file()]
    assert files == [released.release / demo.name / f"{demo.name}.ipynb"]
    text = everything_in(json.loads(files[0].read_text(encoding="utf-8")))
    assert not [line for line in secrets(demo) if line in text and line not in visible(demo)]


def test_stubs_and_visible_checks_hold_no_marker(chapter):
    hidden = Hidden()
    for exercise in chapter.exercises:
        stub = hidden.stub(exercise.solution.source)
        for text in (stub, hidden.released(exercise.check.source)):
            assert "BEGIN" not in text
            assert "END" not in text
        assert "raise NotImplementedError()" in stub


def test_no_folder_of_the_project_has_a_name_that_pytest_or_git_passes_over(pytestconfig):
    """`build` is one, by pytest's default and for whoever ignores the folder of that name at the root only."""
    passed_over = pytestconfig.getini("norecursedirs")
    folders = [path for top in ("autograder", "nnkit", "tests") for path in (ROOT / top).rglob("*/")]
    ours = [path for path in folders if path.name != "__pycache__"]
    assert not [path for path in ours if any(fnmatch(path.name, pattern) for pattern in passed_over)]
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("not under version control")
    names = "\n".join(str(path / "new.py") for path in ours)
    ignored = subprocess.run(
        ["git", "check-ignore", "--stdin"], cwd=ROOT, input=names, capture_output=True, text=True, check=False
    )
    assert (ignored.stdout, ignored.stderr) == ("", "")
