import csv
import json
import re
import shlex
import shutil
import subprocess
import sys
import zipfile

import click
import pytest
from click.testing import CliRunner

import nnkit
from autograder.book.gradebook import open_gradebook
from autograder.book.roster import enroll
from autograder.cli import AUDIENCES, main
from autograder.intake.roster import Entry
from autograder.out import export as out
from autograder.results import Person
from tests.autograder.conftest import DEMO, NAME, ROOT, copy_course, make_course


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def solutions(tmp_path):
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / f"{NAME}.md").write_text(DEMO, encoding="utf-8")
    return folder


def assert_one_line(result, *parts: str):
    """The command stopped with one line of explanation and exit code 2."""
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    for part in parts:
        assert part in line


VERBS = ("verify", "lectures", "release", "sample")


@pytest.mark.parametrize("verb", VERBS)
def test_a_source_with_a_syntax_error(solutions, course, verb):
    text = DEMO.replace("return 2 * x  #", "return 2 * * x  #")
    (solutions / f"{NAME}.md").write_text(text, encoding="utf-8")
    line = text[: text.index("2 * *")].count("\n") + 1
    result = run(verb, NAME, "--solutions", solutions, "--course", course.root)
    assert_one_line(result, f"{solutions / NAME}.md:{line}: syntax error")


@pytest.mark.parametrize("verb", VERBS)
def test_an_unknown_chapter(solutions, course, verb):
    result = run(verb, "99", "--solutions", solutions, "--course", course.root)
    assert_one_line(result, f"unknown chapter '99'; there are: {NAME}")


def test_the_beginning_of_several_chapters(solutions, tmp_path):
    (solutions / "08_more.md").write_text(DEMO, encoding="utf-8")
    result = run("lectures", "0", "--solutions", solutions, "--to", tmp_path / "out")
    assert_one_line(result, f"chapter '0' may be any of {NAME}, 08_more")


def test_no_sources(tmp_path):
    assert_one_line(run("verify", "--solutions", tmp_path), "found none")


@pytest.mark.parametrize("verb", ["verify", "lectures", "release"])
def test_a_course_without_sources(released, tmp_path, verb):
    course = copy_course(released, tmp_path / "copy")
    shutil.rmtree(course.root / "solutions")
    result = run(verb, "--course", course.root)
    assert_one_line(result, f"expected chapter sources in {course.root}/solutions", "name them with --solutions")


@pytest.mark.parametrize("verb", ["check", "grade", "feedback", "export", "release", "sample", "lectures"])
def test_a_course_folder_that_is_missing(tmp_path, verb):
    result = run(verb, NAME, "--course", tmp_path / "nowhere")
    assert_one_line(result, f"there is none in {tmp_path / 'nowhere'}")


@pytest.mark.parametrize("verb", ["check", "grade", "export"])
def test_an_unknown_assignment(released, verb):
    result = run(verb, "08_other", "--course", released.root)
    assert_one_line(result, f"unknown assignment '08_other'; there are: {NAME}")


@pytest.mark.parametrize("verb", ["grade", "feedback", "export"])
def test_a_class_folder_that_is_missing(released, verb):
    assert_one_line(run(verb, NAME, "--course", released.root), "there is no such folder", "submitted")


@pytest.mark.parametrize("verb", ["grade", "feedback", "export"])
def test_an_unknown_student(graded, verb):
    result = run(verb, NAME, "--course", graded.course.root, "--student", "nobody")
    assert_one_line(result, f"'nobody' has not handed in '{NAME}'")


def test_usage():
    assert run("--help").exit_code == 0
    assert run("-h").stdout == run("--help").stdout
    assert run("no-such-verb").exit_code == 2
    assert run("grade").exit_code == 2


def test_version():
    assert run("--version").stdout == f"autograder {nnkit.__version__}\n"


def test_every_verb_is_listed_once_under_who_uses_it():
    listed = [verb.name for verbs in AUDIENCES.values() for verb in verbs]
    assert sorted(listed) == sorted(main.commands)
    text = run("--help").stdout
    for audience, verbs in AUDIENCES.items():
        section = text.partition(f"{audience}:\n")[2].partition("\n\n")[0]
        assert [line.split()[0] for line in section.splitlines() if re.match("  [a-z]", line)] == [
            verb.name for verb in verbs
        ]


