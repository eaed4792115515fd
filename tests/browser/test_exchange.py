"""nbgrader's exchange and its extensions of JupyterLab: two students and an instructor, each with a home of their own.

Ada works in the browser, Blaise types commands. In between the class is graded here.
"""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

from autograder.build.release import release
from autograder.build.source import read_chapter
from autograder.course import Course
from autograder.out.feedback import write_feedback
from tests.autograder.conftest import NAME, grade, make_course, scores
from tests.browser.jupyter_browser import ROOT, JupyterLab

RIGHT = {"double": "def double(x):\n    return 2 * x", "why": "Because of sums."}
WRONG = {"double": "def double(x):\n    return x**2"}


class User:
    """Somebody with a home of their own, who knows course and exchange."""

    def __init__(self, home: Path, folder: Path):
        self.home, self.folder = home, folder
        self._environment = {**os.environ, "HOME": str(home), "PYTHONPATH": str(ROOT)}
        for place in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
            self._environment[place] = str(home / place.lower())
        home.mkdir(exist_ok=True)

    def nbgrader(self, *words: str) -> str:
        """What one of nbgrader's commands says, typed in this user's folder. It has to end well."""
        line = [sys.executable, "-m", "nbgrader", *words]
        ended = subprocess.run(
            line, cwd=self.folder, env=self._environment, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout + ended.stderr

    def answer(self, sources: dict[str, str]) -> None:
        path = self.folder / NAME / f"{NAME}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            cell.source = sources.get(cell.id, cell.source)
        nbformat.write(notebook, path)


@pytest.fixture
def exchange(tmp_path):
    folder = tmp_path / "exchange"
    folder.mkdir()
    folder.chmod(0o777)  # as nbgrader wants it
    return folder


@pytest.fixture
def course(tmp_path, exchange):
    course = make_course(tmp_path / "course")
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write(f"\nc.Exchange.root = {str(exchange)!r}\nc.ExchangeCollect.check_owner = False\n")
    course = Course.open(course.root)
    release(course, read_chapter(course.root / "solutions" / f"{NAME}.md"))
    return course


def student(name: str, tmp_path: Path, exchange: Path) -> User:
    home = tmp_path / name
    user = User(home, home)
    settings = {"CourseDirectory.course_id": "neural-networks", "CourseDirectory.student_id": name}
    settings["Exchange.root"] = str(exchange)
    lines = [f"c.{setting} = {value!r}" for setting, value in settings.items()]
    (home / "nbgrader_config.py").write_text("\n".join(["c = get_config()", *lines]))
    return user


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    yield context.new_page()
    context.close()


@pytest.mark.slow
def test_an_assignment_goes_out_and_comes_back_and_so_does_feedback(
    course, exchange, tmp_path, browser_type_launch_args, page, screenshot
):
    instructor = User(tmp_path / "instructor", course.root)
    ada, blaise = (student(name, tmp_path, exchange) for name in ("ada", "blaise"))
    instructor.nbgrader("release_assignment", NAME)
    blaise.nbgrader("fetch_assignment", NAME)
    blaise.answer(WRONG)
    blaise.nbgrader("submit", NAME)

    with JupyterLab(tmp_path / "lab", notebooks=ada.folder, home=ada.home) as lab:
        page.goto(lab.address("lab"))
        page.wait_for_function("window.jupyterapp && window.jupyterapp.shell", timeout=60_000)
        page.evaluate("window.jupyterapp.restored.then(() => null)")
        page.evaluate("window.jupyterapp.commands.execute('nbgrader:open-assignment-list').then(() => null)")
        panel = page.get_by_role("tabpanel", name="Assignments")
        panel.get_by_role("button", name="Fetch").click()
        expect(panel.get_by_role("button", name="Submit")).to_be_visible()
        ada.answer(RIGHT)
        panel.get_by_role("button", name=NAME).click()
        panel.get_by_role("button", name="Validate").click()
        said = page.get_by_role("dialog")
        expect(said).to_contain_text("`total` is not written yet", timeout=60_000)
        assert "double" not in said.inner_text()
        screenshot(page, "validate")
        said.get_by_role("button", name="Ok").click()
        panel.get_by_role("button", name="Submit").click()
        feedback = panel.get_by_role("button", name="Fetch Feedback")
        expect(feedback).to_be_visible()

        instructor.nbgrader("collect", NAME)
        graded = {result.student: result for result in grade(course, NAME)}
        assert scores(graded["ada"]) == {"check_double": 2.0, "check_total": 0.0, "why": None}
        assert scores(graded["blaise"]) == {"check_double": 0.0, "check_total": 0.0, "why": 0.0}
        for result in graded.values():
            write_feedback(course, result)
        instructor.nbgrader("release_feedback", NAME)

        feedback.click()
        expect(panel.get_by_text("view feedback")).to_be_visible()
        screenshot(page, "assignment_list")

    blaise.nbgrader("fetch_feedback", NAME)
    for user in (ada, blaise):
        (path,) = (user.folder / NAME / "feedback").rglob("*.html")
        text = path.read_text(encoding="utf-8")
        assert f"feedback for {user.home.name}" in text
    assert "you squared the number" in text
