"""Predict first, then run: a question whose answer is written into the notebook before the result is seen."""

import json
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from html import escape
from pathlib import Path

import anywidget
import traitlets
from IPython.display import display, update_display

_HERE = Path(__file__).parent


def predict(question: str, options: Sequence[str]) -> "Prediction":
    """Ask for a prediction and record it in the notebook. It is not graded.

    question: what to predict, in one sentence.  options: at least two different answers.

    What was recorded stays: run again, the cell shows it, in a new kernel as well, since it is read from the notebooks
    of this folder as they were saved.  Raises TypeError or ValueError if the question or the options are not usable.
    """
    if not isinstance(question, str) or not question.strip():
        raise ValueError(f"expected a question in words, got {question!r}")
    if isinstance(options, str) or not all(isinstance(option, str) for option in options):
        raise TypeError(f"expected a list of strings as options, got {options!r}")
    if len(set(options)) < 2 or len(set(options)) < len(options):
        raise ValueError(f"expected at least two options, all different, got {list(options)!r}")
    return Prediction(question=question, options=list(options))


_recorded: dict[str, str] = {}  # question → what was predicted, for as long as the kernel lives
_SAID = "\nYou predicted: "


@cache
def _saved() -> dict[str, str]:
    """Question → what was predicted, as the notebooks of this folder had it when the kernel asked first."""
    found: dict[str, str] = {}
    for path in Path().glob("*.ipynb"):
        with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):  # it is no notebook, or a damaged one
            cells = json.loads(path.read_text("utf-8"))["cells"]
            outputs = (output for cell in cells for output in cell.get("outputs", ()))
            texts = ("".join(output.get("data", {}).get("text/plain", ())) for output in outputs)
            found |= {text.partition(_SAID)[0]: text.partition(_SAID)[2] for text in texts if _SAID in text}
    return found


class Prediction(anywidget.AnyWidget):
    """The question with its options. Once recorded, plain text takes its place in the cell's output.

    recorded: the chosen option, empty before.
    """

    _esm = (_HERE / "forms.js").read_text("utf-8") + (_HERE / "prediction.js").read_text("utf-8")
    _css = _HERE / "canvas.css"

    question = traitlets.Unicode().tag(sync=True)
    options = traitlets.List(traitlets.Unicode()).tag(sync=True)
    recorded = traitlets.Unicode().tag(sync=True)

    @traitlets.default("recorded")
    def _recorded_before(self) -> str:
        before = _recorded.get(self.question) or _saved().get(self.question, "")
        return before if before in self.options else ""

    def _ipython_display_(self) -> None:
        # Under a display id: that output can be replaced later, and what replaces it is saved with the notebook.
        data = self._words() if self.recorded else self._repr_mimebundle_()[0]  # type: ignore[index]  # it can be shown
        display({**data, "text/plain": repr(self)}, raw=True, display_id=self.model_id)

    @traitlets.validate("recorded")
    def _one_of_the_options(self, proposal: dict) -> str:
        if proposal["value"] not in ["", *self.options]:
            raise traitlets.TraitError(f"expected one of {self.options}, got {proposal['value']!r}")
        return proposal["value"]

    @traitlets.observe("recorded")
    def _write_into_the_notebook(self, _change: dict) -> None:
        _recorded[self.question] = self.recorded
        update_display(self._words(), raw=True, display_id=self.model_id)

    def _words(self) -> dict[str, str]:
        html = f"<p>{escape(self.question)}<br><strong>You predicted:</strong> {escape(self.recorded)}</p>"
        return {"text/plain": repr(self), "text/html": html}

    def __repr__(self) -> str:
        if self.recorded:
            return f"{self.question}{_SAID}{self.recorded}"
        return f"{self.question}\nOptions: {' · '.join(self.options)}\nNo prediction recorded yet."


def example() -> Prediction:
    """A question with three options."""
    return predict("Which way does z move?", ["up", "down", "not at all"])
