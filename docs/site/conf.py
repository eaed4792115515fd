"""How Sphinx makes the site. `docs.site.build` says which edition, and lays out the pages."""

import os

from docs.site.docstrings import restructured

edition = os.environ["EDITION"]
project = "Neural networks, by hand"
html_title = {"student": project, "instructor": f"{project} · with solutions"}[edition]
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx_design", "sphinx-mathjax-offline"]
exclude_patterns = ["conf.py"]

nb_execution_mode = "off"
nb_render_text_lexer = "none"
nb_merge_streams = True
nb_ipywidgets_js = {}  # explorers bring their own program; these would be fetched from elsewhere
nb_mime_priority_overrides = [("html", "text/html", 0)]
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
myst_heading_anchors = 4
suppress_warnings = ["mystnb.unknown_mime_type", "myst.header"]
if not os.environ["WHOLE"]:
    suppress_warnings.append("myst.xref_missing")

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["explore.css"]
html_js_files = [("explore.js", {"defer": "defer"}), ("scroll.js", {"defer": "defer"})]
html_show_sourcelink = False
html_show_sphinx = html_show_copyright = False
html_theme_options = {"navigation_with_keys": True, "top_of_page_buttons": []}

autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_member_order = "bysource"
autodoc_typehints = "none"


def rewrite(app, what, name, obj, options, lines):
    lines[:] = restructured(lines)


def skip(app, what, name, obj, skipped, options):
    """What scikit-learn adds to every estimator is documented there."""
    return True if name.endswith(("_request", "metadata_routing")) else skipped


def level(app, page, template, context, doctree):
    """Sphinx makes headings of the captions in the navigation, and Furo leaves them without a level."""
    tree = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')


def setup(app):
    app.connect("html-page-context", level, priority=900)  # when Furo has made the tree
    app.connect("autodoc-process-docstring", rewrite)
    app.connect("autodoc-skip-member", skip)
    return {"parallel_read_safe": True}
