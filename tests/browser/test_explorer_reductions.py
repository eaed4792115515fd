"""The reductions explorer in a real JupyterLab: six panels that follow keys and the mouse."""

from playwright.sync_api import expect

from tests.browser.jupyter_browser import PATIENCE

PIXELS = "() => [...document.querySelectorAll('.nnk-panel canvas')].map((canvas) => canvas.toDataURL())"
ALL_CHANGED = f"(before) => ({PIXELS})().every((now, panel) => now !== before[panel])"


def test_all_panels_follow_the_controls_and_the_dragged_center(lab, screenshot):
    notebook = lab(["from nnkit import explore\nexplore.reductions()"])
    notebook.run_all()
    page = notebook.page
    summary = page.locator(".nnk-summary")
    expect(page.locator(".nnk-panel canvas")).to_have_count(6)
    expect(summary).to_contain_text("nobody says yes in 11%")
    screenshot(page, "reductions_ring_and_middle")

    def changes(act):
        before = page.evaluate(PIXELS)
        act()
        page.wait_for_function(ALL_CHANGED, arg=before, timeout=PATIENCE)

    page.get_by_role("slider", name="spread").focus()
    changes(lambda: page.keyboard.press("ArrowRight"))

    center = page.get_by_role("button", name="Center of class 1 ●")
    center.focus()
    changes(lambda: page.keyboard.press("Shift+ArrowRight"))
    box = center.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    changes(lambda: page.mouse.move(box["x"] + 40, box["y"] + 60, steps=4))
    page.mouse.up()
    notebook.rest()  # the end of the drag may be on its way yet, and must not come after the button

    page.get_by_role("button", name="In a row").focus()
    changes(lambda: page.keyboard.press("Enter"))
    expect(summary).to_contain_text("No point of ● or ▲ gets a yes from its own classifier")
    expect(page.get_by_role("img", name="nobody does")).to_be_visible()
    screenshot(page, "reductions_row")
    assert notebook.problems == []
