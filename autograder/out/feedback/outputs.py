"""The outputs of a code cell as inert HTML."""

from autograder.out.feedback.prose import markdown
from autograder.out.inert import FIRST_BYTES, cleaned, decoded, image_uri, plain, string


def output(answer: dict) -> str:
    """One output of a code cell (nbformat 4) as inert HTML; empty if there is nothing to show.

    Nothing is taken for granted about its form: student code can send whatever it likes.
    """
    match answer.get("output_type"):
        case "stream":
            kind = "stderr" if answer.get("name") == "stderr" else "stdout"
            return f'<pre class="{kind}">{plain(string(answer.get("text")))}</pre>'
        case "error":
            lines = traceback(answer) or f"{string(answer.get('ename'))}: {string(answer.get('evalue'))}"
            return f'<pre class="traceback">{plain(lines)}</pre>'
        case "display_data" | "execute_result":
            data = answer.get("data")
            return _richest(data) if isinstance(data, dict) else ""
    return ""


def traceback(answer: dict) -> str:
    """The text of an error's traceback, as its author colored it; empty if it has none."""
    frames = answer.get("traceback")
    return "\n".join(map(string, frames)) if isinstance(frames, list) else ""


def _richest(data: dict) -> str:
    """The richest of the forms that an answer comes in. A widget has no life here, so its words stand for it."""
    text = string(data.get("text/plain"))
    words = f'<pre class="result">{plain(text)}</pre>' if text else ""
    if "application/vnd.jupyter.widget-view+json" in data:
        return words
    html = string(data.get("text/html"))
    # scikit-learn's picture of an estimator is nothing without its style sheet.
    if "sk-top-container" not in html and (table := cleaned(html)):
        return table
    for kind in ("image/svg+xml", *FIRST_BYTES):
        image = string(data.get(kind))
        uri = image_uri(kind, image.encode() if kind == "image/svg+xml" else decoded(image))
        if uri:
            return f'<img src="{uri}" alt="{plain(text[:300]) or "figure without a description"}">'
    for kind in ("text/markdown", "text/latex"):
        if source := string(data.get(kind)):
            return markdown(source)
    return words
