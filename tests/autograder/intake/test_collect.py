import io
import stat
import zipfile
from contextlib import suppress
from datetime import datetime

import pytest

from autograder.course import Course
from autograder.errors import UserError
from autograder.intake import archive
from autograder.intake.collect import Target, collect
from autograder.intake.names_of_files import piece
from autograder.results import Person

PEOPLE = {
    "ada": Person("Lovelace", "Ada", "ada@example.org", "4711"),
    "b_pascal": Person("Pascal", "Blaise", "blaise@example.org", "4712"),
    "zoe": Person("Zorn", "Zoë", "zoe.zorn@example.org", "4713"),
}
DUE = datetime(2026, 10, 9, 20, 0)  # 22:00 in Berlin
TARGET = Target("hw4", ("numbers",), {"words": "hw3"}, DUE)

CANVAS = {
    "lovelaceada_4711_90001_numbers.ipynb": b"ada's",
    "lovelaceada_4711_90002_my_digits.npz": b"weights",
    "pascalblaise_LATE_4712_90003_numbers-2.ipynb": b"blaise's",
    "strangerlee_4799_90004_numbers.ipynb": b"who?",
}
MOODLE = {
    "Ada Lovelace_55_assignsubmission_file_/numbers.ipynb": b"ada's",
    "Ada Lovelace_55_assignsubmission_file_/data/my_digits.npz": b"weights",
    "Ada Lovelace_55_assignsubmission_onlinetext_/onlinetext.html": b"hello",
    "Blaise Pascal_56_assignsubmission_file_numbers.ipynb": b"blaise's",
    "Lee Stranger_57_assignsubmission_file_/numbers.ipynb": b"who?",
}
BLACKBOARD = {
    "Homework_4_ada_attempt_2026-10-08-21-58-12_numbers.ipynb": b"first",
    "Homework_4_ada_attempt_2026-10-08-21-58-12_notes.txt": b"of the first",
    "Homework_4_ada_attempt_2026-10-09-21-58-12_numbers.ipynb": b"ada's",
    "Homework_4_ada_attempt_2026-10-09-21-58-12_my_digits.npz": b"weights",
    "Homework_4_ada_attempt_2026-10-09-21-58-12.txt": b"Name: Ada Lovelace",
    "Homework_4_b_pascal_attempt_2026-10-09-23-00-00_numbers.ipynb": b"blaise's",
    "Homework_4_stranger_attempt_2026-10-09-21-00-00_numbers.ipynb": b"who?",
}
PLAIN = {
    "ada/numbers.ipynb": b"ada's",
    "ada/my_digits.npz": b"weights",
    "b_pascal_numbers.ipynb": b"blaise's",
    "stranger/numbers.ipynb": b"who?",
    "list of students.pdf": b"",
}


@pytest.fixture
def course(tmp_path) -> Course:
    root = tmp_path / "course"
    root.mkdir()
    (root / "nbgrader_config.py").write_text("c = get_config()\nc.Exchange.timezone = 'Europe/Berlin'\n")
    return Course.open(root)


@pytest.fixture
def packed(tmp_path):
    """Make an archive; call it with files, for its path."""

    def pack(files, name="archive.zip"):
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as new:
            for path, data in files.items():
                new.writestr(path, data)
        return tmp_path / name

    return pack


def files(course, student):
    folder = course.submitted_folder("hw4", student)
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    found.pop("timestamp.txt", None)
    return found


def timestamp(course, student):
    path = course.submitted_folder("hw4", student) / "timestamp.txt"
    return path.read_text().strip() if path.exists() else None


@pytest.mark.parametrize(
    ("content", "weights", "stranger", "times"),
    [
        (CANVAS, "my_digits.npz", "strangerlee_4799", (None, "2026-10-09 20:01:00 UTC")),
        (MOODLE, "data/my_digits.npz", "Lee Stranger", (None, None)),
        (BLACKBOARD, "my_digits.npz", "stranger", ("2026-10-09 19:58:12 UTC", "2026-10-09 21:00:00 UTC")),
        (PLAIN, "my_digits.npz", "stranger", (None, None)),
    ],
    ids=["canvas", "moodle", "blackboard", "plain"],
)
def test_what_systems_hand_over(course, packed, content, weights, stranger, times):
    found = collect(course, TARGET, packed(content), PEOPLE)
    assert (found.new, found.same, found.kept) == (["ada", "b_pascal"], [], [])
    assert found.unmatched == {stranger: []}
    ada = files(course, "ada")
    assert ada == {"numbers.ipynb": b"ada's", weights: b"weights"}
    assert set(files(course, "b_pascal").values()) == {b"blaise's"}
    assert (timestamp(course, "ada"), timestamp(course, "b_pascal")) == times
    assert found.late == (["b_pascal"] if times[1] else [])
    assert found.untimed == [s for s, time in zip(("ada", "b_pascal"), times, strict=True) if not time]
    assert not list(course.submitted.glob(".collecting-*"))


