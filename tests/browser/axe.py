"""axe-core, which knows the rules of accessible pages, asked about a page that is open."""

from axe_playwright_python.sync_playwright import Axe

_AXE = Axe()
_UNCUT = """(element) => {
    while ((element = element.parentElement))
        if (getComputedStyle(element).overflow === 'hidden') element.style.overflow = 'visible';
}"""
"""Axe looks at nothing that lies outside of a box that cuts off: of JupyterLab's body, say, which has no height."""


def barriers(page, inside: str | None = None) -> list[str]:
    """What keeps people out of a page: `rule (impact): element, what is wrong` for each finding that is not minor.

    page: of Playwright's.  inside: a selector, for what lies in it only; the rest of the page is somebody else's.
    """
    if inside:
        page.locator(inside).first.evaluate(_UNCUT)
    # Preloaded style sheets would be requests of ours on the page.
    found = _AXE.run(page, inside, {"preload": False}).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:200]} {node['failureSummary']}"
        for rule in found
        if rule["impact"] != "minor"
        for node in rule["nodes"]
    ]
