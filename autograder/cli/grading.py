"""Verbs that run code: graded, checked before a class, and what keeps it within walls."""

import gc
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import click

from autograder.cli.options import ASSIGNMENT, COURSE, JSON, STUDENTS, UNSAFE


@click.command()
@ASSIGNMENT
@COURSE
@UNSAFE
@JSON
def check(assignment: str, course: Path, unsafe: bool, as_json: bool) -> None:
    """Grade the solution and the released notebooks of ASSIGNMENT: what no student could get right is named."""
    from autograder.course import Course
    from autograder.exam import fork_server
    from autograder.exam.imports import imported_modules
    from autograder.exam.interpreter import move_to
    from autograder.exam.sandbox import Limits, Sandbox

    opened = Course.open(course)
    move_to(opened.python)
    modules = imported_modules(opened, assignment)
    sandbox = partial(Sandbox, opened.numbers(Limits), preload=modules, unsafe=unsafe, readable=opened.readable)
    with sandbox() as first, sandbox() as second:  # in each, Python orders sets in a way of its own
        fork_server.start(modules)
        from autograder.book.instructor import read_assignment
        from autograder.build.preflight import look
        from autograder.terminal import print_json, print_preflight, working

        released = read_assignment(opened, assignment)
        with working(f"Grading the solution and the release of {released.name}"):
            found = look(opened, released, (first, second))
    if as_json:
        print_json([found])
    else:
        print_preflight(found)
    sys.exit(1 if found.findings else 0)


@click.command()
@ASSIGNMENT
@COURSE
@STUDENTS
@click.option("--jobs", type=click.IntRange(min=1), help="How many at once (default: one for each processor).")
@click.option("--cluster", metavar="ADDRESS", help="Grade on the workers of this Dask scheduler, tcp://HOST:8786.")
@click.option("--regrade", is_flag=True, help="Also what has not changed since it was graded.")
@click.option("--in-process", is_flag=True, help="Run the tests beside the student's code, which can then reach them.")
@click.option("--shared-arguments", is_flag=True, help="Tests see what a student's code changes in their data.")
@click.option("--all-cells", is_flag=True, help="Run the released cells that no grade depends on, too.")
@UNSAFE
@JSON
def grade(
    assignment: str,
    course: Path,
    students: tuple[str, ...],
    jobs: int | None,
    cluster: str | None,
    regrade: bool,
    in_process: bool,
    shared_arguments: bool,
    all_cells: bool,
    unsafe: bool,
    as_json: bool,
) -> None:
    """Grade the submissions of ASSIGNMENT and show the class."""
    if cluster and jobs:
        raise click.UsageError("--jobs is for this machine; on a cluster each thread of a worker grades one at a time")
    from autograder.course import Course
    from autograder.exam import fork_server
    from autograder.exam.imports import imported_modules
    from autograder.exam.interpreter import move_to
    from autograder.exam.sandbox import Limits, Sandbox

    opened = Course.open(course)
    move_to(opened.python)
    modules = imported_modules(opened, assignment)
    with Sandbox(opened.numbers(Limits), preload=modules, unsafe=unsafe, readable=opened.readable) as sandbox:
        fork_server.start(modules)
        # Both load their libraries while we load ours.
        from autograder.book.instructor import read_assignment
        from autograder.build.preflight import glance
        from autograder.exam.batch import grade_batch
        from autograder.out.grades import plain
        from autograder.terminal import print_class, print_findings, with_progress, working

        gc.freeze()  # nothing so far is garbage; to look for it all the same, at the end, takes a third of a second
        released = read_assignment(opened, assignment)
        if in_process:
            released = released.in_process([released.name])
        selected = opened.select_students(released.name, students)
        beside = ThreadPoolExecutor(1).submit(glance, opened, released, sandbox)
        graded = grade_batch(
            opened,
            released,
            selected,
            sandbox,
            jobs=jobs,
            cluster=cluster,
            tell=partial(click.echo, err=True),
            regrade=regrade,
            shared_arguments=shared_arguments,
            all_cells=all_cells,
        )
        shown = with_progress(graded, len(selected), f"Grading {released.name}")
        results = sorted(shown, key=lambda result: result.student)
        with working(f"Grading the solution and the release of {released.name}"):
            found = beside.result()
    print_findings(found, to_errors=as_json)
    if as_json:
        click.echo(json.dumps([plain(result) for result in results], indent=1))
    else:
        print_class(results)
        click.echo(f"gradebook: {opened.gradebook}")
    sys.exit(1 if any(result.problem for result in results) else 0)


@click.command()
@JSON
def doctor(as_json: bool) -> None:
    """Say which protections against students' code are in force on this machine."""
    from autograder.exam.protections import lacking
    from autograder.exam.sandbox import protections
    from autograder.terminal import print_json, print_protections

    found = protections()
    if as_json:
        print_json(found)
    else:
        print_protections(found)
    sys.exit(1 if lacking(found) else 0)