def test_one_option_means_one_thing():
    """An option of one name has one help text, so that what is learned with one verb holds for all."""
    texts: dict[str, set] = {}
    for verb, command in main.commands.items():
        for option in command.params:
            if isinstance(option, click.Option) and option.name != "path":
                texts.setdefault(option.opts[0], set()).add(option.help)
        options = {name for option in command.params for name in option.opts}
        assert ("--course" in options) == (verb not in ("doctor", "restore"))
        reads_submissions = bool({"assignment", "assignments"} & options) and verb not in (
            "check",
            "collect",
            "gradescope",
        )
        assert ("--student" in options) == reads_submissions
        assert ("--solutions" in options) == bool({"chapter", "chapters"} & options)
    assert {name for name, helps in texts.items() if len(helps) > 1} == set()


def test_lectures(solutions, tmp_path):
    result = run("lectures", "--solutions", solutions, "--to", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert result.stdout == f"wrote {tmp_path / 'out' / NAME / NAME}.ipynb\n"


def test_lectures_go_to_the_release_folder_if_not_told_otherwise(course):
    result = run("lectures", "07", "--course", course.root)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"wrote {course.release / NAME / NAME}.ipynb\n"


def test_the_course_is_known_in_every_folder_of_it(course, tmp_path, monkeypatch):
    monkeypatch.chdir(course.root / "solutions")
    assert run("lectures").stdout == f"wrote {course.release / NAME / NAME}.ipynb\n"
    other = make_course(tmp_path / "other")
    assert run("lectures", "--course", other.root).stdout == f"wrote {other.release / NAME / NAME}.ipynb\n"


def test_verify_exits_1_for_a_problem(solutions):
    assert run("verify", "--solutions", solutions).exit_code == 0
    (solutions / f"{NAME}.md").write_text(DEMO.replace("says: you squared", "says: you cubed"), encoding="utf-8")
    result = run("verify", "--solutions", solutions)
    assert result.exit_code == 1
    assert "PROBLEM" in result.stdout
    result = run("verify", "--solutions", solutions, "--json")
    assert result.exit_code == 1
    problems = [trial for trial in json.loads(result.stdout) if trial["problem"]]
    assert [(trial["exercise"], trial["variant"]) for trial in problems] == [("double", "mistake 1")]


def test_release_sample_grade_feedback_export(solutions, course):
    at = ("--course", course.root)
    result = run("release", NAME, "--solutions", solutions, *at, "--due", "2026-03-01 12:00:00")
    assert result.exit_code == 0, result.output
    assert result.stdout == f"released {NAME} to {course.release / NAME}, due 2026-03-01 12:00 UTC\n"
    result = run("sample", "07", "--solutions", solutions, *at)
    assert result.exit_code == 0, result.output
    assert "15 sample students handed in 07_demo" in result.stdout
    two = ("--student", "grace", "--student", "ada")
    result = run("grade", "07", *at, *two)
    assert result.exit_code == 0, result.output
    assert NAME in result.stdout
    assert f"gradebook: {course.db_url}" in result.stdout
    graded = json.loads(run("grade", "07", *at, *two, "--json").stdout)
    assert [item["student"] for item in graded] == ["ada", "grace"]
    assert [[exercise["score"] for exercise in item["exercises"]] for item in graded] == [[2, 1.5, None], [0, 0, 0]]
    assert run("grade", NAME, *at, "--student", "omar").exit_code == 1
    result = run("feedback", "07", *at)
    assert result.exit_code == 0, result.output
    assert "3 feedback pages" in result.stdout, "one says that a file cannot be read"
    assert course.feedback_page(NAME, "grace").is_file()
    result = run("export", "07", *at, "--to", course.root / "grades.csv")
    assert result.exit_code == 0, result.output
    with (course.root / "grades.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert rows["ada"]["score"] == "3.5"
    assert rows["kofi"]["problem"] == "not graded"
    assert run("export", NAME, *at, *two, "--to", course.root / "grades.json").exit_code == 0
    assert json.loads((course.root / "grades.json").read_text(encoding="utf-8")) == graded


def test_a_roster_in_latin_1_changes_nothing(released, tmp_path):
    course = copy_course(released, tmp_path / "copy")
    before = (course.root / "class" / "gradebook.db").read_bytes()
    (tmp_path / "roster.csv").write_bytes("id,last_name\nlena,Müller\n".encode("latin-1"))
    result = run("roster", tmp_path / "roster.csv", "--course", course.root)
    assert_one_line(result, "roster.csv:2: expected text in UTF-8", "CSV UTF-8")
    assert (course.root / "class" / "gradebook.db").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("roster", "none.csv"), "none.csv cannot be read: No such file or directory"),
        (("collect", "none.zip", "07"), "none.zip is no ZIP archive that can be read (FileNotFoundError"),
        (("collect", "none.zip", "07", "--match", "ada"), "--match: expected NAME=ID"),
        (("restore", "none.zip", "again"), "none.zip is no backup of a course (FileNotFoundError"),
    ],
)
def test_a_file_that_is_not_there(released, tmp_path, monkeypatch, arguments, sentence):
    course = copy_course(released, tmp_path / "copy")
    enroll(course, [Entry("ada", Person("Lovelace"), {})])
    monkeypatch.chdir(course.root)
    assert_one_line(run(*arguments), sentence)


