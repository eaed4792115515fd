"""Hostile code in a worker, with and without bubblewrap, as root and as a plain user: what it gets, what is left."""

import errno
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import pytest

from autograder.exam.sandbox import Limits, Sandbox, SandboxError, connect, protections
from autograder.inside.limits import MiB

ROOT = Path(__file__).parents[3]
PROBES = "tests.autograder.exam.sandbox_probes:serve"
SMALL = Limits(memory=300 * MiB, processes=32, file_size=4 * MiB, disk=8 * MiB, cpu_seconds=20)

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module", autouse=True)
def needs_namespaces():
    """A machine that allows no sandbox skips these tests, with the reason; CI has to allow one."""
    if "CI" not in os.environ:
        try:
            trouble = [f"{p.name}: {p.detail}" for p in protections() if p.essential and not p.in_force]
        except SandboxError as error:
            trouble = [str(error)]
        if trouble:
            pytest.skip(f"no sandbox here, {trouble[0]}")


class Worker:
    """One connection to a worker that runs what it is sent."""

    started: ClassVar[list["Worker"]] = []

    def __init__(self, sandbox: Sandbox):
        self.connection = connect(sandbox.address)
        self.connection.settimeout(60)
        self.lines = self.connection.makefile()
        Worker.started.append(self)

    def run(self, code: str):
        """What the code left in `answer`, its error as text, or "gone" if the worker is."""
        try:
            self.send(code)
            line = self.lines.readline()
        except ConnectionError:
            line = ""
        return json.loads(line) if line else "gone"

    def send(self, code: str):
        self.connection.sendall(json.dumps(code).encode() + b"\n")

    def close(self):
        self.lines.close()
        self.connection.close()


@pytest.fixture(scope="module", params=["bubblewrap", "namespaces"])
def sandbox(request):
    started = Sandbox(SMALL, serve=PROBES)
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "namespaces":
            patch.setenv("PATH", "/nowhere")
        elif not shutil.which("bwrap"):
            pytest.skip("bubblewrap is not installed")
        started.__enter__()
    yield started
    started.__exit__()


@pytest.fixture(autouse=True)
def hang_up():
    yield
    while Worker.started:
        Worker.started.pop().close()


@pytest.fixture
def worker(sandbox):
    return Worker(sandbox)


@pytest.fixture
def neighbor(sandbox):
    """Another submission, graded at the same time; it must notice nothing."""
    worker = Worker(sandbox)
    worker.run("import os; os.mkdir('mine')")
    yield worker
    assert worker.run("import os; answer = os.listdir()") == ["mine"]


def test_all_essential_protections_are_in_force(sandbox, request):
    found = {protection.name: protection for protection in sandbox.protections}
    assert all(protection.in_force for protection in sandbox.protections if protection.essential)
    assert found["bubblewrap"].in_force == ("bubblewrap" in request.node.name)
    assert found["plain user"].detail != "workers run as user 0"


def test_libraries_work(worker):
    assert worker.run("import numpy as np, nnkit; answer = float(np.ones(3) @ nnkit.activations.relu(np.ones(3)))") == 3
    assert worker.run("from matplotlib.figure import Figure; Figure().savefig('a.png'); answer = 1") == 1
    assert worker.run("import sklearn.linear_model; answer = 1") == 1
    assert (
        worker.run("import subprocess; answer = subprocess.check_output('echo hello', shell=True, text=True)")
        == "hello\n"
    )
    assert worker.run("import asyncio; answer = asyncio.run(asyncio.sleep(0, 5))") == 5
    assert worker.run("import multiprocessing as m; answer = m.get_context('fork').Pool(2).map(abs, [-1, 2])") == [1, 2]
    assert worker.run("import tempfile; f = tempfile.TemporaryFile(); answer = f.write(b'abc')") == 3
    assert worker.run("import threading; t = threading.Thread(target=int); t.start(); t.join(); answer = 1") == 1


