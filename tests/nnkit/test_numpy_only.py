"""What of nnkit needs NumPy only, as in a browser's Python (Pyodide) or on a server without a screen."""

import subprocess
import sys
from pkgutil import iter_modules

import nnkit

NEED_SCIKIT_LEARN = {"classifier", "linear", "multiclass", "preprocessing"}
NEED_MATPLOTLIB = {"plots"}
CODE = """
import sys
from importlib import import_module

BLOCKED = {"sklearn", "scipy", "matplotlib", "ipywidgets", "anywidget", "traitlets", "IPython"}

class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise ImportError(f"{name} is not here")

sys.meta_path.insert(0, Nowhere())
for name in sys.argv[1:]:
    import_module(f"nnkit.{name}")

import numpy as np
from nnkit import datasets, explore
from nnkit.losses import BinaryCrossEntropy
from nnkit.network import mlp
from nnkit.optimizers import Adam
from nnkit.training import fit

X, y = datasets.moons(100, noise=0.1, rng=np.random.default_rng(0))
net = mlp((2, 8, 1), rng=np.random.default_rng(0))
adam, rng = Adam(net.parameters), np.random.default_rng(0)
history = fit(net, BinaryCrossEntropy(), adam, X, y, epochs=3, batch_size=10, rng=rng)
assert history.loss[-1] < history.loss[0]
import_module("nnkit.explore._perceptron").PerceptronModel()
"""


def test_all_but_estimators_and_drawings_work_where_numpy_is_all_there_is():
    modules = {module.name for module in iter_modules(nnkit.__path__)} - {"__main__"}
    names = modules - NEED_SCIKIT_LEARN - NEED_MATPLOTLIB
    done = subprocess.run([sys.executable, "-c", CODE, *sorted(names)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
