"""Forged conversation: student code takes over the connection to the examiner and speaks for the worker.

Written against the form that `conversation.py` and `wire.py` in `autograder/inside/` describe. A worker that finds no
connection (another engine) does nothing.
"""

from tests.attacks.attack import EVERYTHING, Attack
from tests.attacks.target import wrong

SPEAK = """
import gc, os, socket, stat, struct, sys
import msgpack
heard_mark = None
def connection():
    for number in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                line = socket.socket(fileno=os.dup(number))
                if line.family == socket.AF_UNIX: return line
        except OSError: pass
    raise SystemExit("nobody to talk to")
def worker():
    return next(found for found in gc.get_objects() if type(found).__name__ == "Worker")
def raw(data, announced=None):
    connection().sendall(struct.pack("!Q", len(data) if announced is None else announced) + data)
def say(*message):
    raw(msgpack.packb(list(message), unicode_errors="surrogatepass"))
def mark():
    # Of the question that is being answered.
    if heard_mark is not None:
        return heard_mark
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code.co_name == "_answer":
            return frame.f_locals["mark"]
        frame = frame.f_back
    return 0
def returned(value, contents=(), changes=(), notes=None, global_state=None):
    notes = notes or {"streams": [], "warnings": []}
    say("returned", mark(), value, list(contents), list(changes), notes, global_state or {})
def hear():
    line = connection()
    line.setblocking(True)
    (length,) = struct.unpack("!Q", line.recv(8, socket.MSG_WAITALL))
    message = msgpack.unpackb(line.recv(length, socket.MSG_WAITALL), raw=False)
    globals()["heard_mark"] = message[1]
    return message
"""


def speaking(*lines: str, exercise: str = "cipher") -> dict[str, str]:
    """An answer that says these things itself, and then says nothing more."""
    body = "\n    ".join((*lines, "import time; time.sleep(60)"))
    head = {"cipher": "cipher(text)", "sigmoid": "sigmoid(z)", "minimize": "minimize(slope, start, steps)"}[exercise]
    return {exercise: f"def {head}:\n    {body}"}


