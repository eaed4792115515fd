"""What does it gain to train on the very digits that chapter 13 holds back for grading?

    python -m benchmarks.held_back [--seeds 3]

Trains the model answer's network of chapter 13 with and without the held-back digits, with and without fresh views in
training, and measures as the grader does: on the held-back digits as they are, and on fresh views of them (other random
numbers than the grader's).
"""

import argparse
from pathlib import Path

import numpy as np

from autograder.build.keys import Kind
from autograder.build.source import read_chapters
from nnkit import datasets


def given() -> dict:
    """The names that the given cells of the chapter define: its loader, its training, its views."""
    chapter = next(c for c in read_chapters(Path("solutions")) if c.name == "13_mnist_capstone")
    names: dict = {}
    for cell in chapter.cells:
        if cell.kind is Kind.GIVEN:
            exec(cell.source, names)
    return names


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    seeds = parser.parse_args().seeds
    course = given()
    X, y, _, _ = course["load"]()
    pixels, labels = datasets.digits()
    apart = np.random.default_rng(13).permutation(len(pixels))[1400:]
    held, held_y = np.float32(pixels[apart] / 16).reshape(-1, 8, 8), labels[apart]

    print(f"mean of {seeds} seeds | held-back digits | fresh views of them")
    for cheats in (False, True):
        for views in (0, 24):
            images, classes = (np.concatenate([X, held]), np.concatenate([y, held_y])) if cheats else (X, y)
            shares = []
            for seed in range(seeds):
                rng = np.random.default_rng(seed)
                many = np.concatenate([images, *[course["fresh_views"](images, rng) for _ in range(views)]])
                settings = {"epochs": 12, "batch": 256, "rate": 0.008} if views else {}
                net = course["train_network"](
                    many.reshape(-1, 64), np.tile(classes, views + 1), (256,), rng=rng, **settings
                )
                tests = [held, *[course["fresh_views"](held, np.random.default_rng(900 + i)) for i in range(5)]]
                right = [np.mean(course["answers_of"](net, test.reshape(-1, 64)) == held_y) for test in tests]
                shares.append((right[0], np.mean(right[1:])))
            plain, moved = np.mean(shares, axis=0)
            who = "trained on them, too" if cheats else "not trained on them"
            print(f"{who}, {views} views in training | {plain:.1%} | {moved:.1%}", flush=True)


if __name__ == "__main__":
    main()
