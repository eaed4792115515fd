"""What more machines are worth: the same class on this machine alone, and through a cluster of one and of two workers.

    python -m benchmarks.scale                          a homework, a class of 60
    python -m benchmarks.scale --chapter 03             a chapter of the course
    python -m benchmarks.scale --students 3000 --only 2 one long run: two workers, memory at the start and at the end
    python -m benchmarks.scale --simulate 100000 --cores 200 --seconds 0.4 --writer 0.02
                                                        no measurement: a queue with these numbers

All processes are on this machine, so that two workers of two processors are the most that can be measured. The
simulation says what would come of more of them if its assumptions hold: see `simulated`.

(A package, since multiprocessing imports the main module again in each process that it forks, but for a `__main__`.)
"""

import argparse
import heapq
import os
import platform
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import psutil

from autograder.book.instructor import read_assignment
from autograder.course import Course
from autograder.exam import fork_server
from autograder.exam.batch import grade_batch
from autograder.exam.cluster import parcels
from autograder.exam.imports import imported_modules
from autograder.exam.sandbox import Sandbox
from benchmarks.grading import clear, make_course
from tests.cluster import Engine


@dataclass
class Run:
    """One class: seconds from the first result to the last, processor seconds of this process, which writes, in that
    time, and bytes there and back.

    students: those results but the first, for starting is not counted.
    memory: of this process, in MB, at a tenth of the class and at its end.
    """

    students: int
    seconds: float = 0.0
    writer: float = 0.0
    sent: list[int] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


@contextmanager
def counting(run: Run) -> Iterator[None]:
    """Note how long what travels is."""
    pack, accept = parcels.pack_upload, parcels.accept

    def packed(upload):
        run.sent.append(len(parcel := pack(upload)))
        return parcel

    def accepted(answer, task, upload):
        run.received.append(len(answer))
        return accept(answer, task, upload)

    parcels.pack_upload, parcels.accept = packed, accepted
    try:
        yield
    finally:
        parcels.pack_upload, parcels.accept = pack, accept


