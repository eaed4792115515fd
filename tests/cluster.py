"""A Dask cluster of real processes: a scheduler, and workers that come and go, each on a network of its own if the
machine allows that.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]


def _addresses(number: int) -> tuple[str, str]:
    """The two ends of a network between this machine and a worker, of this process alone."""
    own = f"10.{100 + os.getpid() // 256 % 100}.{os.getpid() % 256}"
    return f"{own}.{4 * number + 1}", f"{own}.{4 * number + 2}"


def can_have_networks() -> bool:
    """Whether this process may make network namespaces: root, with the program for it."""
    if os.getuid() or not shutil.which("ip"):
        return False
    made = subprocess.run(["ip", "netns", "add", f"try-{os.getpid()}"], capture_output=True, check=False)
    subprocess.run(["ip", "netns", "del", f"try-{os.getpid()}"], capture_output=True, check=False)
    return made.returncode == 0


class Engine:
    """A context manager. folder: for logs and what workers keep.  networks: a namespace for each worker.

    security: environment that names certificates, for all of its processes.
    """

    def __init__(self, folder: Path, *, networks: bool = False, security: dict[str, str] | None = None):
        self.folder, self._networks = folder, networks
        self._security = security or {}
        self._processes: list[subprocess.Popen] = []
        self._namespaces: list[str] = []
        host = "0.0.0.0" if networks else "127.0.0.1"
        with socket.socket() as free:
            free.bind((host, 0))
            self._port = free.getsockname()[1]
        self._scheme = "tls" if security else "tcp"
        self.address = f"{self._scheme}://127.0.0.1:{self._port}"
        self._listens = f"{self._scheme}://{host}:{self._port}"

    def __enter__(self) -> "Engine":
        self.folder.mkdir(parents=True, exist_ok=True)
        self._start("scheduler", ["scheduler", "--host", self._listens, "--no-dashboard"], {})
        deadline = time.monotonic() + 60
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 1):
                return self
            assert time.monotonic() < deadline, self.log("scheduler")
            time.sleep(0.1)

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._processes):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for name in self._namespaces:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)

    def worker(
        self, name: str, *, preload: str = "", path: Path | None = None, programs: str = "", nanny: bool = False
    ) -> subprocess.Popen:
        """Start a worker of one thread. Ending its process is ending the machine.

        preload: Python that it runs first.  path: where it finds packages before ours.  programs: its PATH.
        """
        scheduler, inside = self.address, []
        options = ["--nthreads", "1", "--no-dashboard", "--name", name, "--local-directory", str(self.folder / name)]
        if self._networks:
            number = len(self._namespaces)
            inside = self._network(f"w{os.getpid()}-{number}", number)
            here, there = _addresses(number)
            scheduler = f"{self._scheme}://{here}:{self._port}"
            options += ["--host", there]
        if preload:
            (self.folder / f"{name}.py").write_text(preload)
            options += ["--preload", str(self.folder / f"{name}.py")]
        if not nanny:
            options.append("--no-nanny")
        environment = {"PYTHONPATH": os.pathsep.join(map(str, filter(None, (path, ROOT))))}
        if programs:
            environment["PATH"] = programs
        return self._start(name, ["worker", scheduler, *options], environment, inside)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def _start(self, name: str, command: list[str], environment: dict, inside: list[str] = ()) -> subprocess.Popen:
        with (self.folder / f"{name}.log").open("w") as log:
            process = subprocess.Popen(
                [*inside, sys.executable, "-m", "distributed.cli.dask_" + command[0], *command[1:]],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=os.environ | {"PYTHONPATH": str(ROOT)} | self._security | environment,
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def _network(self, name: str, number: int) -> list[str]:
        """A namespace that sees this machine over a pair of devices and nothing else; how to run something in it."""
        here, there = _addresses(number)
        self._namespaces.append(name)
        for command in (
            f"netns add {name}",
            f"link add {name}a type veth peer name {name}b netns {name}",
            f"addr add {here}/30 dev {name}a",
            f"link set {name}a up",
            f"-n {name} addr add {there}/30 dev {name}b",
            f"-n {name} link set {name}b up",
            f"-n {name} link set lo up",
        ):
            subprocess.run(["ip", *command.split()], capture_output=True, check=True)
        return [shutil.which("ip") or "ip", "netns", "exec", name]
