"""Learning, at last: forward, loss, backward, step; batch by batch, epoch by epoch.

`fit` is that loop and nothing else. What one may want besides is a callback: an object whose methods the loop
calls, with a `Training` that shows how far it is.

Read `callbacks`, `loop` and `range_test`.

Source: NEU "Training NNs"; UT "Early Stopping".
"""

from nnkit.training.callbacks import Callback, EarlyStopping, History, ProgressBar, Training
from nnkit.training.loop import fit
from nnkit.training.range_test import RangeTest, learning_rate_range_test

__all__ = [
    "Callback",
    "EarlyStopping",
    "History",
    "ProgressBar",
    "RangeTest",
    "Training",
    "fit",
    "learning_rate_range_test",
]