def graded(course: Course, name: str, sandbox: Sandbox, **options) -> Run:
    """Grade a class anew. What an earlier batch has seen of released cells is kept, and workers have been let in."""
    clear(course)
    assignment, students = read_assignment(course, name), course.select_students(name)
    run, process = Run(len(students) - 1), psutil.Process()
    started = used = 0.0
    with counting(run):
        for number, result in enumerate(grade_batch(course, assignment, students, sandbox, regrade=True, **options), 1):
            assert not result.problem, result.problem
            if number == 1:
                started, used = time.perf_counter(), time.process_time()
            if number in (max(1, len(students) // 10), len(students)):
                run.memory.append(process.memory_info().rss / 2**20)
    run.seconds, run.writer = time.perf_counter() - started, time.process_time() - used
    return run


def row(what: str, run: Run, alone: Run | None) -> str:
    each, writer = run.seconds / run.students, run.writer / run.students
    over = f"{1000 * (each - alone.seconds / alone.students):+.0f} ms" if alone else "–"
    travel = [f"{statistics.mean(sizes) / 1000:.1f} kB" if sizes else "–" for sizes in (run.sent, run.received)]
    memory = " → ".join(f"{size:.0f}" for size in run.memory)
    return (f"| {what} | {1 / each:.2f} | {1000 * each:.0f} ms | {over} | {1000 * writer:.1f} ms | "
            f"{travel[0]} | {travel[1]} | {memory} MB |")  # fmt: skip


def measure(course: Course, name: str, most: list[int], alone_too: bool) -> None:
    modules = imported_modules(course, name)
    alone: dict[int, Run] = {}
    print("| where | submissions a second | each | more than alone | writer's processor | there | back | memory |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    with Sandbox(preload=modules, unsafe=True) as sandbox:
        fork_server.start(modules)
        if alone_too:
            graded(course, name, sandbox)  # sees what the released cells do
        for number in most:
            if alone_too:
                alone[number] = graded(course, name, sandbox, jobs=number)
                print(row(f"here, {number} at once", alone[number], None), flush=True)
            with ExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                engine = stack.enter_context(Engine(folder / "engine"))
                for worker in range(number):
                    engine.worker(f"worker{worker}")
                run = graded(course, name, sandbox, cluster=engine.address)
                print(row(f"cluster, workers: {number}", run, alone.get(number)), flush=True)


@dataclass(frozen=True)
class Queue:
    """The assumptions of the simulation.

    seconds: processor time of one submission at a worker; single ones are drawn from a log-normal distribution with
    that mean, and a spread (of the logarithm) that covers right answers, loops until the limit and all between.
    writer: of the one process that reads, sends, checks and writes, for each submission.
    delay: from an answer to the next submission's arrival at a core that has none waiting.
    under_way: how many are handed out at a time.  lost: share of submissions whose worker is lost in the middle.
    """

    submissions: int
    cores: int
    seconds: float
    writer: float
    spread: float = 0.8
    delay: float = 0.05
    under_way: int = 1000
    lost: float = 0.001


def simulated(queue: Queue, rng: random.Random) -> tuple[float, float, float]:
    """Hours until all are written, and the shares of that time in which cores and writer were busy.

    Cores take the next submission from what has been handed out; the writer hands out and writes, one thing at a time.
    """
    median = queue.seconds / 2.718281828 ** (queue.spread**2 / 2)
    free = [0.0] * queue.cores
    heapq.heapify(free)
    writer_free, worked = 0.0, 0.0
    done: list[float] = []  # when answers of what is under way arrive, the earliest first
    for number in range(queue.submissions):
        if number >= queue.under_way:  # hands out the next one when it has written an answer
            writer_free = max(writer_free, heapq.heappop(done)) + queue.writer
        core = max(heapq.heappop(free) + queue.delay, writer_free)
        took = median * 2.718281828 ** rng.gauss(0.0, queue.spread)
        if rng.random() < queue.lost:
            took += rng.random() * took
        worked += took
        heapq.heappush(free, core + took)
        heapq.heappush(done, core + took)
    while done:
        writer_free = max(writer_free, heapq.heappop(done)) + queue.writer
    return writer_free / 3600, worked / (writer_free * queue.cores), queue.submissions * queue.writer / writer_free


def simulate(submissions: int, cores: list[int], seconds: float, writer: float) -> None:
    print(f"assumed: {Queue(submissions, 0, seconds, writer)}\n")
    print("| cores | hours | cores busy | writer busy |\n|---|---|---|---|")
    for number in cores:
        hours, busy, writing = simulated(Queue(submissions, number, seconds, writer), random.Random(0))
        print(f"| {number} | {hours:.2f} | {busy:.0%} | {writing:.0%} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chapter", help="a chapter of the course instead of the homework")
    parser.add_argument("--students", type=int, default=60, help="size of the class (default: 60)")
    parser.add_argument("--only", type=int, help="the cluster with so many workers, and nothing to compare with")
    parser.add_argument("--simulate", type=int, metavar="N", help="simulate so many submissions; measure nothing")
    parser.add_argument("--cores", type=int, nargs="+", default=[2, 20, 50, 100, 200, 400])
    parser.add_argument("--seconds", type=float, default=0.4, help="of a submission at a core")
    parser.add_argument("--writer", type=float, default=0.02, help="seconds of the writer for each")
    arguments = parser.parse_args()
    if arguments.simulate:
        simulate(arguments.simulate, arguments.cores, arguments.seconds, arguments.writer)
        return
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    print(f"Python {platform.python_version()}, distributed {version('distributed')}\n")
    folder = Path(tempfile.mkdtemp())
    try:
        course, name = make_course(folder / "course", arguments.students, arguments.chapter)
        print(f"{name}, a class of {arguments.students}\n")
        measure(course, name, [arguments.only] if arguments.only else [1, 2], not arguments.only)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