def test_each_connection_has_a_fresh_worker(sandbox):
    first, second = Worker(sandbox), Worker(sandbox)
    assert first.run("import numpy; numpy.spoiled = open('note', 'w').write('x')") is None
    assert second.run("import numpy, os; answer = [hasattr(numpy, 'spoiled'), os.listdir(), os.getcwd()]") == [
        False,
        [],
        "/sandbox/home",
    ]


def test_no_file_of_this_machine_can_be_read(worker, tmp_path):
    (tmp_path / "gradebook.db").write_text("secret")
    secrets = [
        str(tmp_path),
        str(tmp_path / "gradebook.db"),
        "/etc/shadow",
        "/etc/passwd",
        "/root/.ssh",
        str(Path.home() / ".bashrc"),
        str(ROOT / "pyproject.toml"),
        str(ROOT / "solutions"),
        str(ROOT / "autograder" / "grade.py"),
        str(ROOT / "tests"),
        "/sys/class/net",
        "/var/log",
    ]
    for path in secrets:
        code = f"import os\nanswer = os.path.isdir({path!r}) and os.listdir({path!r}) or open({path!r}).read()"
        answer = worker.run(code)
        assert isinstance(answer, str), path
        assert answer.startswith(("FileNotFoundError", "PermissionError", "IsADirectoryError")), path


@pytest.mark.parametrize("kind", ["bubblewrap", "namespaces"])
def test_data_that_the_instructor_names_can_be_read_and_nothing_beside_them(tmp_path, monkeypatch, kind):
    for name in ("shared", "private"):
        (tmp_path / name).mkdir(mode=0o755)
        (tmp_path / name / "words.txt").write_text(name)
    (tmp_path / "shared" / "link").symlink_to(tmp_path / "private" / "words.txt")
    if kind == "namespaces":
        monkeypatch.setenv("PATH", "/nowhere")
    elif not shutil.which("bwrap"):
        pytest.skip("bubblewrap is not installed")
    with Sandbox(SMALL, serve=PROBES, readable=[tmp_path / "shared"]) as sandbox:
        worker = Worker(sandbox)
        assert worker.run(f"answer = open('{tmp_path}/shared/words.txt').read()") == "shared"
        for path in ("private/words.txt", "shared/link"):
            assert worker.run(f"open('{tmp_path}/{path}')").startswith(("FileNotFoundError", "PermissionError"))
        answer = worker.run(f"open('{tmp_path}/shared/words.txt', 'w')")
        assert answer.startswith(("PermissionError", "OSError: [Errno 30]"))
        beside = worker.run(f"import os; answer = os.listdir('{tmp_path}')")
        assert beside == ["shared"] or beside.startswith("PermissionError")
        worker.close()


def test_the_grader_itself_stays_outside(worker):
    loaded = worker.run("import sys; answer = [name for name in sys.modules if name.startswith('autograder')]")
    assert "autograder.inside.prefork" in loaded
    assert "autograder.book.gradebook" not in loaded
    assert worker.run("import autograder.book.gradebook").startswith("ModuleNotFoundError")


def test_environment_tells_nothing(worker):
    names = worker.run("import os; answer = sorted(os.environ)")
    assert set(names) <= {"HOME", "LANG", "LC_CTYPE", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
                          "PATH", "PWD", "TMPDIR", "USER"}  # fmt: skip
    assert worker.run("import socket; answer = socket.gethostname()") == "sandbox"


