# ruff: noqa: E501 (programs stand on one line)
"""Files that a student's code writes: checks find them as data, and as nothing else."""

import gc
import os
import sys

import pytest

from autograder.assignment import Role
from autograder.exam.student_files import StudentFiles
from autograder.results import Outcome
from tests.autograder.exam.test_examiner import cell, examine, make_examiner

# A check that reads a file in passing is what people write.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where the examiner works, with a file of the instructor's."""
    folder = tmp_path / "examiner"
    folder.mkdir()
    (folder / "data.csv").write_text("1,2")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def examiner(sandbox, folder):
    with make_examiner(sandbox, folder=folder, files={"data.csv": b"1,2"}) as examiner:
        yield examiner
    gc.collect()  # what a check left open is closed here, where the mark above holds, and not in a later test


WRITTEN = {
    "by a cell": ("open('out.csv', 'w').write('x')", "import os\nassert os.path.isfile('out.csv') and open('out.csv').read() == 'x'"),
    "in a folder": (
        "import os\nos.makedirs('res/deep'); open('res/deep/n.txt', 'w').write('7'); os.mkdir('empty')",
        "import os\nfrom pathlib import Path\nassert Path('res/deep/n.txt').read_text() == '7' and os.listdir('res') == ['deep'] and os.path.isdir('empty')",
    ),
    "by a function": (
        "def save(name, lines):\n    with open(name, 'w') as f:\n        f.write('\\n'.join(lines))",
        "save('made.txt', ['a', 'b']); assert open('made.txt').read() == 'a\\nb'\nsave('made.txt', ['c']); assert open('made.txt').read() == 'c'",
    ),
    "and removed": (
        "import os\ndef make(): open('t.txt', 'w').close()\ndef clean(): os.remove('t.txt')",
        "import os\nmake(); assert os.path.exists('t.txt'); clean(); assert not os.path.exists('t.txt')",
    ),
    "and read": (
        "import csv\ndef total(name): return sum(float(x) for row in csv.reader(open(name)) for x in row)",
        "open('in.csv', 'w').write('1,2'); assert total('in.csv') == 3\nopen('in.csv', 'w').write('5'); assert total('in.csv') == 5 and total('data.csv') == 3",
    ),
    "and read by a path": (
        "def read(path): return path.read_text(), sorted(p.name for p in path.parent.iterdir())",
        "from pathlib import Path\nPath('d').mkdir(); Path('d/a.txt').write_text('A'); assert read(Path('d/a.txt')) == ('A', ['a.txt'])",
    ),
    "as arrays": (
        "import numpy as np\ndef save(name): np.savez(name, a=np.ones(3)); np.save('o.npy', np.array([1, 'a'], dtype=object))",
        "save('m.npz'); assert np.load('m.npz')['a'].sum() == 3 and np.load('o.npy', allow_pickle=True).tolist() == [1, 'a']",
    ),
    "as plain data": (
        "import pickle, collections\npickle.dump({'a': [1, (2, 3)], 'c': collections.Counter('aa')}, open('d.pkl', 'wb'))",
        "import pickle\nassert pickle.load(open('d.pkl', 'rb'))['c']['a'] == 2",
    ),
    "as literals": ("open('l.txt', 'w').write('[1, 2]')", "import ast\nassert ast.literal_eval(open('l.txt').read()) == [1, 2]"),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "check"), WRITTEN.values(), ids=WRITTEN)
def test_what_is_written_beside_the_notebook_is_seen_on_both_sides(examiner, answer, check):
    examiner.run(cell(answer))
    result = examine(examiner, check)
    assert (result.outcome, result.message, examiner.notes) == (Outcome.PASSED, "", ())


def test_what_a_lost_worker_wrote_is_written_again_by_the_next(examiner, folder):
    examiner.run(
        cell("open('out.txt', 'w').write('x')\nimport os\ndef leave(): os._exit(0)\ndef late(): open('late.txt', 'w')")
    )
    assert examine(examiner, "late(); assert open('late.txt')").score == 3
    assert examine(examiner, "leave()").outcome is Outcome.KILLED
    assert (
        examine(examiner, "import os\nassert open('out.txt').read() == 'x' and not os.path.exists('late.txt')").score
        == 3
    )
    examiner.__exit__()
    assert os.listdir(folder) == ["data.csv"]


