"""A PostgreSQL server of one's own: on a free port of the loopback, in a temporary folder, gone in the end."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

PASSWORD = "a secret of the tests"


def programs() -> Path | None:
    """Where the server's programs are; None where PostgreSQL is not installed."""
    folders = [
        *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),
        Path(shutil.which("initdb") or "/").parent,
    ]
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


class Server:
    """A context manager. It runs as an unprivileged user, as PostgreSQL wants it, in a folder that this user can reach:
    that of pytest is open to its owner alone.

    folder: where to make its own (default: the folder for temporary files).
    """

    def __init__(self, folder: Path | None = None):
        self.folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=folder))
        self._user = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.getuid() == 0 else {}
        if self._user:
            shutil.chown(self.folder, "nobody", "nogroup")
        self.data = self.folder / "data"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> "Server":
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        options = ["--username=grader", f"--pwfile={secret}", "--auth=scram-sha-256", "--encoding=UTF8", "--no-sync"]
        self._run("initdb", f"--pgdata={self.data}", "--locale=C.UTF-8", *options)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        settings = ["-h", "127.0.0.1", "-p", str(self.port), "-k", str(self.folder), "-c", "fsync=off"]
        with (self.folder / "log").open("a") as log:
            self._process = subprocess.Popen(
                [str(programs() / "postgres"), "-D", str(self.data), *settings],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
                **self._user,
            )
        self.wait()

    def stop(self) -> None:
        """What it was doing is broken off."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)
            self._process = None

    def wait(self, seconds: float = 60) -> None:
        """Until it answers."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.execute("SELECT 1")
                return
            except OperationalError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise RuntimeError((self.folder / "log").read_text()[-2000:]) from None
                time.sleep(0.1)

    def url(self, database: str = "postgres", password: str = PASSWORD) -> URL:
        return URL.create("postgresql+psycopg", "grader", password, "127.0.0.1", self.port, database)

    def execute(self, command: str, database: str = "postgres") -> None:
        """Run one command that is in no transaction."""
        engine = create_engine(self.url(database), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.execute(text(command))
        finally:
            engine.dispose()

    def new_database(self, name: str) -> URL:
        self.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def hang_up(self) -> None:
        """End all connections but one's own, as a server does that is stopped by its administrator."""
        self.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IS NOT NULL "
                     "AND pid <> pg_backend_pid()")  # fmt: skip

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(programs() / program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder, check=False, **self._user)
        assert done.returncode == 0, done.stderr