def test_who_could_not_be_matched_is_settled_by_the_command_that_is_shown(released, tmp_path, monkeypatch):
    course = copy_course(released, tmp_path / "copy")
    enroll(course, [Entry("ada", Person("Lovelace"), {})])
    with zipfile.ZipFile(course.root / "submissions.zip", "w") as archive:
        archive.writestr("it's me_7_assignsubmission_file_/07_demo.ipynb", "{}")
    monkeypatch.chdir(course.root)
    result = run("collect", "submissions.zip", "07")
    assert result.exit_code == 1
    command = shlex.split(result.stdout.splitlines()[-1].replace("=ID", "=ada"))
    assert command[0] == "autograder"
    result = run(*command[1:])
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "collected: 1 new, 0 updated, 0 the same as before")
    assert course.submitted_notebook(NAME, "ada").read_text() == "{}"


def test_feedback_calls_students_by_name(graded, tmp_path):
    course = copy_course(graded.course, tmp_path / "copy")
    (tmp_path / "roster.csv").write_text("id,first_name,last_name\nada,Ada,<Lovelace>\n")
    at = ("--course", course.root)
    assert run("roster", tmp_path / "roster.csv", *at).stdout.startswith("1 student: 0 new, 1 changed\n")
    assert run("feedback", NAME, *at, "--student", "ada").exit_code == 0
    page = course.feedback_page(NAME, "ada").read_text(encoding="utf-8")
    assert "<bdi>Ada &lt;Lovelace&gt; (ada)</bdi>" in page


def test_a_due_date_is_in_the_time_zone_of_the_course(solutions, course):
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write("\nc.Exchange.timezone = 'Europe/Berlin'\n")
    at = ("--solutions", solutions, "--course", course.root, "--due")
    for typed, shown, utc in (
        ("2026-10-09 22:00", "2026-10-09 22:00 CEST", "2026-10-09 20:00"),
        ("2026-12-09 22:00", "2026-12-09 22:00 CET", "2026-12-09 21:00"),
    ):
        assert run("release", NAME, *at, typed).stdout.endswith(f", due {shown}\n")
        with open_gradebook(course) as book:
            assert f"{book.due(NAME):%Y-%m-%d %H:%M}" == utc


def test_a_time_zone_that_is_none(solutions, course):
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write("\nc.Exchange.timezone = 'Europe/Bielefeld'\n")
    result = run("release", NAME, "--solutions", solutions, "--course", course.root, "--due", "2026-10-09")
    assert_one_line(result, "c.Exchange.timezone: expected a time zone such as 'Europe/Berlin'", "'Europe/Bielefeld'")


def test_the_sample_is_refused_beside_a_real_class(solutions, course):
    (course.submitted / "real_student" / NAME).mkdir(parents=True)
    result = run("sample", NAME, "--solutions", solutions, "--course", course.root)
    assert_one_line(result, "holds the work of 1 real students")