def test_a_file_of_the_examiners_stays_what_it_is(examiner):
    examiner.run(cell("open('data.csv', 'w').write('9,9')"))
    assert examine(examiner, "assert open('data.csv').read() == '1,2'").score == 3
    assert list(examiner.notes) == [
        "`data.csv` was not shown to the checks: a file of the checks' own has that name, and they look at that"
    ]
    examiner.run(
        cell(
            "def spoil(): open('expected.txt', 'w').write('mine')\ndef again(): open('made.txt', 'w').write('new')\nopen('made.txt', 'w').write('old')"
        )
    )
    assert (
        examine(
            examiner, "open('expected.txt', 'w').write('right'); spoil(); assert open('expected.txt').read() == 'right'"
        ).score
        == 3
    )
    assert (
        examine(
            examiner,
            "open('made.txt', 'a').write(' and checked'); again(); assert open('made.txt').read() == 'old and checked'",
        ).score
        == 3
    )


def test_a_file_that_a_check_compares_with_stays_with_it(examiner):
    examiner.run(
        cell(
            "import os\ndef found(*a): return sorted(n for n in os.listdir() if n[0] != '.')\ndef read(n):\n    return open('expected.txt').read()"
        )
    )
    assert (
        examine(
            examiner,
            "open('expected.txt', 'w').write('secret'); assert found() == found('.', './', 'x/..') == ['data.csv']",
        ).score
        == 3
    )
    assert "FileNotFoundError" in examine(examiner, "open('other.txt', 'w').write('x'); read('other.txt')").message


def test_a_given_cell_makes_its_own_files(examiner):
    """Else what a check compares with could be what the student has put there beforehand."""
    examiner.run(
        cell("import os\nos.mkdir('d'); open('d/mine.txt', 'w').write('m'); open('cache.txt', 'w').write('forged')")
    )
    assert examine(examiner, "assert open('cache.txt').read() == 'forged'").score == 3
    make = "import os\nif not os.path.exists('cache.txt'):\n    open('cache.txt', 'w').write('right')\nfound = os.listdir()"
    examiner.run(cell(make, Role.GIVEN))
    check = "assert open('cache.txt').read() == 'right' and open('d/mine.txt').read() == 'm' and sorted(found) == ['cache.txt', 'data.csv']"
    assert examine(examiner, check).score == 3
    assert [note[:12] for note in examiner.notes] == ["`cache.txt` "]


NOT_TAKEN = {
    "a module": "open('helper.py', 'w').write('x = 1')",
    "a package": "import os; os.mkdir('helper.egg-info')\nos.mkdir('a.py'); open('a.py/x.txt', 'w')",
    "settings": "open('matplotlibrc', 'w').write('backend: module://evil')",
    "what is hidden": "open('.netrc', 'w').write('x')",
    "a link": "import os; os.symlink('/etc/passwd', 'link.txt'); os.symlink('/etc', 'folder')",
    "a device": "import os; os.mkfifo('pipe.txt')",
    "a name with a line": "open('a\\nb.txt', 'w').write('x')",
    "above": "open('../above.txt', 'w').write('x')",
    "deep": "import os; os.makedirs('a/b/c/d/e/f'); open('a/b/c/d/e/f/g.txt', 'w').write('x')",
    "large": "open('large.txt', 'w').write('x' * 20_000_001)",
}  # fmt: skip


@pytest.mark.parametrize("answer", NOT_TAKEN.values(), ids=NOT_TAKEN)
def test_only_plain_files_are_taken(examiner, folder, answer):
    examiner.run(cell(f"try:\n    {'; '.join(answer.splitlines())}\nexcept OSError:\n    pass"))
    assert examine(examiner, "assert True").score == 3
    found = [
        os.path.relpath(os.path.join(where, name), folder) for where, _, names in os.walk(folder) for name in names
    ]
    assert found == ["data.csv"]
    assert os.listdir(folder.parent) == ["examiner"]


