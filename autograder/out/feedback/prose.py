"""Markdown and LaTeX as students type them, as inert HTML: formulas become MathML here, so a page needs no script."""

import re
from functools import lru_cache
from html import escape

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

from autograder.out.inert import LONGEST_TEXT, clean, plain, put_back, set_aside, shown

LONGEST_FORMULA = 2_000


def markdown(source: str, attachments: object = None) -> str:
    """Markdown with LaTeX formulas, as inert HTML. attachments: file name → {kind: base64}, as in a notebook."""
    text, images = set_aside(source, attachments if isinstance(attachments, dict) else {})
    if len(text) > LONGEST_TEXT:
        return f"<pre>{plain(source)}</pre>"
    return put_back(_rendered(text), images)


# A class shares most of its markdown, so most of it is rendered once.
@lru_cache(maxsize=2048)
def _rendered(source: str) -> str:
    return clean(_parser.render(source))


_FORMULA = re.compile(r"\$\$(?P<display>[^$]+)\$\$|\$(?P<inline>[^$\s](?:[^$\n]*[^$\s])?)\$(?!\d)")


def words(text: str) -> str:
    """What a person wrote to a student, as inert HTML: as it was typed, but for formulas between dollars."""
    parts, end = [], 0
    text = shown(text)
    for found in _FORMULA.finditer(text):
        math = formula(found["display"] or found["inline"], display=bool(found["display"]))
        parts += [escape(text[end : found.start()]), clean(math)]
        end = found.end()
    return "".join([*parts, escape(text[end:])])


# Environments that the converter does not know, by those it does.
_SAME_AS = (
    (re.compile(r"\{(aligned|alignedat|gathered|gather\*?|eqnarray\*?|multline\*?)\}"), "{align*}"),
    (re.compile(r"\\(begin|end)\{equation\*?\}"), ""),
    (re.compile(r"\\\\\s*\[[^\]]*\]"), r"\\\\"),
)
# Definitions can unfold without bound.
_DEFINES = re.compile(r"\\(def|let|newcommand|renewcommand|newenvironment|DeclareMathOperator)\b")


def formula(latex: str, *, display: bool) -> str:
    """A LaTeX formula as MathML, or as it was typed if it is beyond the converter. Not yet cleaned."""
    typed = f"<code>{escape(latex)}</code>"
    if len(latex) > LONGEST_FORMULA or _DEFINES.search(latex):
        return typed
    for pattern, known in _SAME_AS:
        latex = pattern.sub(known, latex)
    try:
        return convert(latex, display="block" if display else "inline")
    except Exception:  # the converter promises nothing about what it raises on what people type
        return typed


def _make_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.use(
        dollarmath_plugin,
        allow_labels=False,
        double_inline=True,
        renderer=lambda latex, options: formula(latex, display=options["display_mode"]),
    )
    parser.use(amsmath_plugin, renderer=lambda latex: formula(latex, display=True))
    parser.core.ruler.push("fit_into_page", _fit_into_page)
    return parser


def _fit_into_page(state) -> None:
    """Headings go below those of the page; the alignment of a table cell becomes an attribute, not a style."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
        if token.type in ("th_open", "td_open") and token.attrGet("style"):
            token.attrSet("align", str(token.attrGet("style")).removeprefix("text-align:"))


_parser = _make_parser()
