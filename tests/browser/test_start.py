"""The page that `make lab` opens, in a real JupyterLab."""

import shutil

import pytest
from playwright.sync_api import expect

from docs.pictures import IMAGES, ROOT
from nnkit import start
from tests.browser.axe import barriers


@pytest.fixture
def shown(jupyter_lab, lab):
    """The start page of a workbook with all chapters, opened as `make lab` does."""
    workbook = jupyter_lab.notebooks / "workbook"
    shutil.copytree(ROOT / "lectures", workbook)
    shutil.copytree(IMAGES / "chapters", workbook / start.PICTURES)
    start.write(workbook)
    notebook = lab(["1"])
    notebook.command("docmanager:open", path=f"workbook/{start.PAGE}", factory="Markdown Preview")
    yield notebook
    notebook.page.evaluate("() => window.jupyterapp.shell.currentWidget.dispose()")
    shutil.rmtree(workbook)


@pytest.mark.parametrize("theme", ["Dark", "Light"])
def test_nothing_on_it_keeps_people_out(shown, screenshot, theme):
    shown.command("apputils:change-theme", theme=f"JupyterLab {theme}")
    expect(shown.page.locator(f"body[data-jp-theme-light={str(theme == 'Light').lower()}]")).to_have_count(1)
    shown.splash_gone()
    page = shown.page.locator(".jp-MarkdownViewer")
    expect(page.locator("img")).to_have_count(14)
    screenshot(page, f"start_{theme.lower()}")
    assert barriers(shown.page, ".jp-MarkdownViewer .jp-RenderedMarkdown") == []
