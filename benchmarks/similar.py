"""How long it takes to compare a class: `python -m benchmarks.similar --students 1000 --chapter 03`.

The class is made up from the sources: each answer is the solution, an alternative, a mistake, or the solution changed
in one place (a mutant), and one student in a hundred has copied everything from the one before. Measured are seconds of
the processor, without reading the notebooks, and how many of the copies are on the page.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from autograder.build.mutants import mutants
from autograder.build.source import Exercise, select_chapters
from autograder.hidden import Hidden, without_marks
from autograder.out.similar import Cell, similar_pairs

SOLUTIONS = Path(__file__).parents[1] / "solutions"


def answers(exercise: Exercise) -> list[str]:
    """Texts that students may hand in."""
    known = [without_marks(exercise.solution.source)]
    known += [cell.source for cell in (*exercise.alternatives, *exercise.mistakes)]
    return known + [mutant.source for mutant in mutants(known[0])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=1000)
    parser.add_argument("--chapter", default="03")
    chosen = parser.parse_args()
    (chapter,) = select_chapters(SOLUTIONS, [chosen.chapter])
    rng = np.random.default_rng(0)
    texts = {exercise.name: answers(exercise) for exercise in chapter.exercises}
    code: dict[str, tuple[Cell, ...]] = {}
    copies = set()
    for n in range(chosen.students):
        before, student = f"s{n - 1:04}", f"s{n:04}"
        if n % 100 == 99:
            copies.add((before, student))
            code[student] = tuple(Cell(cell.name, f"# mine\n{cell.text}") for cell in code[before])
        else:
            picked = {name: known[int(rng.integers(len(known)))] for name, known in texts.items()}
            code[student] = tuple(Cell(name, text) for name, text in picked.items())
    hidden = Hidden()
    stubs = [hidden.stub(exercise.solution.source) for exercise in chapter.exercises]
    start = time.process_time()
    pairs = similar_pairs(code, stubs)
    seconds = time.process_time() - start
    found = len({pair.students for pair in pairs} & copies)
    print(
        f"{len(code)} students, {len(texts)} exercises: {seconds:.1f} s; "
        f"of {len(copies)} copies, {found} among the {len(pairs)} pairs on the page"
    )


if __name__ == "__main__":
    main()