def test_a_folder_is_taken_as_an_archive_is(course, tmp_path):
    for path, data in {**MOODLE, **BLACKBOARD}.items():
        (tmp_path / "download" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "download" / path).write_bytes(data)
    (tmp_path / "download" / "ada").symlink_to("/etc")
    found = collect(course, TARGET, tmp_path / "download", PEOPLE)
    assert found.new == ["ada", "b_pascal"]
    assert found.notes == ["ada was left aside: it is a link"]


def test_the_number_that_canvas_puts_to_a_name_goes(course, packed):
    collect(course, TARGET, packed(CANVAS), PEOPLE)
    assert files(course, "b_pascal") == {"numbers.ipynb": b"blaise's"}


def test_of_files_of_one_name_the_last_attempt_counts(course, packed):
    content = {"lovelaceada_4711_2_numbers.ipynb": b"second", "lovelaceada_4711_1_numbers.ipynb": b"first"}
    found = collect(course, TARGET, packed(content), PEOPLE)
    assert files(course, "ada") == {"numbers.ipynb": b"second"}
    assert found.notes == ["ada: lovelaceada_4711_1_numbers.ipynb is an earlier attempt"]


def test_nothing_is_overwritten(course, packed):
    collect(course, TARGET, packed(PLAIN), PEOPLE)
    again = collect(course, TARGET, packed(PLAIN), PEOPLE)
    assert (again.new, again.same) == ([], ["ada", "b_pascal"])
    other = packed(PLAIN | {"ada/numbers.ipynb": b"better"})
    kept = collect(course, TARGET, other, PEOPLE)
    assert (kept.kept, kept.same) == (["ada"], ["b_pascal"])
    assert files(course, "ada")["numbers.ipynb"] == b"ada's"
    updated = collect(course, TARGET, other, PEOPLE, update=True)
    assert (updated.updated, updated.same) == (["ada"], ["b_pascal"])
    assert files(course, "ada")["numbers.ipynb"] == b"better"
    earlier = course.submitted.with_name("earlier") / "ada" / "hw4" / "1" / "numbers.ipynb"
    assert earlier.read_bytes() == b"ada's"


def test_two_students_of_one_name_are_told_apart_by_the_instructor(course, packed):
    people = PEOPLE | {"ada2": Person("Lovelace", "Ada")}
    source = packed({"Ada Lovelace_55_assignsubmission_file_/numbers.ipynb": b"whose?"})
    found = collect(course, TARGET, source, people)
    assert (found.new, found.unmatched) == ([], {"Ada Lovelace": ["ada", "ada2"]})
    found = collect(course, TARGET, source, people, matches={"Ada Lovelace": "ada2"})
    assert (found.new, found.unmatched) == (["ada2"], {})


def test_an_archive_of_another_assignment_writes_nothing(course, packed):
    source = packed({"ada/words.ipynb": b"", "b_pascal/words-1.ipynb": b""})
    with pytest.raises(UserError, match=r"expected numbers\.ipynb of hw4, got words\.ipynb, which is of hw3"):
        collect(course, TARGET, source, PEOPLE)
    assert not course.submitted.exists()


@pytest.mark.parametrize(
    ("people", "matches", "sentence"),
    [({}, {}, "nobody is on the roster"), (PEOPLE, {"stranger": "lee"}, "'lee' is not on the roster")],
)
def test_what_the_roster_does_not_have(course, packed, people, matches, sentence):
    with pytest.raises(UserError, match=sentence):
        collect(course, TARGET, packed(PLAIN), people, matches=matches)
    assert not course.submitted.exists()


