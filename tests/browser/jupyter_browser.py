"""A real JupyterLab and a notebook open in it: what the browser tests and the explorer benchmark stand on."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import nbformat.v4 as v4

PATIENCE = 30_000  # milliseconds for what should take a few; on a busy machine a kernel answers late
ROOT = Path(__file__).parents[2]

CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def chromium() -> str | None:
    """The path of an installed Chromium, if there is one."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class JupyterLab:
    """One JupyterLab server, with all its directories under `folder`. Use as a context manager.

    notebooks: the folder that it serves and starts in; without one, a new one.  home: that of the person at it.
    """

    def __init__(
        self, folder: Path, python: str = sys.executable, *, notebooks: Path | None = None, home: Path | None = None
    ):
        self.notebooks = folder / "notebooks" if notebooks is None else notebooks
        self.token, self.port = secrets.token_hex(16), _free_port()
        self.notebooks.mkdir(parents=True, exist_ok=True)
        settings = folder / "config" / "labconfig"
        settings.mkdir(parents=True)
        overrides = {
            "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
            # Only cells in view are on the page: all of them, each with an editor, take twice the time.
            "@jupyterlab/notebook-extension:tracker": {"windowingMode": "full"},
        }
        (settings / "default_setting_overrides.json").write_text(json.dumps(overrides))
        places = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
            "MPLCONFIGDIR": "matplotlib",
        }
        self._environment = {
            **os.environ,
            **{name: str(folder / place) for name, place in places.items()},
            "PYTHONPATH": str(ROOT),
        }
        if home is not None:
            self._environment["HOME"] = str(home)
        self._log = folder / "server.log"
        self._command = [
            *(
                python,
                "-m",
                "jupyterlab",
                "--no-browser",
                "--allow-root",
                "--LabApp.expose_app_in_browser=True",
            ),
            *(f"--ServerApp.port={self.port}", "--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1"),
            *(f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={self.notebooks}"),
        ]

    def __enter__(self) -> "JupyterLab":
        with self._log.open("wb") as log:
            # A group of its own, so that its kernels can be stopped with it.
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                cwd=self.notebooks,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._wait(60)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def address(self, path: str) -> str:
        """Where a page of the server is, and the way in."""
        return f"http://127.0.0.1:{self.port}/login?token={self.token}&next=/{path}"

    def open(self, page, notebook) -> "OpenNotebook":
        """Save a notebook node under the server's root and open it in a Playwright page.

        A page that shows this Lab already is not loaded again, which would take five seconds of a processor.
        """
        path = self.notebooks / f"{secrets.token_hex(4)}.ipynb"
        nbformat.write(notebook, path)
        return OpenNotebook(page, path, self)

    def _wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api?token={self.token}", timeout=5).close()
                return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        raise RuntimeError(f"JupyterLab did not start; its log ends:\n{self._log.read_text()[-2000:]}")


class OpenNotebook:
    """A notebook open in the browser.

    page: the Playwright page.  path: the file.  problems: errors on the console and refused or foreign requests.
    """

    def __init__(self, page, path: Path, server: JupyterLab):
        self.page, self.path, self.problems = page, path, []
        self._server = server
        self._listeners = {
            "console": lambda m: self.problems.append(f"console: {m.text}") if m.type == "error" else None,
            "pageerror": lambda error: self.problems.append(f"exception: {error}"),
            "request": self._note_foreign,
        }
        for event, listener in self._listeners.items():
            page.on(event, listener)
        if page.evaluate("() => Boolean(window.jupyterapp)"):
            self.command("docmanager:open", path=path.name)
            self._wait_for_kernel()
        else:
            self.reload()

    def reload(self) -> None:
        """Load the page anew, from the saved file."""
        url = f"http://127.0.0.1:{self._server.port}/doc/tree/{self.path.name}?token={self._server.token}&reset"
        self.page.goto(url)
        self.page.wait_for_function("window.jupyterapp && window.jupyterapp.shell.currentWidget", timeout=60_000)
        self._wait_for_kernel()
        self.splash_gone()

    def run_all(self) -> None:
        """Run every cell and wait until the last one is done. Raises RuntimeError with the first error of a cell."""
        self.command("notebook:run-all-cells")
        cells = self.page.evaluate(
            """() => window.jupyterapp.shell.currentWidget.content.widgets
                .filter((cell) => cell.model.type === 'code' && cell.model.sharedModel.source.trim())
                .map((cell) => ({ count: cell.model.executionCount,
                    errors: cell.model.outputs.toJSON().filter((output) => output.output_type === 'error') }))"""
        )
        for number, cell in enumerate(cells, 1):
            if cell["errors"]:
                raise RuntimeError("code cell {}: {ename}: {evalue}".format(number, **cell["errors"][0]))
            if not cell["count"]:
                raise RuntimeError(f"code cell {number} did not run")

    def run_each(self) -> list[dict]:
        """Run the cells one after the other, as a student does: an error does not keep the next ones from running.

        Each is run as Lab's own command does, without a scroll to it, which would take longer than all the rest.
        Returns the errors as {"cell": index, "id": …, "goes_on": whether Run All does, "ename": …, "evalue": …,
        "lines": what is shown}. Raises RuntimeError if a code cell did not run.
        """
        cells = self.page.evaluate(
            """async () => {
                const panel = window.jupyterapp.shell.currentWidget, cells = [];
                for (const [index, cell] of panel.content.widgets.entries()) {
                    const model = cell.model;
                    if (model.type !== 'code' || !model.sharedModel.source.trim()) continue;
                    await cell.constructor.execute(cell, panel.sessionContext);
                    const errors = model.outputs.toJSON().filter((output) => output.output_type === 'error');
                    const goes_on = (model.getMetadata('tags') || []).includes('raises-exception');
                    cells.push({ index, id: model.id, goes_on, count: model.executionCount, errors });
                }
                return cells;
            }"""
        )
        for cell in cells:
            if not cell["count"]:
                raise RuntimeError(f"cell {cell['index']} did not run")
        return [
            {
                "cell": cell["index"],
                "id": cell["id"],
                "goes_on": cell["goes_on"],
                "ename": error["ename"],
                "evalue": error["evalue"],
                "lines": "\n".join(error["traceback"]).splitlines(),
            }
            for cell in cells
            for error in cell["errors"]
        ]

    def cell(self, index: int):
        """Bring a cell into view, which Lab needs before it puts the cell on the page, and return its locator."""
        self.page.evaluate(
            """async (index) => {
                const notebook = window.jupyterapp.shell.currentWidget.content;
                notebook.activeCellIndex = index;
                await notebook.scrollToItem(index, 'start');
            }""",
            index,
        )
        return self.page.locator(".jp-Notebook-cell.jp-mod-active")

    def rest(self) -> None:
        """Wait until the kernel has answered all that the page had to say, and the page has shown it."""
        self.page.evaluate(
            """async () => {
                const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
                const frame = () => new Promise((shown) => requestAnimationFrame(shown));
                await frame();
                for (let turn = 0; turn < 2; turn++) {  // while one change is under way, a widget holds the next back
                    await kernel.requestKernelInfo();
                    await frame();
                }
            }"""
        )

    def splash_gone(self) -> None:
        """Wait until the curtain that Lab draws at the start and at a change of theme is gone."""
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def save(self):
        """Save in Lab and return the notebook as it stands on disk."""
        self.command("docmanager:save")
        return nbformat.read(self.path, as_version=4)

    def command(self, name: str, **args) -> None:
        """Run a command of JupyterLab."""
        self.page.evaluate(
            "([name, args]) => window.jupyterapp.commands.execute(name, args).then(() => null)", [name, args]
        )

    def close(self) -> None:
        """Shut the kernel down and close the notebook; Lab stays."""
        self.page.evaluate(
            """async () => {
                const panel = window.jupyterapp.shell.currentWidget;
                await panel.sessionContext.shutdown();
                panel.dispose();
            }"""
        )
        for event, listener in self._listeners.items():
            self.page.remove_listener(event, listener)

    def _wait_for_kernel(self) -> None:
        self.page.evaluate(
            """async () => {
                await window.jupyterapp.restored;
                const panel = window.jupyterapp.shell.currentWidget;
                await panel.context.ready;
                await panel.sessionContext.ready;
                await panel.sessionContext.session.kernel.info;
            }"""
        )

    def _note_foreign(self, request) -> None:
        if not request.url.startswith((f"http://127.0.0.1:{self._server.port}/", "data:", "blob:")):
            self.problems.append(f"request to {request.url}")


def code_notebook(cells: list[str]):
    """A notebook for the Python kernel with these code cells."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=[v4.new_code_cell(cell) for cell in cells], metadata={"kernelspec": kernel})


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