@pytest.mark.parametrize(
    "code",
    [
        "open(numpy.__file__, 'a')",
        "os.chmod(numpy.__file__, 0o777)",
        "os.utime(numpy.__file__)",
        "os.unlink(numpy.__file__)",
        "os.rename(os.path.dirname(numpy.__file__), '/tmp/numpy')",
        "open(os.path.join(sys.prefix, 'new'), 'w')",
        "open(os.path.join(os.path.dirname(nnkit.__file__), 'testing.py'), 'a')",
        "open('/usr/new', 'w')",
        "open('/new', 'w')",
        "os.mkdir('/new')",
        "open('/dev/new', 'w')",
        "open('/proc/sys/kernel/hostname', 'w')",
        "open('/proc/1/oom_score_adj', 'w')",
        "os.mknod('disk', 0o660 | 0o060000, os.makedev(8, 0))",
        "os.chroot('.')",
        "os.setuid(0)",
        "os.setgroups([0])",
        "os.nice(-5)",
        "socket.sethostname('other')",
    ],
)
def test_what_is_shared_cannot_be_changed(worker, code):
    answer = worker.run(f"import os, sys, socket, numpy, nnkit\n{code}")
    refusals = (errno.EROFS, errno.EXDEV, errno.EINVAL)  # read-only, other file system, no such user
    assert answer is not None
    assert answer.startswith(("PermissionError", "FileNotFoundError", *(f"OSError: [Errno {e}]" for e in refusals)))


def test_no_program_brings_capabilities(worker):
    code = """
import subprocess
answer = dict(line.split() for line in subprocess.check_output(["cat", "/proc/self/status"], text=True).splitlines()
              if line.startswith(("Cap", "NoNewPrivs", "Seccomp:")))
"""
    status = worker.run(code)
    assert {name: status[f"Cap{name}:"] for name in ("Inh", "Prm", "Eff", "Amb")} == dict.fromkeys(
        ("Inh", "Prm", "Eff", "Amb"), "0" * 16
    )
    assert status["NoNewPrivs:"] == "1"
    assert worker.run("import subprocess; answer = subprocess.run(['su', '-c', 'id'], capture_output=True).returncode")


@pytest.mark.parametrize(
    "call",
    [
        "unshare(0x10000000)",
        "unshare(0x40020000)",
        "mount(b'none', b'/tmp', b'tmpfs', 0, 0)",
        "umount2(b'/proc', 2)",
        "setns(0, 0)",
        "ptrace(16, 1, 0, 0)",
        "pivot_root(b'.', b'.')",
        "syscall(CLONE, 0x10000011, 0, 0, 0, 0)",
    ],
)
def test_the_kernel_refuses_calls_that_lead_out(worker, call):
    code = "import ctypes, platform; CLONE = {'x86_64': 56}.get(platform.machine(), 220)\n"
    assert worker.run(f"{code}answer = ctypes.CDLL(None).{call}") == -1


def test_no_network(worker):
    for code in (
        "socket.create_connection(('127.0.0.1', 22), 2)",
        "socket.create_connection(('1.1.1.1', 53), 2)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('8.8.8.8', 53))",
        "socket.socket(socket.AF_INET6)",
        "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)",
        "socket.socket(40, socket.SOCK_STREAM)",  # to the host of a virtual machine
    ):
        assert worker.run(f"import socket; {code}").startswith(("PermissionError", "OSError")), code


def test_no_abstract_socket_of_others(worker, neighbor):
    neighbor.run("""
import builtins, socket
builtins.kept = socket.socket(socket.AF_UNIX)
kept.bind("\\0neighbor")
kept.listen()
""")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0grader-{os.getpid()}")
        listener.listen()
        for name in (f"grader-{os.getpid()}", "neighbor"):
            answer = worker.run(f"import socket; socket.socket(socket.AF_UNIX).connect('\\0{name}')")
            assert answer.startswith(("ConnectionRefused", "PermissionError"))


def test_no_other_process_is_seen_or_reached(worker, neighbor):
    assert worker.run("import os; answer = [name for name in os.listdir('/proc') if name.isdigit()]") == ["1"]
    assert worker.run("import os; answer = [os.getpid(), os.getppid()]") == [1, 0]
    reached = """
import os
answer = []
for process in range(2, 70_000):
    try:
        os.kill(process, 9)
        answer.append(process)
    except ProcessLookupError:
        pass
"""
    assert worker.run(reached) == []


