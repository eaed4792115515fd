"""A gradebook on a PostgreSQL server: the whole way of a class, two graders at once, and what may fail."""

import json
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from datetime import timedelta

import pytest
from click.testing import CliRunner
from nbgrader.api import Base, Gradebook
from sqlalchemy import create_engine, inspect, select, text

from autograder.book import database
from autograder.book.backup import back_up, renew, restore
from autograder.book.gradebook import NotebookGrades, open_gradebook
from autograder.book.nbgrader_api import quiet
from autograder.book.records import read_results
from autograder.build.release import release
from autograder.build.sample import DUE, write_sample
from autograder.cli import main
from autograder.course import Course, CourseError
from tests.autograder.conftest import NAME, ROOT, copy_course, make_course, on_server

pytestmark = pytest.mark.postgres
IDS = re.compile(r"^[0-9a-f]{32}$")
MADE = re.compile(rb"Class report, [-\d]+ [:\d]+ UTC")


def rows(course) -> dict:
    """All that a gradebook holds, without the keys that are drawn at random."""
    found, engine = {}, create_engine(course.db_url)
    with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            plain = (map(str, row) for row in connection.execute(select(table)))
            found[table.name] = sorted([cell for cell in row if not IDS.match(cell)] for row in plain)
    engine.dispose()
    return found


def timeless(path) -> bytes:
    """A file without the minute in which it was made, which a report says of itself."""
    return MADE.sub(b"Class report, NOW", path.read_bytes())


def typed(course, *command: str) -> str:
    done = CliRunner().invoke(main, [*command, "--course", str(course.root)])
    assert done.exit_code in (0, 1), done.output
    return done.stdout.replace(course.gradebook, "GRADEBOOK").replace(str(course.root), "COURSE")


def by_hand(course, student: str, score: float, comment: str) -> None:
    """What formgrader does when a person grades a written answer."""
    with quiet(), Gradebook(course.db_url, course.directory.course_id) as book:
        (notebook,) = book.find_submission(NAME, student).notebooks
        grade = next(grade for grade in notebook.grades if grade.name == "why")
        grade.manual_score, grade.needs_manual_grade = score, False
        book.find_comment("why", NAME, NAME, student).manual_comment = comment
        book.db.commit()


def whole_way(course, chapter, roster) -> list[str]:
    """A class from roster to backup; what the commands print."""
    release(course, chapter, due=DUE)
    write_sample(course, chapter)
    said = [
        typed(course, "roster", str(roster)),
        typed(course, "grade", NAME, "--unsafe"),
    ]
    by_hand(course, "ada", 1.5, "Nearly: and the multiple?")
    said += [
        typed(course, "grade", NAME, "--unsafe", "--regrade"),
        typed(course, "feedback", NAME),
        typed(course, "export", NAME, "--to", str(course.root / "grades.csv")),
        typed(course, "report", "--to", str(course.root / "report")),
    ]
    return said


