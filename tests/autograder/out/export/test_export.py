import pytest

from autograder.errors import UserError
from autograder.out import export
from autograder.out.export import csv, json
from tests.autograder.test_results import ADA, OMAR

RESULTS = [ADA, OMAR]


@pytest.mark.parametrize(
    ("name", "form", "content"),
    [
        ("grades.csv", "", csv.render(RESULTS)),
        ("grades.CSV", "", csv.render(RESULTS)),
        ("grades", "", csv.render(RESULTS)),
        ("grades.json", "", json.render(RESULTS)),
        ("grades.txt", "json", json.render(RESULTS)),
    ],
)
def test_the_suffix_says_which_format(tmp_path, name, form, content):
    path = tmp_path / "new" / name
    assert export.write(RESULTS, path, form=form) == path
    assert path.read_bytes() == content


def test_a_suffix_that_is_no_format(tmp_path):
    with pytest.raises(UserError, match=r"expected a file that ends in \.csv or \.json, got grades\.xlsx"):
        export.write(RESULTS, tmp_path / "grades.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_format_is_one_file(tmp_path, monkeypatch):
    """Found without being named anywhere else."""
    (tmp_path / "count.py").write_text("def render(results):\n    return b'%d' % len(results)\n")
    monkeypatch.setattr(export, "__path__", [*export.__path__, str(tmp_path)])
    assert export.formats() == ["count", "csv", "json"]
    assert export.write(RESULTS, tmp_path / "class.count").read_bytes() == b"2"