ATTACKS = [
    Attack(
        "answers-before-it-is-asked",
        wrong("cipher"),
        first=SPEAK + "for _ in range(20):\n    returned('CBA')",
        hurts=EVERYTHING,
    ),
    Attack("answers-twice", speaking("returned('CBA'); returned('CBA'); return '?'"), first=SPEAK, hurts=EVERYTHING),
    Attack(
        # From here on, nothing of the worker's code answers but this loop.
        "a-worker-of-its-own",
        wrong(),
        first=SPEAK
        + """
returned([[], None])
while True:
    message = hear()
    returned(["constant", "Ellipsis"] if message[2] == "lookup" else None)
""",
        hurts=EVERYTHING,
    ),
    Attack(
        "the-worker-patched",
        wrong(),
        first=SPEAK
        + """
import autograder.inside.conversation, autograder.inside.wire, autograder.inside.worker
Worker = type(worker())
Worker.do_lookup = lambda self, name: (lambda *a, **k: True)
Worker.do_call = lambda self, function, arguments, keywords: arguments[0] if arguments else True
Worker.do_policy = lambda self, forbid: None
autograder.inside.wire.Exchange.changes = lambda self: []
""",
        hurts=EVERYTHING,
    ),
    Attack(
        "says-that-our-callback-is-something-else",
        {
            "minimize": """
def minimize(slope, start, steps):
    for number in range(4):
        for question in (["getattr", ["tuple", [["yours", number], "__globals__"]]],
                         ["getattr", ["tuple", [["yours", number], "__closure__"]]],
                         ["getattr", ["tuple", [["yours", number], "func_globals"]]],
                         ["setattr", ["tuple", [["yours", number], "__code__", None]]],
                         ["call", ["tuple", [["yours", number], ["tuple", []], ["tuple", []]]]],
                         ["perform", ["tuple", []]], ["run", ["tuple", ["import os", True]]],
                         ["lookup", ["tuple", ["lowest"]]], ["__class__", ["tuple", []]]):
            say("ask", 1, *question, [], {})
            print("heard".upper(), str(hear())[:500])
    return 0.123
"""
        },
        first=SPEAK,
        never=("47.1127",),
    ),
    Attack(
        "questions-without-end",
        {"minimize": "def minimize(slope, start, steps):\n    while True:\n        slope(1.0)"},
    ),
    Attack(
        "questions-in-questions",
        speaking(
            "arguments = ['tuple', [['yours', 0], ['tuple', [1.0]], ['tuple', []]]]",
            "for depth in range(100_000): say('ask', 'call', arguments, [], {})",
            exercise="minimize",
        ),
        first=SPEAK,
    ),
    Attack(
        # Small on the wire, and no further: what seeds it would keep the examiner in C code, where no alarm rings.
        "a-generator-with-an-enormous-pool",
        speaking(
            "seed = ['state', [['entropy', 1], ['spawn_key', ['tuple', []]], ['pool_size', 10**9]]]",
            "state = ['state', [['state', 1], ['inc', 1]]]",
            "pairs = [['bit_generator', 'PCG64'], ['state', state], ['has_uint32', 0], ['uinteger', 0]]",
            "pairs.append(['seed', seed])",
            "returned(['@', 0], contents=[['generator', True, ['state', pairs]]])",
        ),
        first=SPEAK,
    ),
    Attack(
        "numbers-made-of-texts",
        speaking("returned(['built', 'Fraction', ['1e1000000000']])")
        | speaking("returned(['built', 'date', [b'\\x07\\xe4\\x01\\xff']])", exercise="sigmoid"),
        first=SPEAK,
    ),
    Attack(
        # A cell shows by itself what it prints; its answer says something more, on the grader's terminal.
        "speaks-on-the-terminal",
        first=SPEAK
        + """
from contextlib import contextmanager
@contextmanager
def observe(self, operation, notes):
    yield
    notes.update(streams=[["stdout", "breach".upper() + "\\x1b[2J"]] * 3, warnings=[])
type(worker()).observe = observe
""",
        hurts=EVERYTHING,
    ),
    Attack(
        # Once the connection is full, the examiner's next answer does not fit in it.
        "answers-that-nobody-reads",
        speaking(
            "arguments = ['tuple', [['yours', 0], ['tuple', [1.0]], ['tuple', []]]]",
            "for question in range(100_000): say('ask', question, 'call', arguments, [], {})",
            exercise="minimize",
        ),
        first=SPEAK,
    ),
    Attack("announces-too-much", speaking("raw(b'x', announced=2**63)"), first=SPEAK),
    Attack("announces-and-waits", speaking("raw(b'\\x96', announced=2**27)"), first=SPEAK),
    Attack(
        "one-byte-at-a-time",
        speaking(
            "line = connection(); line.send(struct.pack('!Q', 1000))",
            "import time",
            "for _ in range(1000): line.send(b'\\x90'); time.sleep(0.5)",
        ),
        first=SPEAK,
    ),
    Attack(
        "floods-the-connection",
        speaking("while True: raw(b'\\xc0' * 2**20)", exercise="sigmoid"),
        first=SPEAK,
    ),
    Attack(
        "bombs-in-the-message-format",
        speaking("raw(b'\\xdd\\xff\\xff\\xff\\xff' * 1000)")
        | speaking("raw(b'\\x91' * 10_000_000)", exercise="sigmoid")
        | speaking("raw(b'\\xc7\\xff\\x01' + b'x' * 255 + b'\\xd6\\xff\\x00\\x00\\x00\\x00')", exercise="minimize"),
        first=SPEAK,
    ),
    Attack(
        "exponential-structures",
        speaking(
            "laughs = [['list', [['@', i + 1]] * 2] for i in range(40)] + [['list', []]]",
            "returned(['@', 0], laughs)",
        )
        | speaking(
            "value = 0.0",
            "for _ in range(40): value = ['tuple', [value]]",
            "returned(['frozenset', [value] * 100_000])",
            exercise="sigmoid",
        ),
        first=SPEAK,
    ),
    Attack(
        "forged-arrays",
        speaking(
            "for content in (['array', '|O', [2], b'x' * 16, True], ['array', '<f8', [2**47, 0], b'', True],",
            "                ['array', '<f8', [-1], b'x' * 8, True], ['array', 'f8,O', [1], b'x' * 16, True],",
            "                ['array', '(1000000,)f8', [1], b'', True], ['objects', [2**40], []],",
            "                ['array', '<U4', [1], b'\\xff' * 16, True], ['array', '<M8', [1], b'\\xff' * 8, False]):",
            "    returned(['@', 0], [content])",
        ),
        first=SPEAK,
    ),
    Attack(
        "forged-generators",
        {
            "initialize": """
def initialize(shape, rng):
    inner = ["state", [["key", ["words", "<u4", b"\\xff" * 2496]], ["pos", 10**6]]]
    state = ["state", [["bit_generator", "MT19937"], ["state", inner]]]
    returned(["@", 0], [["generator", True, state]], [[0, ["generator", True, state]], [10**9, ["list", []]]])
"""
        },
        first=SPEAK,
    ),
    Attack(
        "forged-global-state",
        speaking(
            "returned('CBA', global_state={'errstate': {'divide': 'raise', 'over': 'call'}, 'x': 1})",
            "returned('CBA', global_state={'numpy': [b'x' * 2496, 2**40, 1, 'x'], 'python': [3, b'', -1, None]})",
        ),
        first=SPEAK,
    ),
    Attack(
        "forged-exceptions",
        speaking("say('raised', ['error', 0, [['builtins', 'SystemExit']], [0], '0', ''], [], [], {}, {})")
        | speaking(
            "say('raised', ['error', 0, [['autograder.exam.student', 'WorkerLost']], [], '', ''], [], [], {}, {})",
            exercise="sigmoid",
        )
        | speaking("say('raised', ['yours', 0], [], [], {}, {})", exercise="minimize")
        | {"root": "def root(x):\n    say('raised', ['error', 0, [['os', 'system'], ['a b', '1']], [{}], 5, 5], [])"},
        first=SPEAK,
    ),
    Attack(
        "forged-notes",
        speaking(
            "warnings = [[[['builtins', 'SystemExit']], 'x' * 10**6, '../../etc/passwd', -1]] * 1000",
            "returned('?', notes={'streams': [['stdout', '4.0' * 10**6], ['stderr', 5]], 'warnings': warnings})",
        ),
        first=SPEAK,
    ),
    Attack(
        # Handles that claim to be of the class that the exercise asks for, and so may compute.
        "forged-classes",
        speaking("returned(['mine', 0, 'object', 0, '__main__', 'Neuron'])")
        | speaking("returned(['mine', 0, 'callable', 0, 'numpy', 'ndarray'])", exercise="sigmoid")
        | speaking("returned(['module', 'os'])", exercise="minimize")
        | {
            "neuron": """
class Neuron:
    def __init__(self, inputs):
        returned(["mine", 0, "class", 0, "builtins", "int"])
        raise SystemExit(0)
"""
        },
        first=SPEAK,
    ),
    Attack(
        "named-tuple-with-code",
        speaking(
            "returned(['named', 'A', ['x'] * 100_000, [1]])",
            "returned(['named', 'A=__import__(\"os\").system(\"touch /tmp/@MARK@\")', ['x'], [1]])",
            "returned(['named', 'A', ['x), __import__(\"os\").abort('], [1]])",
        ),
        first=SPEAK,
    ),
    Attack(
        "numbers-that-take-for-ever",
        speaking("returned(['built', 'Decimal', ['1e999999999']])")
        | speaking("returned(['built', 'range', [0, ['int', b'\\x7f' * 60_000], 1]])", exercise="sigmoid")
        | speaking("returned(['built', 'Fraction', [1, ['int', b'\\x7f' * 10**8]]])", exercise="minimize"),
        first=SPEAK,
    ),
    Attack(
        "hands-descriptors-over",
        speaking(
            "import array",
            "numbers = array.array('i', [os.open('/dev/zero', os.O_RDONLY)] * 200)",
            "connection().sendmsg([b'\\0' * 8], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, numbers)])",
        ),
        first=SPEAK,
    ),
    Attack("hangs-up", first=SPEAK + "connection().shutdown(socket.SHUT_RDWR)"),
    Attack(
        "hears-only",
        {"label": "def label(X):\n    connection().shutdown(socket.SHUT_WR)\n    time.sleep(60)"},
        first=SPEAK + "import time",
    ),
]
