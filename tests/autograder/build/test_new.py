import pytest

from autograder.build.new import new_chapter
from autograder.build.source import read_chapter
from autograder.errors import UserError


def test_a_new_chapter_can_be_read_and_has_its_title(tmp_path):
    path = new_chapter(tmp_path / "solutions", "14_two_layers")
    chapter = read_chapter(path)
    assert (chapter.name, chapter.title) == ("14_two_layers", "14 Two layers")
    assert [exercise.name for exercise in chapter.exercises] == ["mean_of_rows"]
    assert [written.name for written in chapter.written] == ["when_rows"]


@pytest.mark.parametrize("name", ["rows", "1_rows", "14", "14_", "14_Rows", "14 rows", "../14_rows", "14_rows.md", ""])
def test_a_name_that_no_chapter_may_have(tmp_path, name):
    with pytest.raises(UserError, match="expected a chapter's name such as 14_convolutions"):
        new_chapter(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_a_number_that_is_taken_changes_nothing(tmp_path):
    path = new_chapter(tmp_path, "00_rows")
    path.write_text("mine")
    for name in ("00_rows", "00_other"):
        with pytest.raises(UserError, match="the number 00 is taken by 00_rows; 01 is free"):
            new_chapter(tmp_path, name)
    assert [p.read_text() for p in tmp_path.iterdir()] == ["mine"]