@pytest.mark.slow
@pytest.mark.sandbox
def test_a_class_goes_the_whole_way_as_it_does_with_a_file(postgres, demo, tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text("id,first_name,last_name,extension\nada,Ada,Lovelace,\nlena,Lena,Late,1 hour\n")
    file = make_course(tmp_path / "file" / "whole_way")
    server = on_server(make_course(tmp_path / "server" / "whole_way"), postgres)
    said = whole_way(file, demo, roster), whole_way(server, demo, roster)
    assert said[0] == said[1]
    assert rows(file) == rows(server)
    assert read_results(file, NAME) == read_results(server, NAME)
    written = [*file.feedback.rglob("*.html"), *(file.root / "report").glob("*"), file.root / "grades.csv"]
    assert len(written) > len(file.students(NAME))
    for path in written:
        assert timeless(path) == timeless(server.root / path.relative_to(file.root)), path
    typed(server, "backup", "--to", str(tmp_path / "backup.zip"))
    postgres.new_database("again")
    again = restore(tmp_path / "backup.zip", tmp_path / "again")
    assert again.gradebook != server.gradebook
    assert rows(again) == rows(server)
    assert read_results(again, NAME) == read_results(server, NAME)
    assert not (again.root / "gradebook.db").exists()


@pytest.fixture
def course(postgres, released, tmp_path, request):
    name = re.sub(r"\W", "_", request.node.name)[-50:]
    return on_server(copy_course(released, tmp_path / name), postgres)


GRADES = NotebookGrades(NAME, {"check_double": 2.0, "check_total": 1.0}, frozenset())


def test_a_backup_fills_an_empty_database_only(course, postgres, tmp_path):
    with open_gradebook(course) as book:
        book.record(NAME, "ada", [GRADES])
    back_up(course, tmp_path / "backup.zip")
    postgres.new_database("taken")
    postgres.execute("CREATE TABLE something (x int)", "taken")
    for name, sentence in (("taken", "expected an empty database, there is something"), ("none", "createdb")):
        with pytest.raises(CourseError, match=sentence):
            restore(tmp_path / "backup.zip", tmp_path / name)
        assert not (tmp_path / name).exists()
    with zipfile.ZipFile(tmp_path / "backup.zip") as archive:
        assert json.loads(archive.read("backup.json"))["gradebook"] == "gradebook.db"
    postgres.new_database("spring")
    with open_gradebook(renew(course, tmp_path / "spring")) as book:
        assert (book.enrolled(), book.assignments()) == (set(), [])


def test_a_course_moves_from_a_file_to_a_server(graded, postgres, tmp_path, monkeypatch):
    """With an address that the environment may replace: backup, then restore under the new one."""
    root = copy_course(graded.course, tmp_path / "course").root
    with (root / "nbgrader_config.py").open("a") as file:
        file.write("\nimport os\nc.CourseDirectory.db_url = os.environ.get('GRADEBOOK', c.CourseDirectory.db_url)\n")
    back_up(Course.open(root), tmp_path / "backup.zip")
    before = rows(Course.open(root))
    monkeypatch.setenv("GRADEBOOK", postgres.new_database("moved").render_as_string(hide_password=False))
    moved = restore(tmp_path / "backup.zip", tmp_path / "moved")
    assert moved.gradebook_file is None
    assert rows(moved) == before


def test_two_graders_at_once_lose_and_double_nothing(course):
    """Each writes the same fifty submissions, of which the gradebook knows none; and a person grades meanwhile."""
    students = [f"student{number:02}" for number in range(50)]

    def record(book, order):
        for student in order:
            book.record(NAME, student, [GRADES], submitted_at=DUE + timedelta(days=1))

    with open_gradebook(course) as one, open_gradebook(course) as other:
        errors = []
        threads = [threading.Thread(target=catching(errors, record), args=pair)
                   for pair in ((one, students), (other, students))]  # fmt: skip
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert errors == []
    with open_gradebook(course) as book:
        recorded = book.submissions(NAME)
    assert set(recorded) == set(students)
    assert {each.score for each in recorded.values()} == {3.0}
    assert {name: len(found) for name, found in rows(course).items() if name in ("grade", "comment")} == {
        "grade": 150, "comment": 150
    }  # fmt: skip


def catching(errors, work):
    def run(*arguments):
        try:
            work(*arguments)
        except BaseException as error:
            errors.append(error)

    return run


def test_a_person_who_grades_what_is_being_written_waits_for_it(course, monkeypatch):
    with open_gradebook(course) as book:
        book.record(NAME, "ada", [GRADES])
        person = threading.Thread(target=by_hand, args=(course, "ada", 2.0, "Well said."))
        write = book._write

        def write_slowly(*arguments):
            write(*arguments)
            book._gradebook.db.flush()
            person.start()
            person.join(1)
            assert person.is_alive()

        monkeypatch.setattr(book, "_write", write_slowly)
        book.record(NAME, "ada", [NotebookGrades(NAME, {"check_double": 1.0})])
        person.join()
        recorded = book.submission(NAME, "ada")
        assert {cell: graded.score for (_, cell), graded in recorded.grades.items()} == {
            "check_double": 1.0, "check_total": 0.0, "why": 2.0
        }  # fmt: skip
        assert recorded.comments == {(NAME, "why"): "Well said."}


@pytest.mark.slow
@pytest.mark.sandbox
def test_two_batches_on_two_machines_share_one_gradebook(postgres, demo, tmp_path):
    """Two copies of a course folder, as two machines have them, one database, everybody graded by both."""
    alone = make_course(tmp_path / "alone")
    one = on_server(make_course(tmp_path / "shared"), postgres)
    for course in (alone, one):
        release(course, demo, due=DUE)
        write_sample(course, demo)
    other = tmp_path / "other" / "shared"
    shutil.copytree(one.root, other)
    command = [sys.executable, "-m", "autograder", "grade", NAME, "--unsafe", "--course"]
    running = [subprocess.Popen([*command, str(root)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True) for root in (one.root, other)]  # fmt: skip
    for process in running:
        said, _ = process.communicate(timeout=300)
        assert process.returncode == 1, said  # one of the class hands in what is no notebook
    subprocess.run([*command, str(alone.root)], cwd=ROOT, check=False, capture_output=True)
    assert rows(one) == rows(alone)
    assert read_results(one, NAME) == read_results(alone, NAME) == read_results(Course.open(other), NAME)


def test_a_connection_that_breaks_costs_nothing(course, postgres, monkeypatch):
    monkeypatch.setattr(database, "PAUSES", (0.1, 0.1, 0.1))
    with open_gradebook(course) as book:
        book.record(NAME, "ada", [GRADES])
        postgres.hang_up()
        book.record(NAME, "ada", [GRADES])
        postgres.hang_up()
        assert book.submission(NAME, "ada").score == 3.0
        write, calls = book._write, []

        def hang_up_in_the_middle(*arguments):
            write(*arguments)
            if not calls:
                book._gradebook.db.flush()
                calls.append(postgres.hang_up())

        monkeypatch.setattr(book, "_write", hang_up_in_the_middle)
        book.record(NAME, "blaise", [GRADES])
        assert calls
        assert book.submission(NAME, "blaise").score == 3.0
    assert len(rows(course)["submitted_assignment"]) == 2


def test_a_connection_that_breaks_at_the_end_of_a_question_costs_nothing(course, postgres, monkeypatch):
    with open_gradebook(course) as book:
        book.record(NAME, "ada", [GRADES])
        forget = book.forget

        def hang_up_before():
            monkeypatch.undo()
            postgres.hang_up()
            forget()

        monkeypatch.setattr(book, "forget", hang_up_before)
        assert book.submission(NAME, "ada").score == 3.0
        book.record(NAME, "blaise", [GRADES])
        assert book.submission(NAME, "blaise").score == 3.0


def test_a_server_that_stays_away_stops_a_batch_with_one_line(course, postgres, monkeypatch):
    monkeypatch.setattr(database, "PAUSES", (0.1, 0.1))
    with open_gradebook(course) as book:
        book.record(NAME, "ada", [GRADES])
        postgres.stop()
        try:
            with pytest.raises(CourseError) as raised:
                book.record(NAME, "blaise", [GRADES])
        finally:
            postgres.start()
        assert one_line(raised, "refused", "nothing is lost: see that the server runs")
        book.record(NAME, "blaise", [GRADES])
        assert set(book.submissions(NAME)) == {"ada", "blaise"}


def one_line(raised, *words: str) -> bool:
    said = str(raised.value)
    assert "secret" not in said
    assert "\n" not in said
    assert all(word in said for word in words), said
    return True


def elsewhere(course, **changes) -> Course:
    url = database.make_url(course.db_url).set(**changes).render_as_string(hide_password=False)
    course.config.CourseDirectory.db_url = url
    return course


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"password": "another secret"}, ("password authentication failed", "mend the name or the password")),
        ({"port": 1}, ("refused", "see that the server runs and can be reached")),
        ({"host": None, "query": {"host": "/no/where"}}, ("No such file or directory", "can be reached from here")),
        ({"database": "none"}, ('database "none" does not exist', "createdb")),
        ({"drivername": "postgresql+pg8000"}, ("needs pg8000, which is not installed", "extra `postgres`")),
        ({"drivername": "nonsense"}, ("Can't load plugin", "nonsense")),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_an_address_that_is_wrong_is_one_line(course, changes, words):
    with pytest.raises(CourseError) as raised, open_gradebook(elsewhere(course, **changes)):
        pass
    assert one_line(raised, *words)


