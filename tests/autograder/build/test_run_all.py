"""A released chapter in a real kernel, as a student meets it untouched; and what nbgrader's validate says."""

import subprocess
import sys
from pathlib import Path

import pytest
from nbclient import NotebookClient

from autograder.build.author import released_notebook, write_notebook
from autograder.build.sample import SampleStudent, submission
from tests.chapters import NAMES, chapter_named


def ran(notebook, folder):
    """The notebook, run to its end as Run All does: it stops at an error that is not expected."""
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    return notebook


def errors(notebook) -> dict[str, list[str]]:
    """For each cell that ends with an error the lines that it shows."""
    return {
        cell.id: "\n".join(output.traceback).splitlines()
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type == "error"
    }


@pytest.mark.slow
def test_run_all_reaches_the_end_of_an_untouched_chapter_and_each_exercise_answers_with_one_line(tmp_path):
    """Of one; tests/browser/test_chapters.py asks it of all."""
    chapter = chapter_named(NAMES[0])
    found = errors(ran(released_notebook(chapter), tmp_path))
    assert {f"check_{exercise.name}" for exercise in chapter.exercises} <= set(found)
    for lines in found.values():
        assert len(lines) == 1
        assert lines[0].endswith("` is not written yet") or lines[0].endswith("`, which is not written yet")


@pytest.mark.slow
def test_every_right_answer_is_told_that_its_visible_part_passes(tmp_path):
    chapter = chapter_named(NAMES[0])
    right = SampleStudent("ada", "everything right", lambda i, exercise: exercise.solution)
    notebook = ran(submission(chapter, right), tmp_path)
    shown = {
        cell.id: "".join(output.get("text", "") for output in cell.outputs)
        for cell in notebook.cells
        if cell.id.startswith("check_")
    }
    many, done = sum(not exercise.optional for exercise in chapter.exercises), 0
    for exercise in chapter.exercises:
        done += not exercise.optional
        so_far = "optional" if exercise.optional else f"{done} of {many} exercises"
        line = f"✓ {exercise.name}: visible part passes\x1b[0m · {so_far}\n"
        assert shown[f"check_{exercise.name}"].endswith(line)


@pytest.mark.parametrize("solved", [False, True])
def test_nbgrader_validate_says_what_it_always_said(demo, solved, tmp_path):
    chosen = SampleStudent(
        "ada", "all or nothing", lambda i, exercise: exercise.solution if solved else None, writes=True
    )
    path = write_notebook(submission(demo, chosen), tmp_path / "notebook.ipynb")
    command = [Path(sys.executable).with_name("nbgrader"), "validate", str(path)]
    said = subprocess.run(command, cwd=tmp_path, text=True, capture_output=True, check=True).stdout
    if solved:
        assert said == "Success! Your notebook passes all the tests.\n"
    else:
        assert said.startswith(f"VALIDATION FAILED ON {len(demo.exercises)} CELL(S)!")
        assert said.count("is not written yet") == len(demo.exercises)
