"""Resources: time, memory, processes, disk and patience are used up, and things live on that should end."""

from tests.attacks.attack import EVERYTHING, Attack

ATTACKS = [
    Attack("loop-in-a-function", {"cipher": "def cipher(text):\n    while True: pass"}),
    Attack("sleep-in-a-function", {"sigmoid": "import time\ndef sigmoid(z):\n    time.sleep(100_000)"}),
    Attack("sleep-in-a-cell", first="import time; time.sleep(100_000)"),
    Attack(
        "loop-that-catches-everything",
        {
            "root": """
import signal, time
def root(x):
    for number in range(1, 65):
        try: signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError): pass
    while True:
        try:
            while True: time.sleep(0.01)
        except BaseException: pass
"""
        },
    ),
    Attack(
        "one-instruction-that-never-ends",
        {
            "gradient": "def gradient(X, y, w):\n    return len(str(7 ** (10 ** 9)))",
            "cipher": "import re\ndef cipher(text):\n    return re.match(r'(a+)+$', 'a' * 60 + 'b')",
        },
    ),
    Attack(
        "fork-bomb",
        {
            "distance": """
import os, time
def distance(a, b):
    while True:
        try: os.fork()
        except OSError: time.sleep(0.1)
"""
        },
    ),
    Attack("shell-fork-bomb", last="!bomb() { bomb | bomb & }; bomb; sleep 1"),
    Attack(
        "memory-in-a-function",
        {
            "cipher": "def cipher(text):\n    held = []\n    while True: held.append(bytearray(b'x') * 2**24)",
            "softmax": "def softmax(z):\n    return np.ones(2**36)",
        },
    ),
    Attack("memory-in-a-cell", first="held = []\nwhile True: held.append(bytearray(b'x') * 2**24)"),
    Attack(
        "memory-of-many-processes",
        first="""
import os, time
for _ in range(30):
    try:
        if os.fork() == 0:
            try:
                held = [bytearray(b"x") * 2**24 for _ in range(100)]
                time.sleep(20)
            finally: os._exit(0)
    except OSError: break
""",
        hurts=EVERYTHING,
    ),
    Attack(
        "threads",
        first="""
import threading, time
def spin():
    while True: time.sleep(0.001)
try:
    for _ in range(100_000): threading.Thread(target=spin, daemon=True).start()
except RuntimeError as error: print(error)
""",
        hurts=EVERYTHING,
    ),
    Attack(
        "threads-that-never-end",
        last="import threading, time; threading.Thread(target=time.sleep, args=(10**6,)).start()",
    ),
    Attack(
        "disk-filled",
        first="""
import os
for place in (".", "/tmp", "/var/tmp", "/dev/shm", os.path.expanduser("~")):
    try:
        with open(os.path.join(place, "@MARK@-big"), "wb") as file:
            for _ in range(4096): file.write(b"x" * 2**20)
    except OSError as error: print(place, error)
    try: os.remove(os.path.join(place, "@MARK@-big"))
    except OSError: pass
""",
    ),
    Attack(
        "a-million-files",
        first="""
import os
try:
    for i in range(300_000): open(f"{i}", "x").close()
except OSError as error: print(error)
""",
        hurts=EVERYTHING,
    ),
    Attack("output-in-a-function", {"cipher": "def cipher(text):\n    while True: print('x' * 1_000_000)"}),
    Attack("output-in-a-cell", first="for _ in range(1000): print('flood ' * 200_000)"),
    Attack(
        "binary-garbage",
        first="""
import os, sys
for number in (1, 2):
    for _ in range(64): os.write(number, os.urandom(2**16))
print("".join(map(chr, range(0xd700, 0xe100))) + "\\x00\\x1b\\u202e" * 1000)
""",
    ),
    Attack("endless-shell-output", first="!yes | head -c 500000000"),
    Attack(
        "displays-in-thousands",
        first="for i in range(20_000):\n    display(i)\n    display({'text/html': '<b>'}, raw=True)",
    ),
    Attack("a-huge-result", first="'x' * 300_000_000"),
    Attack(
        "figures-in-hundreds",
        first="""
import matplotlib.pyplot as plt
for _ in range(300):
    figure = plt.figure(figsize=(30, 30), dpi=200)
    figure.gca().plot(np.random.rand(10_000))
""",
    ),
    Attack(
        "huge-answers",
        {
            "cipher": "def cipher(text):\n    return 'x' * 700_000_000",
            "gradient": "def gradient(X, y, w):\n    return np.zeros(90_000_000)",
            "label": "def label(X):\n    return [[1.0]] * 10_000_000",
            "distance": "def distance(a, b):\n    return 10 ** 1_000_000",
        },
    ),
    Attack(
        "errors-that-say-too-much",
        {
            "cipher": "def cipher(text):\n    raise ValueError('x' * 200_000_000)",
            "sigmoid": "def sigmoid(z):\n    raise ValueError(*['x' * 20_000_000] * 10)",
            "gradient": "def gradient(X, y, w):\n    raise type('N' * 100_000_000, (Exception,), {})",
            "distance": "def distance(a, b):\n    raise Speaks",
            "root": """
def root(x, depth=900):
    try: raise ValueError("x" * 100_000)
    except ValueError: root(x, depth - 1) if depth else 1 / 0
""",
            "softmax": "import warnings\ndef softmax(z):\n    for i in range(9**5): warnings.warn('x' * 9**5 + str(i))",
        },
        first="class Speaks(Exception):\n    def __str__(self): return 's' * 200_000_000",
    ),
    Attack(
        "outputs-in-every-cell",
        first="display({'x/json': [[[[]]]] * 30_000, 'text/plain': '\\0' * 300_000}, raw=True)\n" * 3,
        last="print('\\0' * 10**7)",
    ),
    Attack(
        "generators-without-end",
        {
            "label": "import itertools\ndef label(X):\n    return itertools.count()",
            "sigmoid": "def sigmoid(z):\n    while True: yield 0.5",
            "cipher": "import itertools\ndef cipher(text):\n    return itertools.repeat('A')",
        },
    ),
    Attack(
        "methods-that-hang",
        {
            "cipher": "def cipher(text):\n    return Sticky()",
            "sigmoid": "def sigmoid(z):\n    return Sticky()",
            "label": "def label(X):\n    return Sticky()",
            "distance": "def distance(a, b):\n    return Sticky()",
        },
        first="""
import time
class Sticky:
    def hang(self, *_, **__): time.sleep(100_000)
    __repr__ = __str__ = __len__ = __iter__ = __eq__ = __sub__ = __rsub__ = __float__ = __array__ = __bool__ = hang
    __hash__ = __getitem__ = __format__ = __reduce__ = __sizeof__ = __dir__ = hang
""",
    ),
    Attack(
        "last-words-that-hang",
        {"cipher": "def cipher(text):\n    return Dying()"},
        first="""
import time
class Dying:
    def __del__(self): time.sleep(100_000)
""",
    ),
    Attack(
        "a-result-that-hangs", first="import time\nclass Slow:\n    def __repr__(self): time.sleep(100_000)\nSlow()"
    ),
    Attack(
        "recursion",
        {
            "cipher": "def cipher(text):\n    return cipher(text)",
            "root": "import sys\ndef root(x):\n    sys.setrecursionlimit(10**9)\n    return root(x)",
            "distance": """
def distance(a, b):
    nested = []
    for _ in range(10**6): nested = [nested]
    return repr(nested)
""",
        },
    ),
    Attack(
        "survivors",
        {"label": "def label(X):\n    stay()\n    return np.zeros(len(X)) - 1"},
        first="""
import os, signal, subprocess, sys, time
def stay():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in range(1, 32):
                try: signal.signal(number, signal.SIG_IGN)
                except (OSError, ValueError): pass
            os.closerange(0, 256)
            while True: time.sleep(1)
        os._exit(0)
stay()
for command in (["sleep", "100000"], ["setsid", "sleep", "100000"], ["nohup", "sleep", "100000"]):
    try: subprocess.Popen(command, start_new_session=True)
    except OSError: pass
""",
        last="!(setsid sleep 100000 > /dev/null 2>&1 &) ; sleep 0.1",
    ),
    Attack("listens", first="import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); s.accept()"),
    Attack(
        "waits-for-input",
        first="name = input('your name? ')",
        last="import sys; sys.stdin.read(); open('/dev/tty').read()",
    ),
    Attack(
        "locks",
        {"root": "import threading\ndef root(x):\n    lock = threading.Lock()\n    lock.acquire(); lock.acquire()"},
    ),
    Attack(
        "limits-of-its-own",
        first="""
import resource
for name in dir(resource):
    if name.startswith("RLIMIT_"):
        for limits in ((resource.RLIM_INFINITY,) * 2, (2**62,) * 2):
            try: resource.setrlimit(getattr(resource, name), limits)
            except (OSError, ValueError): pass
import os
try: os.nice(-20); os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(99))
except OSError: pass
""",
    ),
    Attack(
        "home-removed",
        first="""
import os, shutil
shutil.rmtree(os.getcwd(), ignore_errors=True)
shutil.rmtree(os.path.expanduser("~"), ignore_errors=True)
for top in ("/tmp", "/dev/shm", "@COURSE@"): shutil.rmtree(top, ignore_errors=True)
try: os.rmdir(os.getcwd())
except OSError: pass
""",
    ),
]
