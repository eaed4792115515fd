"""A class graded by workers that are processes of their own, and where the machine allows it on networks of their own:
what they find is what one machine finds, whoever comes, goes, dies or does not belong there.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from autograder.book.records import read_results
from autograder.exam.sandbox import Sandbox
from tests.autograder.conftest import NAME, ROOT, copy_course
from tests.cluster import Engine, can_have_networks

pytestmark = [pytest.mark.slow, pytest.mark.sandbox]
SLOW = """
import time
from autograder.exam.rehearsal import Rehearsal
def slow(self, task, grade=Rehearsal.grade):
    time.sleep(0.5)
    return grade(self, task)
Rehearsal.grade = slow
"""
POISONED = """
import os
from autograder.exam.rehearsal import Rehearsal
def poisoned(self, task, grade=Rehearsal.grade):
    if any(b"def half_of" in data for data in task.upload.files.values()):
        os.kill(os.getpid(), 9)
    return grade(self, task)
Rehearsal.grade = poisoned
"""
"""Of a worker whose memory, say, one submission fills so that the system ends it."""


@pytest.fixture
def engine(tmp_path):
    with Engine(tmp_path / "engine", networks=can_have_networks()) as engine:
        yield engine


@pytest.fixture
def course(graded, tmp_path):
    """A class that has handed in, of which nothing is graded."""
    course = copy_course(graded.course, tmp_path / "course")
    shutil.rmtree(course.autograded)
    return course


IMPATIENT = (
    "from autograder.exam import cluster; cluster.ALONE, cluster.ANSWERS = 5, 2; "
    "from autograder.cli import main; main()"
)
"""The command, but for its patience."""


def start(course, address, *options, program=("-m", "autograder"), **environment) -> subprocess.Popen:
    command = [sys.executable, *program, "grade", NAME, "--unsafe", "--json", "--cluster", address]
    return subprocess.Popen(
        [*command, "--course", str(course.root), *options],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process, seconds: float = 240) -> tuple[int, dict, str]:
    """Exit code, problem by student, and what was said besides."""
    try:
        said, errors = process.communicate(timeout=seconds)
    finally:
        process.kill()
        process.wait()
    return process.returncode, {each["student"]: each["problem"] for each in json.loads(said or "[]")}, errors


def assert_as_at_home(course, graded):
    """Gradebook, notebooks and files are those of a class that one machine has graded."""
    assert {r.student: r for r in read_results(course, NAME)} == graded.results
    home = graded.course.autograded
    files = {path.relative_to(home) for path in home.rglob("*") if path.is_file() and path.name != ".lock"}
    assert files == {path.relative_to(course.autograded) for path in course.autograded.rglob("*")
                     if path.is_file() and path.name != ".lock"}  # fmt: skip
    for file in files:
        assert (course.autograded / file).read_bytes() == (home / file).read_bytes(), file


def soon(condition, seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(condition())


def test_two_workers_grade_as_one_machine_does(engine, course, graded):
    for name in ("one", "two"):
        engine.worker(name)
    code, problems, said = ended(start(course, engine.address))
    assert (code, said) == (1, ""), said  # one of the class has handed in what is no notebook
    assert set(problems) == set(graded.results)
    assert_as_at_home(course, graded)


def test_twins_do_not_get_into_each_others_way(engine, course, graded):
    """Equal submissions have equal fingerprints."""
    for twin in ("ada1", "ada2", "ada3"):
        shutil.copytree(course.submitted_folder(NAME, "ada"), course.submitted_folder(NAME, twin))
    engine.worker("one")
    _, problems, said = ended(start(course, engine.address))
    assert [problems[twin] for twin in ("ada1", "ada2", "ada3")] == ["", "", ""], said


def test_a_killed_workers_submissions_are_graded_by_another(engine, course, graded):
    first = engine.worker("first", preload=SLOW)
    running = start(course, engine.address)
    assert soon(lambda: len(list(course.autograded.glob("*/*"))) >= 2)
    os.killpg(first.pid, signal.SIGKILL)
    engine.worker("second")  # comes when the other is gone
    code, _, said = ended(running)
    assert code == 1, said
    assert_as_at_home(course, graded)


def test_a_worker_that_leaves_in_good_order_loses_nothing(engine, course, graded):
    leaving = [engine.worker(name, preload=SLOW) for name in ("one", "two", "three")]
    running = start(course, engine.address)
    for number, worker in enumerate(leaving, 1):
        assert soon(lambda number=number: len(list(course.autograded.glob("*/*"))) >= number)
        worker.send_signal(signal.SIGTERM)
        engine.worker(f"next{number}")
    code, _, said = ended(running)
    assert code == 1, said
    assert_as_at_home(course, graded)


def test_what_two_workers_were_lost_over_is_given_up(engine, course, graded):
    """The third, which is given everything else, does not begin it; and a later run may try again."""
    path = course.submitted_notebook(NAME, "ada")
    path.write_text(path.read_text().replace("def double(", "def half_of(x):\\n    return x / 2\\n\\ndef double("))
    workers = [engine.worker(name, preload=POISONED) for name in ("one", "two", "three")]
    _, problems, said = ended(start(course, engine.address))
    assert "2 workers were lost while they graded it" in problems.pop("ada"), said
    assert problems == {s: r.problem for s, r in graded.results.items() if s != "ada"}
    assert sum(worker.poll() is None for worker in workers) == 1
    engine.worker("sound")
    workers[2].kill()
    workers[1].kill()
    workers[0].kill()
    _, problems, said = ended(start(course, engine.address))
    assert problems["ada"] == "", said


def changed_code(folder):
    for package in ("autograder", "nnkit"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    with (folder / "autograder" / "errors.py").open("a") as file:
        file.write("# of another day\n")
    return {"path": folder}


def no_code(folder):
    (folder / "autograder").mkdir(parents=True)
    (folder / "autograder" / "__init__.py").touch()
    return {"path": folder}


def weaker_walls(folder):
    folder.mkdir()
    return {"programs": str(folder)}  # where bubblewrap is not


def no_processes(folder):
    return {"nanny": True}


STRANGERS = {
    "another version": (changed_code, "it has the code of autograder "),
    "no package": (no_code, "it lacks this version of autograder"),
    "weaker walls": (weaker_walls, "its sandbox lacks bubblewrap"),
    "no processes": (no_processes, "start it with --no-nanny"),
}


def test_who_does_not_belong_there_grades_nothing(engine, course, graded, tmp_path):
    """And says why in one line; a friend does the work of all."""
    strangers = STRANGERS.copy()
    with Sandbox(unsafe=True) as sandbox:
        if not any(p.name == "bubblewrap" and p.in_force for p in sandbox.protections):
            del strangers["weaker walls"]  # this machine has none that are stronger
    for number, (make, _) in enumerate(strangers.values()):
        engine.worker(f"stranger{number}", **make(tmp_path / f"other{number}"))
    assert soon(lambda: all("Registered" in engine.log(f"stranger{n}") for n in range(len(strangers))))
    engine.worker("friend")
    code, _, said = ended(start(course, engine.address))
    assert code == 1, said
    lines = said.splitlines()
    assert len(lines) == len(strangers), said
    for _, reason in strangers.values():
        (line,) = (line for line in lines if reason in line)
        assert "grades nothing: " in line
    assert_as_at_home(course, graded)


def test_an_address_that_answers_nothing_is_one_line(course):
    for address in ("tcp://127.0.0.1:1", "nonsense", "tls://127.0.0.1:1"):
        code, problems, said = ended(start(course, address, program=("-c", IMPATIENT)))
        assert (code, problems) == (2, {}), said
        assert re.search(rf"^Error: --cluster: no scheduler answers at {address} \([^\n]*$", said.strip()), said


def test_where_nobody_may_grade_the_batch_stops_and_keeps_what_there_is(engine, course, graded):
    engine.worker("stranger", nanny=True)
    running = start(course, engine.address, program=("-c", IMPATIENT))
    code, problems, said = ended(running)
    assert code == 2
    assert problems == {}
    assert re.search(rf"Error: --cluster: for \d s nobody at {engine.address} may grade: .* --no-nanny", said), said
    engine.worker("friend")
    assert ended(start(course, engine.address))[0] == 1
    assert_as_at_home(course, graded)


def test_a_scheduler_that_is_lost_stops_the_batch_with_one_line(tmp_path, course, graded):
    with Engine(tmp_path / "first") as engine:
        engine.worker("one", preload=SLOW)
        running = start(course, engine.address)
        assert soon(lambda: list(course.autograded.glob("*/*")))
    code, _, said = ended(running)
    assert code == 2
    assert said.splitlines()[-1].startswith(f"Error: --cluster: the scheduler at {engine.address} is lost"), said
    with Engine(tmp_path / "second") as engine:
        engine.worker("one")
        assert ended(start(course, engine.address))[0] == 1
    assert_as_at_home(course, graded)


def test_workers_without_the_right_certificate_stay_outside(tmp_path, course, graded):
    """TLS as the engine has it: scheduler, workers and the one who grades name certificates of one authority."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    ours, theirs = (certificates(tmp_path / name) for name in ("ours", "theirs"))
    with Engine(tmp_path / "engine", security=ours) as engine:
        engine.worker("one")
        stranger = Engine(tmp_path / "other", security=theirs)
        stranger.folder.mkdir()
        stranger.address = engine.address
        stranger.worker("two")
        code, _, said = ended(start(course, engine.address, **theirs))
        assert code == 2
        assert "no scheduler answers" in said
        code, _, said = ended(start(course, engine.address, **ours))
        assert code == 1, said
        assert "Registered" not in stranger.log("two")
        stranger.__exit__()
    assert_as_at_home(course, graded)


def certificates(folder) -> dict[str, str]:
    """An authority, a certificate that it signs, and the environment that names both."""
    folder.mkdir()
    for command in (
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=authority",
        "req -newkey rsa:2048 -nodes -keyout key.pem -out cert.csr -subj /CN=grading",
        "x509 -req -in cert.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out cert.pem -days 2",
    ):
        subprocess.run(["openssl", *command.split()], cwd=folder, capture_output=True, check=True)
    named = {"CA_FILE": "ca.pem"}
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        named |= {f"{role}__CERT": "cert.pem", f"{role}__KEY": "key.pem"}
    found = {f"DASK_DISTRIBUTED__COMM__TLS__{name}": str(folder / file) for name, file in named.items()}
    return found | {"DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "true"}
