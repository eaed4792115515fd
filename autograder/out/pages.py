"""What the pages that we write have in common: they need nothing else, run nothing, and a browser is told so."""

import base64
import hashlib
from datetime import timedelta
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, Template
from markupsafe import Markup

from autograder.out import inert

_HERE = Path(__file__).parent


def template(folder: Path, *styles: str, pictures: bool = False) -> Template:
    """The `page.html` of a folder, in our colors and with the `page.css` beside it. It sets `heading`, and begins with
    `head.html`, which forbids the browser whatever is not here. With a `page.js` there, it may run that, and that may
    talk to where the page came from.

    styles: more of them.  pictures: it may hold pictures, as data.
    """
    style = "\n".join((_text(_HERE / "colors.css") + _text(folder / "page.css"), *styles))
    policy = ["default-src 'none'", f"style-src {_digest(style)}", *["img-src data:"] * pictures]
    script = _text(folder / "page.js") if (folder / "page.js").is_file() else ""
    policy += [f"script-src {_digest(script)}", "connect-src 'self'"] if script else []
    policy += ["base-uri 'none'", "form-action 'none'", "object-src 'none'"]
    environment = Environment(
        loader=FileSystemLoader((folder, _HERE)),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"shown": inert.shown, "points": "{:g}".format, "duration": duration}
    ours = {"style": style, "script": script, "policy": "; ".join(policy)}
    environment.globals |= {name: Markup(text) for name, text in ours.items()}
    return environment.get_template("page.html")


def duration(time: timedelta) -> str:
    """A time in its largest unit, as people say it; empty for none."""
    minutes = round(time.total_seconds() / 60)
    if minutes <= 0:
        return "a moment" if time > timedelta(0) else ""
    size, unit = next((size, unit) for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")) if minutes >= size)
    number = round(minutes / size)
    return f"{number} {unit}{'s' if number > 1 else ''}"


def _digest(text: str) -> str:
    """What allows one style sheet or script, and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


TABLES = _text(_HERE / "tables.css")
"""The style of pages that are mostly tables."""
