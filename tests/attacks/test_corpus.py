"""The attacks themselves: there are enough, they are notebooks, and the target can tell right from wrong."""

import ast
import json

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager

from autograder.build.keys import Kind
from tests.attacks.attack import Attack
from tests.attacks.corpus import ATTACKS, CLASSES
from tests.attacks.course import HONEST
from tests.attacks.target import CHAPTER, NAME, POINTS, SECRETS, SOLUTIONS, WRONG, wrong

NAMES = {"COURSE": "/nowhere/course", "PORT": "1", "MARK": "marked"}


def points(answers: dict[str, str], exercise) -> float:
    """What the check says of an answer, in one process: only for answers that we trust."""
    names: dict = {"__name__": "__main__"}
    for cell in CHAPTER.cells:
        if cell.kind is Kind.GIVEN:
            exec(cell.source, names)
    exec(answers[exercise.name], names)
    tree = ast.parse(exercise.check.source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    try:
        exec(compile(tree, "check", "exec"), names)
        value = eval(compile(ast.Expression(last.value), "check", "eval"), names) if last else None
    except Exception:
        return 0.0
    return exercise.check.points if value is None else value


@pytest.mark.parametrize("exercise", CHAPTER.exercises, ids=lambda exercise: exercise.name)
def test_the_target_tells_right_from_wrong(exercise):
    assert points(SOLUTIONS, exercise) == exercise.check.points
    assert points(WRONG, exercise) == 0


def test_the_corpus_is_large_and_every_attack_has_a_name_of_its_own():
    assert sum(map(len, CLASSES.values())) == len(ATTACKS) >= 60
    assert min(map(len, CLASSES.values())) >= 6
    assert not ATTACKS.keys() & HONEST.keys()


@pytest.mark.parametrize("attack", [*ATTACKS.values(), *HONEST.values()], ids=lambda attack: attack.name)
def test_an_attack_is_well_formed(attack, tmp_path):
    folder = tmp_path / attack.name
    attack.hand_in(folder, NAMES)
    assert {*attack.answers, *attack.deserved, *attack.hurts} <= POINTS.keys()
    notebook = attack.notebook(NAMES)
    transform = TransformerManager().transform_cell
    for cell in notebook.cells:
        if cell.cell_type == "code":
            ast.parse(transform(cell.source))
    written = (folder / f"{NAME}.ipynb").is_file() and not (folder / f"{NAME}.ipynb").is_symlink()
    if written and not attack.refusable:
        nbformat.read(folder / f"{NAME}.ipynb", as_version=4)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=lambda attack: attack.name)
def test_an_attack_holds_none_of_the_secrets_it_looks_for(attack):
    text = json.dumps(attack.notebook(NAMES), ensure_ascii=False)
    assert not [secret for secret in (*SECRETS, *attack.never) if secret in text]


def test_honest_points():
    solved, cheating = Attack("solved"), Attack("cheating", wrong("label"), hurts=("cipher",))
    assert solved.most("label") == solved.least("label") == 4
    assert (cheating.most("label"), cheating.least("label")) == (0, 0)
    assert (cheating.most("cipher"), cheating.least("cipher")) == (1, 0)
