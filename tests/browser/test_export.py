"""A run notebook exported to HTML and opened without a network: words or a picture stand for what lived in it."""

import subprocess
import sys

import nbformat
import pytest

from nnkit import explore
from nnkit.explore import gallery
from tests.browser.jupyter_browser import code_notebook

CELLS = [f"from nnkit.explore import gallery\ngallery.example({name!r})" for name in explore.__all__]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "run.ipynb"
    nbformat.write(code_notebook(CELLS), path)
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "html", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path.with_suffix(".html")


def test_no_box_is_empty_and_nothing_has_failed(exported, browser, screenshot):
    page = browser.new_page()
    page.route("**/*", lambda route: route.continue_() if route.request.url.startswith("file:") else route.abort())
    page.goto(exported.as_uri())
    outputs = page.locator(".jp-Cell-outputArea")
    assert outputs.count() == len(CELLS)
    words = dict(zip(explore.__all__, outputs.all_inner_texts(), strict=True))
    for name in explore.__all__:
        if name != "predict":  # its question stands in the cell
            assert words[name].strip(), name
    assert gallery.example("perceptron").canvas.summary in words["perceptron"]
    seen = [child for child in page.locator(".jp-OutputArea-child").all() if child.bounding_box()["height"] > 1]
    assert all(child.inner_text().strip() for child in seen)
    assert "Traceback" not in page.content()
    screenshot(page, "exported")
    page.close()
