"""Predict first, then run: a question whose answer is written into the notebook before the result is seen."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import anywidget
import traitlets
from IPython.display import display, update_display

_HERE = Path(__file__).parent


def predict(question: str, options: Sequence[str]) -> "Prediction":
    """Ask for a prediction and record it in the notebook. It is not graded.

    question: what to predict, in one sentence.  options: at least two different answers.

    Raises TypeError or ValueError if the question or the options are not usable.
    """
    if not isinstance(question, str) or not question.strip():
        raise ValueError(f"expected a question in words, got {question!r}")
    if isinstance(options, str) or not all(isinstance(option, str) for option in options):
        raise TypeError(f"expected a list of strings as options, got {options!r}")
    if len(set(options)) < 2 or len(set(options)) < len(options):
        raise ValueError(f"expected at least two options, all different, got {list(options)!r}")
    return Prediction(question=question, options=list(options))


class Prediction(anywidget.AnyWidget):
    """The question with its options. Once recorded, plain text takes its place in the cell's output.

    recorded: the chosen option, empty before.
    """

    _esm = _HERE / "prediction.js"
    _css = _HERE / "canvas.css"

    question = traitlets.Unicode().tag(sync=True)
    options = traitlets.List(traitlets.Unicode()).tag(sync=True)
    recorded = traitlets.Unicode().tag(sync=True)

    def _ipython_display_(self) -> None:
        # Under a display id: that output can be replaced later, and what replaces it is saved with the notebook.
        data, _ = self._repr_mimebundle_()  # type: ignore[misc]  # None is for widgets that cannot be shown
        display(data, raw=True, display_id=self.model_id)

    @traitlets.validate("recorded")
    def _one_of_the_options(self, proposal: dict) -> str:
        if proposal["value"] not in ["", *self.options]:
            raise traitlets.TraitError(f"expected one of {self.options}, got {proposal['value']!r}")
        return proposal["value"]

    @traitlets.observe("recorded")
    def _write_into_the_notebook(self, _change: dict) -> None:
        text = f"{self.question}\nYou predicted: {self.recorded}"
        html = f"<p>{escape(self.question)}<br><strong>You predicted:</strong> {escape(self.recorded)}</p>"
        update_display({"text/plain": text, "text/html": html}, raw=True, display_id=self.model_id)

    def __repr__(self) -> str:
        return f"{self.question}\nOptions: {' · '.join(self.options)}\n" + (
            f"You predicted: {self.recorded}" if self.recorded else "No prediction recorded yet."
        )


def example() -> Prediction:
    """A question with three options."""
    return predict("Which way does z move?", ["up", "down", "not at all"])
