"""An explorer on the page of a notebook: its pictures, its words, its buttons."""

from tests.browser.jupyter_browser import PATIENCE


class Picture:
    """The pixels of one panel of the explorer on the page."""

    def __init__(self, notebook, panel=0):
        self.notebook, self.panel = notebook, panel
        self.element = notebook.page.locator(".nnk-panel").nth(panel)
        self.element.locator("canvas").wait_for()
        self.pixels = self.read()

    def read(self):
        return self.element.locator("canvas").evaluate("(canvas) => canvas.toDataURL()")

    def changes(self):
        """Wait until the pixels differ from those last seen, and all that is under way has come to rest."""
        self.notebook.page.wait_for_function(
            "([panel, before]) => document.querySelectorAll('.nnk-panel canvas')[panel].toDataURL() !== before",
            arg=[self.panel, self.pixels],
            timeout=PATIENCE,
        )
        self.notebook.rest()
        self.pixels = self.read()


def summary(notebook):
    return notebook.page.locator(".nnk-summary")


def press(notebook, name, key="Enter"):
    """Press a button by keyboard."""
    button = notebook.page.get_by_role("button", name=name, exact=True)
    button.focus()
    notebook.page.keyboard.press(key)