@pytest.mark.parametrize(
    "name",
    ["/etc/x", "../x", "a/../../x", "a//x", "./x", "a/./x", "", "/", "a\0b", "x\n", "..", "a" * 201, ".x", "a/.x", "a/b/c/d/e/f", "x.py", "X.PY", "x.py/a", "libx.so", "\u202ex"],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_is_not_taken(folder, name):
    files = StudentFiles(folder)
    files.take({name: b"x"})
    assert sorted(path.name for path in folder.rglob("*")) == ["data.csv"]
    assert os.listdir(folder.parent) == ["examiner"]
    files.take({name: None})
    assert files.refused.keys() == {name[:200]}


def test_a_link_that_a_check_made_leads_no_file_out(folder):
    outside = folder.parent / "outside"
    outside.mkdir()
    (folder / "way").symlink_to(outside)
    (folder / "file").symlink_to(outside / "new.txt")
    files = StudentFiles(folder)
    files.take(
        {"way/x.txt": b"x", "file": b"x", "file/": b"", "data.csv/x.txt": b"x", "data.csv/": b"", "data.csv": None}
    )
    assert os.listdir(outside) == []
    assert (folder / "data.csv").read_text() == "1,2"


def test_files_are_bounded_in_number_and_bytes(folder):
    files = StudentFiles(folder)
    files.take({f"{i}.txt": b"x" for i in range(300)})
    assert len(os.listdir(folder)) == 201
    files.forget()
    files.take({f"{i}.txt": bytes(10_000_000) for i in range(12)})
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 100_000_003
    files.forget()
    assert os.listdir(folder) == ["data.csv"]


def test_a_students_file_cannot_be_imported(examiner, folder):
    examiner.run(
        cell(
            "import os\nos.mkdir('mymod'); open('mymod/data.txt', 'w').write('x')\nopen('other.py', 'w').write('x = 1')"
        )
    )
    assert examine(examiner, "open('mymod/data.txt')").score == 3
    for name in ("other", "mymod.data"):
        assert "ModuleNotFoundError" in examine(examiner, f"import {name}").message
    assert str(folder) not in sys.path


EVIL = """
import builtins, os, pickle, sys
import numpy as np
class Evil:
    def __init__(self, *call): self.call = call
    def __reduce__(self): return self.call
marker = "import os; os.mkdir('run')"
def write(call): pickle.dump(Evil(*call), open('d.pkl', 'wb')); np.save('o.npy', np.array([Evil(*call)], dtype=object))
write((builtins.exec, (marker,)))
open('text.txt', 'w').write(marker)
open('script', 'w').write(marker)
open('json.txt', 'w').write('{}')
"""


@pytest.mark.parametrize(
    ("check", "what"),
    [
        ("import pickle\npickle.load(open('d.pkl', 'rb'))", "unpickles `builtins.exec`"),
        ("import pickle\npickle._Unpickler(open('d.pkl', 'rb')).load()", "unpickles `builtins.exec`"),
        ("np.load('o.npy', allow_pickle=True)", "unpickles `builtins.exec`"),
        ("import joblib\njoblib.load('d.pkl')", "unpickles `builtins.exec`"),
        ("exec(open('text.txt').read())", "runs the text of a file"),
        ("eval(open('text.txt').read())", "runs the text of a file"),
        ("import runpy\nrunpy.run_path('text.txt')", "runs the text of a file"),
        ("import subprocess, sys\nsubprocess.run([sys.executable, 'text.txt'])", "starts a program"),
        ("import os\nos.system('python3 text.txt')", "starts a program"),
        ("import os, sys\nos.posix_spawn(sys.executable, ['python', 'text.txt'], {})", "starts a program"),
        ("import ctypes\nctypes.CDLL('./script')", "loads a library"),
    ],
)
def test_what_a_students_file_holds_is_not_run(examiner, folder, check, what):
    examiner.run(cell(EVIL))
    result = examine(examiner, check)
    assert not (folder / "run").exists()
    remedy = f"this check {what} where files of the student's lie: set its mode to `in_process`"
    assert (result.outcome, result.told) == (Outcome.ERROR, f"the check cannot go on: {remedy}")
    assert examine(examiner, "import json\nassert json.load(open('json.txt')) == {}").score == 3


@pytest.mark.parametrize(
    "module",
    [
        "builtins.getattr",
        "os.system",
        "functools.partial",
        "operator.attrgetter",
        "numpy.f2py.compile",
        "builtins.eval",
    ],
)
def test_a_short_list_says_what_may_be_unpickled(folder, module):
    from autograder.exam.student_files import Refused

    files = StudentFiles(folder)
    files.take({"x.txt": b"x"})
    with pytest.raises(Refused):
        files.refuse("pickle.find_class", tuple(module.rsplit(".", 1)))


def test_without_files_of_a_student_a_check_may_start_what_it_likes(examiner):
    assert (
        examine(
            examiner,
            "import pickle, fractions, subprocess\npickle.loads(pickle.dumps(fractions.Fraction)); subprocess.run(['true'], check=True)",
        ).score
        == 3
    )