@pytest.mark.parametrize("target", [-1, 0, 1])
def test_kill_everything_kills_nobody_else(sandbox, worker, neighbor, target):
    assert worker.run(f"import os; os.kill({target}, 9); answer = 'still here'") in (
        "still here",
        "gone",
        "ProcessLookupError: [Errno 3] No such process",
    )
    again = Worker(sandbox)
    assert again.run("answer = 1") == 1


def test_no_descriptor_is_inherited(worker):
    code = """
import os
answer = []
for descriptor in range(1000):
    try:
        answer.append(os.readlink(f"/proc/self/fd/{descriptor}"))
    except OSError:
        pass
"""
    links = worker.run(code)
    assert links[:3] == ["/dev/null"] * 3
    assert [link.split(":")[0] for link in links[3:]] == ["socket"]


def test_memory_of_one_process(worker, neighbor):
    assert worker.run("answer = len(bytearray(100 << 20))") == 100 << 20
    assert worker.run("x = bytearray(400 << 20)").startswith("MemoryError")
    assert worker.run("answer = 1") == 1


def test_memory_of_all_processes_together(worker, neighbor):
    start = time.monotonic()
    code = """
import os, time
for _ in range(10):
    if not os.fork():
        x = bytearray(b"x") * (100 << 20)
        time.sleep(60)
time.sleep(60)
"""
    assert worker.run(code) == "gone"
    assert time.monotonic() - start < 50


def test_libraries_are_not_charged_to_each_process(worker):
    code = """
import os, time
for _ in range(12):
    if not os.fork():
        time.sleep(60)
time.sleep(1)
answer = 1
"""
    assert worker.run(code) == 1


def test_memory_that_belongs_to_nobody(worker):
    assert worker.run("import os; os.memfd_create('x')").startswith(("OSError", "PermissionError"))
    assert worker.run("import ctypes; answer = ctypes.CDLL(None).shmget(0, 1 << 20, 0o1600)") == -1


def test_fork_bomb(worker, neighbor):
    code = """
import os, time
answer = 0
try:
    while answer < 1000:
        if not os.fork():
            time.sleep(60)
        answer += 1
except BlockingIOError:
    pass
"""
    assert 20 <= worker.run(code) < SMALL.processes
    assert neighbor.run("import os; child = os.fork() or os._exit(0); answer = os.waitpid(child, 0)[1]") == 0


def test_runaway_fork_bomb_ends_with_the_connection(sandbox, neighbor):
    worker = Worker(sandbox)
    worker.connection.settimeout(1)
    with pytest.raises(TimeoutError):
        worker.run("import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass")
    worker.close()
    assert neighbor.run("answer = 1") == 1


def test_thread_bomb(worker):
    code = """
import threading, time
threading.stack_size(1 << 18)
answer = 0
try:
    while answer < 1000:
        threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
        answer += 1
except RuntimeError:
    pass
"""
    assert 20 <= worker.run(code) < SMALL.processes


def test_disk_fills_up_and_no_further(worker, neighbor):
    assert worker.run("open('big', 'wb').write(bytes(5 << 20))").startswith("OSError: [Errno 27]")
    for place in (".", "/dev/shm"):
        code = f"for i in range(9):\n    with open(f'{place}/{{i}}', 'wb') as f:\n        f.write(bytes(3 << 20))"
        assert worker.run(code).startswith("OSError: [Errno 28]"), place
    assert worker.run("for i in range(20_000): open(f'/sandbox/tmp/{i}', 'w')").startswith("OSError: [Errno 28]")


def test_computing_time():
    with Sandbox(Limits(cpu_seconds=1), serve=PROBES) as strict:
        worker = Worker(strict)
        start = time.monotonic()
        assert worker.run("while True: pass") == "gone"
        assert time.monotonic() - start < 30


@pytest.mark.parametrize(
    "end",
    [
        "import os; os._exit(3)",
        "import os; os.abort()",
        "import ctypes; ctypes.string_at(0)",
    ],
)
def test_a_worker_that_ends_is_heard_at_once(sandbox, neighbor, end):
    worker = Worker(sandbox)
    assert worker.run(end) == "gone"