@pytest.mark.parametrize(
    ("version", "remedy"), [("724cde206c17", "run `nbgrader db upgrade`"), ("f" * 12, "update nbgrader")]
)
def test_tables_of_another_version_are_left_alone(course, version, remedy):
    engine = create_engine(course.db_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
        connection.execute(text("DROP TABLE comment"))
    with pytest.raises(CourseError) as raised, open_gradebook(course):
        pass
    assert one_line(raised, f"is of version {version}, nbgrader's here is ", remedy)
    with engine.connect() as connection:
        assert not inspect(connection).has_table("comment")
    engine.dispose()


def test_a_table_that_somebody_locks_is_one_line(course, monkeypatch):
    monkeypatch.setattr(database, "PAUSES", (0.1,))
    engine = create_engine(course.db_url)
    course.config.CourseDirectory.db_url += "?options=-c%20lock_timeout%3D200ms"
    with engine.begin() as connection:
        connection.execute(text("LOCK TABLE submitted_assignment"))
        with open_gradebook(course) as book, pytest.raises(CourseError) as raised:
            book.record(NAME, "ada", [GRADES])
    engine.dispose()
    assert one_line(raised, "lock timeout", "another program is writing to it")


def test_what_the_server_cannot_hold_costs_its_own_submission(course):
    """A name is of 128 characters at most, for nbgrader's tables; SQLite does not count."""
    with open_gradebook(course) as book:
        with pytest.raises(Exception, match="value too long"):
            book.record(NAME, "a" * 200, [GRADES])
        book.record(NAME, "ada", [GRADES])
        assert set(book.submissions(NAME)) == {"ada"}


def test_a_password_is_never_printed(course):
    said = CliRunner().invoke(main, ["report", "--course", str(course.root)]).output
    assert "secret" not in said
    assert course.gradebook.startswith("postgresql+psycopg://grader:***@127.0.0.1")
