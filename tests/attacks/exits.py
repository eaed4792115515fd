"""Exits and kills: the process ends, or is made to, while it is being asked."""

from tests.attacks.attack import EVERYTHING, Attack

ATTACKS = [
    Attack("exit-in-a-function", {"cipher": "import sys\ndef cipher(text):\n    sys.exit(0)"}),
    Attack("hard-exit-in-a-function", {"sigmoid": "import os\ndef sigmoid(z):\n    os._exit(0)"}),
    Attack("hard-exit-in-a-cell", first="import os; os._exit(0)"),
    Attack("hard-exit-in-the-last-cell", last="import os; os._exit(1)"),
    Attack("quit-in-a-cell", first="quit(); exit(); get_ipython().ask_exit(); raise SystemExit(0)"),
    Attack(
        "abort-and-segfault",
        {
            "cipher": "import ctypes\ndef cipher(text):\n    return ctypes.string_at(0)",
            "gradient": "import os\ndef gradient(X, y, w):\n    os.abort()",
            "center": "import ctypes\ndef center(X):\n    ctypes.memset(id(X) - 64, 255, 4096)",
        },
    ),
    Attack(
        "kills-everything-in-reach",
        {
            "distance": """
import os, signal
def distance(a, b):
    for pid in (os.getppid(), 1, 0, -1, *range(2, 400), os.getpid()):
        try: os.kill(pid, signal.SIGKILL)
        except OSError: pass
    return 5.0
"""
        },
    ),
    Attack(
        "kills-everything-in-a-cell",
        first="""
import os, signal
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL):
    for pid in (os.getppid(), -1, 0):
        try: os.kill(pid, number)
        except OSError: pass
try: os.killpg(os.getpgid(os.getppid()), signal.SIGKILL)
except OSError: pass
""",
    ),
    Attack(
        "stops-itself",
        {"root": "import os, signal\ndef root(x):\n    os.kill(os.getpid(), signal.SIGSTOP)\n    return 3.0"},
    ),
    Attack(
        "at-exit",
        first="""
import atexit, os, time, weakref
atexit.register(time.sleep, 10_000)
atexit.register(os.system, "touch /tmp/@MARK@-atexit")
class Last:
    def __del__(self):
        while True: time.sleep(1)
os.register_at_fork(after_in_child=lambda: time.sleep(0))
last = Last()
""",
    ),
    Attack(
        "signal-handlers",
        {"cipher": "def cipher(text):\n    signal.setitimer(signal.ITIMER_REAL, 0.01)\n    time.sleep(1)"},
        first="""
import signal, time
def stay(*_): pass
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN if number % 2 else stay)
    except (OSError, ValueError): pass
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
""",
    ),
    Attack(
        "closes-every-descriptor",
        {"minimize": "import os\ndef minimize(slope, start, steps):\n    os.closerange(0, 4096)\n    return 47.0"},
        first="import os; os.closerange(0, 4096)",
    ),
    Attack(
        # Both processes come back from the call, and both answer.
        "two-answers-by-fork",
        {
            "distance": "import os\ndef distance(a, b):\n    return 5.0 if os.fork() else 47.0",
            "cipher": """
import os
def cipher(text):
    if os.fork():
        os.waitpid(-1, 0)
        return "?"
    return "CBA"
""",
        },
    ),
    Attack(
        "becomes-another-program",
        {"softmax": "import os\ndef softmax(z):\n    os.execv('/bin/sh', ['sh', '-c', 'sleep 1000'])"},
        first="import os, sys; os.execv(sys.executable, [sys.executable, '-c', 'print(\"4.0\")'])",
    ),
    Attack("dies-later", first="import os, threading; threading.Timer(0.3, os._exit, [0]).start()", hurts=EVERYTHING),
    Attack(
        "dies-at-the-third-call",
        {
            "neuron": """
import os
class Neuron:
    def __init__(self, inputs): self.calls = 0
    def __getattribute__(self, name):
        object.__setattr__(self, "calls", object.__getattribute__(self, "calls") + 1)
        if object.__getattribute__(self, "calls") > 2: os._exit(0)
        return object.__getattribute__(self, name)
    def predict(self, x): return 1
"""
        },
    ),
    Attack(
        "exceptions-that-misbehave",
        {
            "cipher": "def cipher(text):\n    raise Rude()",
            "sigmoid": "def sigmoid(z):\n    raise Rude from Rude()",
            "center": "def center(X):\n    raise Chain",
            "gradient": "def gradient(X, y, w):\n    raise type('\\ud800<b>', (Exception,), {})('\\ud800\\x00')",
            "distance": "def distance(a, b):\n    raise ValueError('x' * 50_000_000)",
            "label": "def label(X):\n    raise KeyError([[[]]], {}, lambda: 0, np.zeros(10**6))",
        },
        first="""
import os, time
class Rude(Exception):
    def __str__(self): os._exit(0)
    def __repr__(self): raise SystemExit(0)
    args = property(lambda self: time.sleep(1000))
class Chain(Exception):
    @property
    def __traceback__(self): raise SystemExit(0)
    __cause__ = property(lambda self: Chain())
""",
    ),
    Attack(
        "interrupts-from-a-thread",
        first="""
import _thread, ctypes, threading, time
def pester(main=threading.main_thread().ident):
    for _ in range(50):
        time.sleep(0.02)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(main), ctypes.py_object(SystemExit))
        _thread.interrupt_main()
threading.Thread(target=pester, daemon=True).start()
""",
        hurts=EVERYTHING,
    ),
]