@pytest.mark.parametrize("content", [b"", b"PK\3\4 no archive", b"%PDF-1.7"])
def test_what_is_no_archive(course, tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(UserError, match="is no ZIP archive that can be read"):
        collect(course, TARGET, tmp_path / "a.zip", PEOPLE)


def test_an_archive_without_a_hand_in(course, packed):
    with pytest.raises(UserError, match="nothing in it that a student handed in"):
        collect(course, TARGET, packed({"grades.csv": b"1"}), PEOPLE)


HOSTILE = {
    "../ada/numbers.ipynb": "its path leads out of the archive",
    "ada/../../numbers.ipynb": "its path leads out of the archive",
    "/ada/numbers.ipynb": "its path leads out of the archive",
    "ada\\..\\..\\numbers.ipynb": "its path leads out of the archive",
    "C:/ada/numbers.ipynb": "its path leads out of the archive",
    "ADA/NUMBERS.ipynb": "another file has the same name",
    "ada/" + "x" * 300: "its name is too long",
    "ada/" + "d/" * 30 + "x": "its name is too long",
}


@pytest.mark.parametrize("path", HOSTILE)
def test_hostile_names_cost_themselves_only(course, packed, tmp_path, path):
    found = collect(course, TARGET, packed({"ada/numbers.ipynb": b"ada's", path: b"evil"}), PEOPLE)
    assert found.new == ["ada"]
    assert [note.rpartition(": ")[2] for note in found.notes] == [HOSTILE[path]]
    assert files(course, "ada") == {"numbers.ipynb": b"ada's"}
    assert not [path for path in tmp_path.rglob("*.ipynb") if course.submitted not in path.parents]


def test_links_and_doubled_names_are_left_aside(course, tmp_path):
    link = zipfile.ZipInfo("ada/secret.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as new:
        new.writestr("ada/numbers.ipynb", b"ada's")
        new.writestr(link, "/etc/passwd")
        with pytest.warns(UserWarning, match="Duplicate name"):
            new.writestr("ada/numbers.ipynb", b"evil")
    found = collect(course, TARGET, tmp_path / "a.zip", PEOPLE)
    assert [note.rpartition(": ")[2] for note in found.notes] == ["it is a link", "another file has the same name"]
    assert files(course, "ada") == {"numbers.ipynb": b"ada's"}


def test_a_damaged_member_costs_itself_only(course, packed):
    path = packed({"ada/numbers.ipynb": bytes(range(256)), "zoe/numbers.ipynb": b"zoe's"})
    data = bytearray(path.read_bytes())
    data[100:104] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    found = collect(course, TARGET, path, PEOPLE)
    assert files(course, "zoe") == {"numbers.ipynb": b"zoe's"}
    assert found.notes[0].startswith("ada: ada/numbers.ipynb was left aside: it cannot be read")
    assert (found.new, files(course, "ada")) == (["zoe"], {})


def test_a_bomb_is_refused_before_it_is_opened(course, packed, monkeypatch):
    monkeypatch.setattr(archive, "LARGEST_UNPACKED", 10_000)
    with pytest.raises(UserError, match="more than 100 times its size"):
        collect(course, TARGET, packed({"ada/numbers.ipynb": bytes(10**6)}), PEOPLE)
    assert not course.submitted.exists()


def test_too_many_files_are_refused(course, packed, monkeypatch):
    monkeypatch.setattr(archive, "MOST_MEMBERS", 3)
    with pytest.raises(UserError, match="expected at most 3 files, got 4"):
        collect(course, TARGET, packed(CANVAS), PEOPLE)


def test_a_file_that_is_too_large_is_left_aside(course, packed, monkeypatch):
    monkeypatch.setattr("autograder.intake.collect.LARGEST_FILE", 6)
    found = collect(course, TARGET, packed(PLAIN), PEOPLE)
    assert "ada: ada/my_digits.npz was left aside: too large" in found.notes
    assert files(course, "ada") == {"numbers.ipynb": b"ada's"}


def test_a_claim_about_size_is_not_believed(tmp_path, packed):
    """Not a byte more is unpacked than the archive says."""
    path = packed({"ada/numbers.ipynb": b"x" * 5000})
    data = path.read_bytes().replace((5000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    with zipfile.ZipFile(io.BytesIO(data)) as lying:
        (member,) = archive.members(lying, lambda *told: None)
        with suppress(zipfile.BadZipFile):
            assert len(member.read()) <= 10


@pytest.mark.parametrize(
    ("path", "who", "file"),
    [
        ("HW_4_x_y_attempt_2026-10-09-21-58-12_a_b.ipynb", "y", "a_b.ipynb"),
        ("HW 4_ada_attempt_2026-13-99-21-58-12_a.ipynb", "ada", "a.ipynb"),
        ("lovelaceada_late_4711_9_a_b.ipynb", "lovelaceada_4711", "a_b.ipynb"),
        ("anon_x7Fq_4711_a.ipynb", "anon_x7Fq_4711_a", "anon_x7Fq_4711_a.ipynb"),
        ("Ada Lovelace_55_assignsubmission_file_/d/a.ipynb", "Ada Lovelace", "d/a.ipynb"),
        ("ada@example.org/a.ipynb", "ada@example.org", "a.ipynb"),
        ("ada.ipynb", "ada", "ada.ipynb"),
        ("adam.ipynb", "adam", "adam.ipynb"),
        ("index.html", None, None),
    ],
)
def test_names_of_files(path, who, file):
    found = piece(path, {"ada": "ada"})
    assert (found and found.who, found and found.file) == (who, file)
