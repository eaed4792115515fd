"""What holds for every explorer in a real JupyterLab, all in one notebook; a new one is found here without a word."""

import pytest
from playwright.sync_api import expect

from nnkit.explore import gallery
from tests.browser.axe import barriers
from tests.browser.jupyter_browser import code_notebook

FORMS = (
    "from nnkit import explore\nexplore.predict('Is −1 a probability?', ['yes', 'no'])",
    "explore.quiz({'question': 'Is −1?', 'right': {'no': 'It lies in [0, 1].'}, 'wrong': {'yes': 'A score may be.'}})",
)
PIXELS = "(pictures) => pictures.map((canvas) => canvas.toDataURL())"


@pytest.fixture(scope="module")
def notebook(jupyter_lab, lab_page):
    cells = [f"from nnkit.explore import gallery\ngallery.example({name!r})" for name in gallery.PICTURES]
    notebook = jupyter_lab.open(lab_page, code_notebook([*cells, *FORMS]))
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
        for control in cell.locator(".nnk-explorer").get_by_role(role).element_handles():
            if not control.evaluate("(node) => node.isConnected"):
                continue  # a point that another button has taken away
            name = control.get_attribute("aria-label") or control.inner_text()
            if "Play" in name:
                continue  # it has a test of its own, and moves on while others are tried
            assert name.strip()
            before = seen(cell)
            control.focus()
            assert control.evaluate("(node) => node === document.activeElement"), name
            for key in ["ArrowLeft"] if "Arrow keys" in name else pressed:
                notebook.page.keyboard.press(key)
                notebook.rest()
                if seen(cell) != before:
                    break
            answers.append((name, seen(cell) != before))
    assert sum(answered for _, answered in answers) > len(answers) / 3, answers


@pytest.mark.parametrize("theme", ["Dark", "Light"])
def test_nothing_in_it_keeps_people_out(notebook, theme):
    notebook.command("apputils:change-theme", theme=f"JupyterLab {theme}")
    expect(notebook.page.locator(f"body[data-jp-theme-light={str(theme == 'Light').lower()}]")).to_have_count(1)
    notebook.splash_gone()
    shown = [*gallery.PICTURES, *FORMS]
    found = {name: barriers_of(notebook, number) for number, name in enumerate(shown)}
    assert {name: listed for name, listed in found.items() if listed} == {}
    option = notebook.page.locator(".jp-mod-active .nnk-quiz button").first
    option.evaluate("(button) => (button.style.color = 'gray')")
    assert barriers_of(notebook, len(shown) - 1), "what can hardly be read is found"
    option.evaluate("(button) => (button.style.color = '')")


def barriers_of(notebook, number):
    notebook.cell(number).locator(".nnk-panel canvas, fieldset").first.wait_for()
    return barriers(notebook.page, ".jp-mod-active .jp-OutputArea")


def seen(cell):
    """Words and pixels."""
    return cell.locator(".nnk-summary").inner_text(), cell.locator(".nnk-panel canvas").evaluate_all(PIXELS)
