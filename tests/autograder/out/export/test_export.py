import pytest

from autograder.errors import UserError
from autograder.out import export
from autograder.out.export import csv, json
from autograder.out.grades import of_assignment
from tests.autograder.test_results import ADA, OMAR

GRADES = of_assignment([ADA, OMAR])


@pytest.mark.parametrize(
    ("name", "form", "content"),
    [
        ("grades.csv", "", csv.render(GRADES)),
        ("grades.CSV", "", csv.render(GRADES)),
        ("grades", "", csv.render(GRADES)),
        ("grades.json", "", json.render(GRADES)),
        ("grades.txt", "json", json.render(GRADES)),
    ],
)
def test_the_suffix_says_which_format(tmp_path, name, form, content):
    path = tmp_path / "new" / name
    assert export.write(GRADES, path, form=form) == path
    assert path.read_bytes() == content


def test_a_suffix_that_is_no_format(tmp_path):
    with pytest.raises(UserError, match=r"ends in \.csv or \.json or \.xlsx, got grades\.canvas"):
        export.write(GRADES, tmp_path / "grades.canvas")
    with pytest.raises(UserError, match="unknown format 'odt'; there are: blackboard, canvas, csv, json"):
        export.write(GRADES, tmp_path / "grades.csv", form="odt")
    assert list(tmp_path.iterdir()) == []


def test_a_format_is_one_file(tmp_path, monkeypatch):
    """Found without being named anywhere else."""
    (tmp_path / "count.py").write_text(
        "SUFFIX = 'count'\ndef render(grades):\n    return b'%d' % len(grades.students)\n"
    )
    monkeypatch.setattr(export, "__path__", [*export.__path__, str(tmp_path)])
    assert export.formats() == ["blackboard", "canvas", "count", "csv", "json", "moodle", "xlsx"]
    assert export.write(GRADES, tmp_path / "class.count").read_bytes() == b"2"