def test_export_goes_beside_the_gradebook_if_not_told_otherwise(graded, tmp_path):
    course = copy_course(graded.course, tmp_path / "copy")
    result = run("export", "07", "--course", course.root)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"grades: {course.root}/class/{NAME}.csv\nnot final: answers of ")
    assert (course.root / "class" / f"{NAME}.csv").is_file()


def test_the_suffix_of_an_export_chooses_its_format(graded, tmp_path):
    at = ("--course", graded.course.root, "--to")
    assert run("export", NAME, *at, tmp_path / "grades.json").exit_code == 0
    assert json.loads((tmp_path / "grades.json").read_text())[0]["student"] == "ada"
    assert_one_line(run("export", NAME, *at, tmp_path / "grades.odt"), "ends in .csv or .json or .xlsx, got grades.odt")
    result = run("export", NAME, *at, tmp_path / "grades.csv", "--format", "exel")
    assert_one_line(result, "unknown format 'exel'; there are: blackboard, canvas, csv, json, moodle, xlsx")


def test_every_format_is_named_in_the_help_and_written_beside_the_gradebook(graded, tmp_path):
    course = copy_course(graded.course, tmp_path / "copy")
    (option,) = [option for option in main.commands["export"].params if option.name == "form"]
    for form in out.formats():
        assert form in option.help
        for name, assignments in ((NAME, [NAME]), ("term", [])):
            result = run("export", *assignments, "--course", course.root, "--format", form)
            assert result.exit_code == 0, result.output
            path = course.tables / (f"{name}.{form}" if form in ("csv", "json", "xlsx") else f"{name}-{form}.csv")
            assert result.stdout.startswith(f"grades: {path}\n")
            assert path.stat().st_size > 200


def test_a_setting_that_is_none(released, tmp_path):
    course = copy_course(released, tmp_path / "copy")
    course.submitted_folder(NAME, "ada").mkdir(parents=True)
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write("\nc.Seconds.cal = 3\n")
    result = run("grade", NAME, "--course", course.root, "--unsafe")
    assert_one_line(result, "c.Seconds.cal is unknown: expected one of call, cell, check, notebook")


def test_a_course_with_a_structure_of_its_own(solutions, tmp_path):
    root = tmp_path / "course"
    root.mkdir()
    (root / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.directory_structure = '{assignment_id}/{nbgrader_step}/{student_id}'\n"
    )
    at = ("--course", root)
    released = run("release", NAME, "--solutions", solutions, *at)
    assert (released.exit_code, released.stdout) == (0, f"released {NAME} to {root / NAME / 'release'}\n")
    assert run("sample", NAME, "--solutions", solutions, *at).exit_code == 0
    result = run("grade", NAME, *at, "--unsafe", "--student", "ada", "--student", "grace")
    assert result.exit_code == 0, result.output
    result = run("feedback", NAME, *at, "--student", "ada")
    assert (result.exit_code, result.stdout.split(": ")[1].strip()) == (
        0,
        f"{root}/{NAME}/feedback/STUDENT/{NAME}.html",
    )
    assert run("export", NAME, *at).exit_code == 0
    with (root / f"{NAME}.csv").open(newline="", encoding="utf-8") as file:
        assert [row["score"] for row in csv.DictReader(file) if row["student"] in ("ada", "grace")] == ["3.5", "0.0"]
    assert {path.name for path in root.iterdir()} == {
        "nbgrader_config.py", "gradebook.db", ".lock", ".cache", NAME, f"{NAME}.csv"
    }  # fmt: skip


def test_doctor_in_words_and_as_json():
    words, data = run("doctor"), run("doctor", "--json")
    assert words.exit_code == data.exit_code
    found = {item["name"]: item["in_force"] for item in json.loads(data.stdout)}
    assert data.exit_code == (0 if found["namespaces"] else 1)
    assert all(name in words.stdout for name in found)


def test_the_command_in_a_process_of_its_own(tmp_path):
    command = [sys.executable, "-m", "autograder", "grade", NAME, "--course", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(
        f"Error: expected a course folder with an nbgrader_config.py, there is none in {tmp_path.resolve()}: "
    )
    assert done.stderr.count("\n") == 1
