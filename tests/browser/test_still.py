"""An explorer without its kernel: in a saved notebook opened again, and after a restart."""

from playwright.sync_api import expect

from tests.browser.explorer_page import Picture, press, summary


def test_a_saved_explorer_is_seen_at_rest_and_says_how_to_wake_it(opened, screenshot):
    notebook = opened("explore.learning_rate()")
    page, at_rest = notebook.page, notebook.page.locator(".nnk-still")
    Picture(notebook)
    expect(at_rest).to_have_count(1)
    expect(at_rest).to_be_hidden()
    press(notebook, "Good")
    expect(at_rest).to_contain_text("converges")
    expect(at_rest.locator("img")).to_have_count(1)
    saved = notebook.save()
    size = notebook.path.stat().st_size
    assert size < 60_000, size
    assert "data:image/" in saved.cells[0].outputs[0].data["text/html"]
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    notebook.reload()
    expect(at_rest.locator("img")).to_be_visible()
    expect(at_rest).to_contain_text("Run this cell to wake it.")
    expect(page.get_by_text("model not found")).to_have_count(1)
    expect(page.get_by_text("model not found")).to_be_hidden()
    screenshot(page, "explorer_at_rest")
    notebook.run_all()
    expect(summary(notebook)).to_contain_text("crawls")
    expect(at_rest).to_be_hidden()
    # JupyterLab says on the console, too, that there is no such model; nothing of ours can keep it from that.
    notebook.problems[:] = [problem for problem in notebook.problems if "widget model not found" not in problem]


def test_after_a_restart_an_explorer_says_one_line_and_wakes_when_its_cell_runs(opened, screenshot):
    notebook = opened("explore.learning_rate()")
    page = notebook.page
    Picture(notebook)
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    expect(page.get_by_text("The kernel was restarted: run this cell to wake it.")).to_be_visible()
    screenshot(page, "explorer_asleep")
    notebook.run_all()
    expect(page.get_by_text("The kernel was restarted")).to_have_count(0)
    press(notebook, "Good")
    expect(summary(notebook)).to_contain_text("converges")
