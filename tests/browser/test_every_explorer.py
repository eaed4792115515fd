"""What holds for every explorer in a real JupyterLab, all in one notebook; a new one is found here without a word."""

import pytest
from playwright.sync_api import expect

from nnkit.explore import gallery
from tests.browser.jupyter_browser import code_notebook

PIXELS = "(pictures) => pictures.map((canvas) => canvas.toDataURL())"


@pytest.fixture(scope="module")
def notebook(jupyter_lab, lab_page):
    cells = [f"from nnkit.explore import gallery\ngallery.example({name!r})" for name in gallery.PICTURES]
    notebook = jupyter_lab.open(lab_page, code_notebook(cells))
    notebook.run_all()
    yield notebook
    notebook.close()
    assert notebook.problems == []


@pytest.fixture
def cell(notebook, request):
    return notebook.cell(gallery.PICTURES.index(request.param))


every_explorer = pytest.mark.parametrize("cell", gallery.PICTURES, indirect=True)


@every_explorer
def test_it_tells_what_it_shows(cell):
    expect(cell.get_by_role("heading", level=4)).not_to_be_empty()
    expect(cell.locator(".nnk-summary")).to_have_attribute("aria-live", "polite")
    expect(cell.locator(".nnk-summary")).not_to_be_empty()
    expect(cell.locator(".nnk-panel canvas").first).to_be_visible()
    for picture in cell.locator(".nnk-panel canvas").all():
        assert picture.get_attribute("role") == "img"
        assert picture.get_attribute("aria-label").strip()


@every_explorer
def test_every_control_has_a_name_and_answers_the_keyboard(notebook, cell):
    """Not each changes the picture (a choice that is made already), but one of three does, and none is an error."""
    cell.locator(".nnk-panel canvas").first.wait_for()
    keys = {"slider": ["ArrowLeft", "ArrowRight"], "button": ["Enter"]}
    answers = []
    for role, pressed in keys.items():
        for control in cell.locator(".nnk-explorer").get_by_role(role).all():
            name = control.get_attribute("aria-label") or control.inner_text()
            assert name.strip()
            before = seen(cell)
            control.focus()
            expect(control).to_be_focused()
            for key in ["ArrowLeft"] if "Arrow keys" in name else pressed:
                notebook.page.keyboard.press(key)
                notebook.rest()
                if seen(cell) != before:
                    break
            answers.append((name, seen(cell) != before))
    assert sum(answered for _, answered in answers) > len(answers) / 3, answers


def seen(cell):
    """Words and pixels."""
    return cell.locator(".nnk-summary").inner_text(), cell.locator(".nnk-panel canvas").evaluate_all(PIXELS)
