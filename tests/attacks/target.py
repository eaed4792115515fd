"""The assignment that is attacked, its honest answers, its wrong ones, and the secrets planted around it."""

import re
from pathlib import Path

from nbformat import NotebookNode

from autograder.build.author import released_notebook
from autograder.build.source import read_chapter
from autograder.hidden import SOLUTION

CHAPTER = read_chapter(Path(__file__).with_name("90_target.md"))
NAME = CHAPTER.name
POINTS = {exercise.name: exercise.check.points for exercise in CHAPTER.exercises}
SOLUTIONS = {
    exercise.name: re.sub(
        rf" *({SOLUTION.begin}|{SOLUTION.end}|# canary-solution-\w+)\n?", "", exercise.solution.source
    )
    for exercise in CHAPTER.exercises
}

WRITTEN = {cell.name: "Because it is so." for cell in CHAPTER.written}

# Answers written from the visible examples: right there and nowhere else, so that only a trick earns points.
WRONG = {
    "cipher": 'def cipher(text):\n    return "CBA"',
    "sigmoid": "def sigmoid(z):\n    return np.full(np.shape(z), 0.5)",
    "gradient": "def gradient(X, y, w):\n    return np.ones(len(w))",
    "distance": "def distance(a, b):\n    return 5.0",
    "root": "def root(x):\n    if x < 0:\n        raise ValueError\n    return 3.0",
    "neuron": """\
class Neuron:
    def __init__(self, inputs):
        self.weights, self.bias, self.mistakes = np.zeros(inputs), 0.0, 0

    def score(self, x):
        return 0.0

    def predict(self, x):
        return 1

    def learn(self, x, label):
        pass
""",
    "center": "def center(X):\n    X[:] = np.linspace(-1.0, 1.0, len(X))[:, None]",
    "initialize": "def initialize(shape, rng):\n    return np.full(shape, 0.123)",
    "minimize": "def minimize(slope, start, steps):\n    return 0.8",
    "softmax": "def softmax(z):\n    return np.full(len(z), 1 / len(z))",
    "label": "def label(X):\n    return np.full(len(X), 123)",
    "ladder": "def ladder(x, count):\n    return [2.0, 4.0, 8.0]",
    "band": "def band(n):\n    import scipy.sparse\n    return scipy.sparse.eye_array(n, format='csr')",
}

# What no student may learn. Canaries in the chapter are found by their form; these are results that a check expects.
# The arguments of hidden tests are no secret: a function sees what it is called with (docs/security.md).
CANARY = re.compile(r"canary-(?!input)[a-z]+-[0-9a-f]{8}")
REFERENCES = ("47.11314159", "47.1127", "7.38905609893065")
SECRETS = frozenset(CANARY.findall(Path(__file__).with_name("90_target.md").read_text(encoding="utf-8"))) | {
    *REFERENCES
}

# What `course.py` plants in the grader's environment and on its disk, with a classmate, and in the gradebook.
PLANTED = {
    kind: f"canary-{kind}-{number:08x}"
    for number, kind in enumerate(("environment", "home", "disk", "classmate", "gradebook"), 0x5EC2E700)
}


def wrong(*names: str) -> dict[str, str]:
    """Wrong answers to these exercises; to all if none is named."""
    return {name: WRONG[name] for name in names or WRONG}


def submission(answers: dict[str, str]) -> NotebookNode:
    """The released notebook, filled in: all solutions, except where `answers` says something else."""
    notebook = released_notebook(CHAPTER)
    filled = SOLUTIONS | WRITTEN | answers
    for cell in notebook.cells:
        cell.source = filled.get(cell.id, cell.source)
    return notebook
