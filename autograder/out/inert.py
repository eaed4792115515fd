"""Turns what a student wrote, or a kernel answered, into HTML that can do nothing but be read.

Whatever comes in, out comes markup from a short list of tags: no script, no style, no id, no form, no frame, no address
but that of a link one has to click, no image but one that stands in the page itself. Anything too long is cut.
"""

import base64
import binascii
import re
import secrets
from functools import lru_cache
from html import escape
from urllib.parse import unquote

import nh3
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers.python import PythonLexer

LONGEST_TEXT = 20_000  # characters of a cell, or of one output; images in it not counted
LARGEST_IMAGE = 3_000_000  # bytes

_TEXT_TAGS = """
    a abbr b bdi blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure h1 h2 h3
    h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead
    tr u ul var
"""
_MATH_TAGS = """
    math menclose mfenced mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt
    mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none
"""
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    "math": {"display"},
    "menclose": {"notation"},
    "mfrac": {"linethickness"},
    "mi": {"mathvariant"},
    "mn": {"mathvariant"},
    "mo": {"fence", "form", "mathvariant", "maxsize", "minsize", "movablelimits", "stretchy"},
    "mover": {"accent"},
    "mspace": {"width"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mtable": {"columnspacing", "displaystyle", "rowspacing"},
    "mtd": {"columnalign"},
    "mtext": {"mathvariant"},
}
_CONTENT_TOO = {"script", "style", "title", "template", "noscript", "iframe", "object", "svg", "textarea", "select"}

FIRST_BYTES = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
}


def image_uri(kind: str, data: bytes) -> str | None:
    """A data URI for an image of one of five kinds, or None if the bytes are not of that kind or too many.

    An SVG in an <img> runs no script and loads nothing. One with entities could grow without bound, so it is refused.
    """
    if len(data) > LARGEST_IMAGE:
        return None
    if kind == "image/svg+xml":
        known = b"<svg" in data and b"<!ENTITY" not in data.upper()
    else:
        known = data.startswith(FIRST_BYTES.get(kind, ()))
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}" if known else None


def decoded(text: str) -> bytes:
    """The bytes of base64 text; none if it is not base64."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


# What terminals obey, the marks that let text run backwards over its neighbors, and halves of characters.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

# While the parsers work, a short address stands for each image: they are slow on long ones. Nobody can guess it.
_PLACE = f"https://{secrets.token_hex(16)}.invalid/"
_PLACED = re.compile(re.escape(_PLACE) + r"(\d+)/")
_DATA_URI = re.compile(r"data:(image/[a-z+]+);base64,([\w+/=\n]*)")


def set_aside(text: str, attachments: dict) -> tuple[str, list[str]]:
    """HTML or markdown without its images, and the images as data URIs. What is no image is left as a broken one."""
    images = []

    def place(uri: str | None) -> str:
        if not uri:
            return "missing"
        images.append(uri)
        return f"{_PLACE}{len(images) - 1}/"

    def attached(link: re.Match) -> str:
        forms = attachments.get(unquote(link[1]))
        forms = forms.items() if isinstance(forms, dict) else ()
        return place(next((uri for kind, data in forms if (uri := image_uri(kind, decoded(string(data))))), None))

    text = _CONTROLS.sub("", text)
    text = _DATA_URI.sub(lambda uri: place(image_uri(uri[1], decoded(uri[2]))), text)
    return re.sub(r"attachment:([^)\s\"']+)", attached, text) if attachments else text, images


def put_back(html: str, images: list[str]) -> str:
    return _PLACED.sub(lambda place: images[int(place[1])], html)


def weight(text: str) -> int:
    """How much of a page a text takes, in characters. An image is but one thing to look at, so it counts a fiftieth."""
    length = len(_DATA_URI.sub("", text))
    return length + (len(text) - length) // 50


def _checked_attribute(tag: str, name: str, value: str) -> str | None:
    if name == "src":
        return value if _PLACED.fullmatch(value) else None
    if name == "href" and (value.startswith(_PLACE) or not re.match(r"https?://|mailto:", value, re.IGNORECASE)):
        return None
    if name in ("width", "height") and not value.isdecimal() and tag == "img":
        return None
    return value


_cleaner = nh3.Cleaner(
    tags=set((_TEXT_TAGS + _MATH_TAGS).split()),
    clean_content_tags=_CONTENT_TOO,
    attributes=_ATTRIBUTES,
    attribute_filter=_checked_attribute,
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
)
_EMPTY_HEADER = re.compile(r"<th((?: [^<>]*)?)>\s*</th>")


def clean(html: str) -> str:
    """HTML with nothing but what is on the lists above. An empty corner of a table is no header of anything."""
    return _EMPTY_HEADER.sub(r"<td\1></td>", _cleaner.clean(html))


# Escape sequences of a terminal: colors and cursor movements (CSI), titles and links (OSC).
_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?")
_OVERWRITTEN = re.compile(r"^.*\r(?!$)", re.MULTILINE)


def shown(text: str) -> str:
    """Text as a terminal would leave it: no escape sequences, of a progress bar the last state; the middle cut out
    if it is long.
    """
    if len(text) > LONGEST_TEXT:
        half = LONGEST_TEXT // 2
        text = f"{text[:half]}\n… {len(text) - 2 * half:,} characters left out …\n{text[-half:]}"
    text = _OVERWRITTEN.sub("", _TERMINAL.sub("", text).replace("\r\n", "\n"))
    return _CONTROLS.sub("", text)


def plain(text: str) -> str:
    return escape(shown(text))


_lexer, _formatter = PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)


@lru_cache(maxsize=1024)
def code(source: str) -> str:
    """Python source, highlighted by classes of pygments' short names."""
    return f'<pre class="code">{highlight(shown(source), _lexer, _formatter).rstrip()}</pre>'


def highlighting() -> str:
    """The style sheet for what `code` makes, in light and dark."""
    dark = _highlighting("github-dark")
    return f"{_highlighting('xcode')}\n@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}"


def _highlighting(style: str) -> str:
    """In one of pygments' styles."""
    rules = HtmlFormatter(style=style).get_style_defs("pre.code").splitlines()
    return "\n".join(rule for rule in rules if rule.startswith("pre.code ."))


def cleaned(html: str) -> str:
    """HTML reduced to what may stand in the page; "" if it is too long: the parser takes time with the square of how
    deep things nest.
    """
    text, images = set_aside(html, {})
    return put_back(clean(text), images) if len(text) <= LONGEST_TEXT else ""


def string(value: object) -> str:
    """A string of a notebook, which may be kept as a list of lines."""
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""
