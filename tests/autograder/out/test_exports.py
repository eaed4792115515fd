import csv
import json

from hypothesis import given
from hypothesis import strategies as st

from autograder.out.exports import write_csv, write_json
from autograder.results import ExerciseResult, Outcome, SubmissionResult
from tests.autograder.test_results import ADA, OMAR


def read_csv(path) -> list[dict]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_table_read_back(tmp_path):
    ada, omar = read_csv(write_csv([ADA, OMAR], tmp_path / "new" / "grades.csv"))
    assert list(ada.items()) == [
        ("assignment", "07_demo"),
        ("student", "ada"),
        ("check_double", "2.0"),
        ("check_total", "0.5"),
        ("why", ""),
        ("score", "2.5"),
        ("points", "6.5"),
        ("waiting", "3.0"),
        ("hours_late", "26.0"),
        ("problem", ""),
    ]
    assert (omar["student"], omar["check_double"], omar["problem"]) == ("omar", "", "the file is not JSON")


def test_the_json_read_back(tmp_path):
    ada, omar = json.loads(write_json([ADA, OMAR], tmp_path / "new" / "results.json").read_text(encoding="utf-8"))
    assert ada["late"] == 26 * 3600
    assert ada["exercises"][2] == {
        "name": "why",
        "score": None,
        "points": 3.0,
        "outcome": "waiting",
        "message": "a person has to grade this answer",
        "told": "",
        "notebook": "",
    }
    assert (omar["student"], omar["exercises"], omar["problem"]) == ("omar", [], "the file is not JSON")


words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)


@given(words, words, st.floats(0, 999))
def test_any_text_survives_both_files(tmp_path_factory, student, problem, score):
    folder = tmp_path_factory.mktemp("exports")
    exercise = ExerciseResult("check_double", score, 1000.0, Outcome.PARTIAL, problem)
    results = [SubmissionResult("07_demo", student, (exercise,), problem=problem)]
    (row,) = read_csv(write_csv(results, folder / "grades.csv"))
    assert (row["student"], row["problem"], float(row["score"])) == (student, problem, score)
    (item,) = json.loads(write_json(results, folder / "results.json").read_text(encoding="utf-8"))
    assert (item["student"], item["problem"], item["exercises"][0]["score"]) == (student, problem, score)
