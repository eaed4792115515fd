"""How long the report on a class takes: `python -m benchmarks.reports --students 1000 --assignments 12`.

The class is made up, with named mistakes and twelve exercises an assignment; measured are statistics, figures, page
and tables, in seconds of the processor, without reading the grades.
"""

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from autograder.out.report import write_report
from tests.autograder.out.report.classes import large


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=1000)
    parser.add_argument("--assignments", type=int, default=12)
    chosen = parser.parse_args()
    terms = large(chosen.students, chosen.assignments)
    with TemporaryDirectory() as folder:
        start = time.process_time()
        path = write_report(terms, Path(folder))
        seconds = time.process_time() - start
        size = path.stat().st_size / 1e6
    print(f"{chosen.students} students, {chosen.assignments} assignments: {seconds:.2f} s, a page of {size:.1f} MB")


if __name__ == "__main__":
    main()
