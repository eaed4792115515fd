"""One JupyterLab in one page for all browser tests; `lab` opens a notebook in it.

def test_it(lab):
    notebook = lab("solutions/01_perceptron.md")  # or an .ipynb, a notebook node, or a list of code cells
    notebook.run_all()
    assert notebook.problems == []
"""

import os
from pathlib import Path

import jupytext
import pytest
from playwright.sync_api import expect

from tests.browser.jupyter_browser import CHROMIUM_ARGS, PATIENCE, ROOT, JupyterLab, chromium, code_notebook

expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    path = chromium()
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("Chromium is not installed")
    return {**browser_type_launch_args, "executable_path": path, "args": CHROMIUM_ARGS}


@pytest.fixture(scope="session")
def jupyter_lab(browser_type_launch_args, tmp_path_factory):
    with JupyterLab(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture(scope="session")
def lab_page(browser):
    """The page in which all notebooks are opened, one after the other."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    yield context.new_page()
    context.close()


@pytest.fixture
def lab(jupyter_lab, lab_page):
    """A function: path (.ipynb or any jupytext source), notebook node, or list of code cells → `OpenNotebook`."""
    opened = []

    def open_notebook(notebook):
        if isinstance(notebook, list):
            notebook = code_notebook(notebook)
        elif isinstance(notebook, str | Path):
            notebook = jupytext.read(notebook)
        opened.append(jupyter_lab.open(lab_page, notebook))
        return opened[-1]

    yield open_notebook
    for notebook in reversed(opened):
        notebook.close()


@pytest.fixture
def opened(lab):
    """Open a notebook of one cell, run it, and require at the end that the browser had nothing to complain about."""
    notebooks = []

    def open_cell(code):
        notebook = lab([f"from nnkit import explore\n{code}"])
        notebook.run_all()
        notebooks.append(notebook)
        return notebook

    yield open_cell
    assert [problem for notebook in notebooks for problem in notebook.problems] == []


@pytest.fixture
def screenshot():
    """A function that saves a picture of the page, or of one element, under build/screenshots for people to look at."""

    def save(target, name):
        folder = ROOT / "build" / "screenshots"
        folder.mkdir(parents=True, exist_ok=True)
        target.screenshot(path=folder / f"{name}.png")

    return save