def test_nothing_outlives_a_worker(sandbox):
    # A daemon that has left its session keeps the connection open: it is readable until the last process is gone.
    worker = Worker(sandbox)
    worker.send("""
import os, gc, socket, time
connection = next(o for o in gc.get_objects() if isinstance(o, socket.socket) and o.fileno() > 2)
for _ in range(3):
    if not os.fork():
        os.setsid()
        if not os.fork():
            while True:
                connection.send(b"alive")
                time.sleep(0.01)
        os._exit(0)
os._exit(0)
""")
    received = b""
    start = time.monotonic()
    while chunk := worker.connection.recv(1 << 16):
        received += chunk
        assert time.monotonic() - start < 20, "a process outlived its worker"


def processes_of(sandbox: Sandbox) -> int:
    """The prefork server, what watches over it, its workers, and theirs: all have the folder in their command line."""
    folder = Path(sandbox.address).parent.name.encode()
    return sum(folder in _command_line(process) for process in Path("/proc").glob("[0-9]*"))


def _command_line(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def soon(condition, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


BUSY_FAMILY = """
import os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.fork()
if os.getpid() != 1:
    os.setsid()
os.fork()
while True: pass
"""


def test_hanging_up_ends_a_busy_worker_and_its_children():
    with Sandbox(SMALL, serve=PROBES) as sandbox:
        worker = Worker(sandbox)
        worker.run("answer = 1")
        alive = processes_of(sandbox)
        worker.connection.settimeout(1)
        with pytest.raises(TimeoutError):
            worker.run(BUSY_FAMILY)
        assert processes_of(sandbox) == alive + 3
        worker.close()
        assert soon(lambda: processes_of(sandbox) == alive - 2)  # worker and supervisor


def test_leaving_stops_everything():
    with Sandbox(SMALL, serve=PROBES) as sandbox:
        worker = Worker(sandbox)
        worker.connection.settimeout(1)
        with pytest.raises(TimeoutError):
            worker.run(BUSY_FAMILY)
        folder = Path(sandbox.address).parent
        assert folder.stat().st_mode & 0o777 == 0o700
    assert processes_of(sandbox) == 0
    assert not folder.exists()


def test_a_killed_grader_leaves_nothing_behind():
    program = (
        "import os; from autograder.exam.sandbox import Sandbox\n"
        f"with Sandbox(serve={PROBES!r}) as s: print(s.address, flush=True); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    address = Path(killed.stdout.strip())
    gone = Sandbox()
    gone.address = str(address)
    assert soon(lambda: processes_of(gone) == 0)
    with Sandbox(SMALL, serve=PROBES) as living, Sandbox(SMALL, serve=PROBES):
        assert not address.parent.exists(), "the next one clears what a dead one left"
        assert Path(living.address).exists(), "and nothing that is in use"


def test_what_the_machine_does_and_how_the_sandbox_was_set_up_cannot_be_read(worker, sandbox):
    for name in ("cmdline", "loadavg", "meminfo"):
        assert worker.run(f"answer = open('/proc/{name}').read()") == "", name
    seen = worker.run("answer = [open(f'/proc/1/{name}').read() for name in ('cmdline', 'environ')]")
    assert not [word for word in (sandbox.address, PROBES, "readable", "listener") if word in "".join(seen)]


def test_the_place_for_temporary_files_may_have_a_long_name(tmp_path, monkeypatch):
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    with Sandbox(SMALL, serve=PROBES) as sandbox:
        assert len(sandbox.address) > 120
        assert Worker(sandbox).run("answer = 1") == 1


def test_connecting_to_a_sandbox_that_has_ended_says_so():
    with Sandbox(SMALL, serve="json:no_such_function") as sandbox:
        assert soon(lambda: processes_of(sandbox) == 0)
        with pytest.raises(SandboxError, match="no_such_function"):
            connect(sandbox.address)
    with pytest.raises(SandboxError, match="has ended"):
        connect(sandbox.address)


def test_two_clients_at_once(sandbox):
    def client(number: int) -> list[int]:
        answers = []
        for i in range(10):
            worker = Worker(sandbox)
            answers.append(worker.run(f"answer = {number * 100 + i}"))
            worker.close()
        return answers

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(client, (1, 2))) == [list(range(100, 110)), list(range(200, 210))]


# What a container usually forbids, before the sandbox is started in it.
FORBIDDING = "from autograder.inside import linux, syscalls; linux.prctl(38, 1); syscalls.load_filter()\n"


def run_where_namespaces_are_forbidden(program: str) -> str:
    imports = "import sys; from autograder.exam.sandbox import *; from tests.autograder.exam.test_sandbox import *\n"
    done = subprocess.run(
        [sys.executable, "-c", FORBIDDING + imports + program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_the_essential_protections_it_refuses():
    program = "try:\n    Sandbox().__enter__()\nexcept SandboxError as error:\n    print(error)"
    message = run_where_namespaces_are_forbidden(program)
    assert "Operation not permitted" in message
    assert "--unsafe" in message
    assert message.count("\n") == 1


def test_unsafe_runs_with_what_there_is():
    program = """
with Sandbox(SMALL, serve=PROBES, unsafe=True) as sandbox:
    worker = Worker(sandbox)
    print(json.dumps([p.name for p in sandbox.protections if p.in_force]))
    print(worker.run("import os; answer = [os.listdir(), os.path.basename(os.getcwd())]"))
    print(worker.run("open('/etc/passwd')"))
    print(worker.run("x = bytearray(1 << 30)"))
    print(worker.run("import os\\nif not os.fork():\\n    os.setsid()\\n    while True: pass\\nanswer = 1"))
    scratch = worker.run("import os; answer = os.path.dirname(os.getcwd())")
    alive = processes_of(sandbox)
    worker.close()
    print(soon(lambda: processes_of(sandbox) == alive - 3), soon(lambda: not Path(scratch).exists()))
print(processes_of(sandbox))
"""
    in_force, *answers = run_where_namespaces_are_forbidden(program).splitlines()
    assert {"limits", "no capabilities"} <= set(json.loads(in_force))
    assert not {"namespaces", "private disk", "process limit"} & set(json.loads(in_force))
    assert answers[0] == "[[], 'home']"
    if "Landlock" in in_force:
        assert answers[1].startswith("PermissionError")
    assert answers[2].startswith("MemoryError")
    assert answers[3:] == ["1", "True True", "0"]


def test_another_system_is_refused_with_a_way_out(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(SandboxError, match="Linux container") as refused:
        Sandbox(unsafe=True).__enter__()
    assert "darwin" in str(refused.value)


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="these tests run as a plain user anyway")
def test_the_same_as_a_plain_user():
    """The whole file once more, as a user without rights; a home of root's that holds the interpreter is opened."""
    if not shutil.which("bwrap"):
        pytest.skip("bubblewrap is not installed")
    if Path(sys.prefix).is_relative_to("/tmp"):
        pytest.skip("the environment is in /tmp, which this test replaces by one of the plain user's")
    python = Path(sys.base_prefix)
    private = [str(folder) for folder in reversed(python.parents) if folder.is_relative_to("/root/")]
    command = [
        *("bwrap", "--dev-bind", "/", "/", "--cap-add", "ALL", "--perms", "1777", "--tmpfs", "/tmp"),
        *("--perms", "0755", "--tmpfs", "/root"),
        *(part for folder in private for part in ("--perms", "0755", "--dir", folder)),
        *("--ro-bind", str(python), str(python)) * python.is_relative_to("/root"),
        *("setpriv", "--reuid=61234", "--regid=61234", "--clear-groups", "--bounding-set=-all"),
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(Path(__file__).relative_to(ROOT))),
    ]
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/tmp", "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout.splitlines()[-1].replace("1 skipped", "")
