"""Shell hooks and transformers: the shell is told to run other tests, or to say other things about them."""

from tests.attacks.attack import EVERYTHING, Attack
from tests.attacks.target import wrong

ATTACKS = [
    Attack(
        "syntax-tree-transformer",
        wrong(),
        first="""
import ast
class Strip(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
    def visit_Try(self, node): return ast.Pass()
    def visit_Expr(self, node): return ast.Pass()
get_ipython().ast_transformers.append(Strip())
""",
    ),
    Attack(
        "input-transformer",
        wrong(),
        first="""
import re
def harmless(lines):
    return ["4.0\\n"] if re.search("assert|check_", "".join(lines)) else lines
shell = get_ipython()
shell.input_transformers_cleanup.append(harmless)
shell.input_transformers_post.append(harmless)
shell.input_transformer_manager.cleanup_transforms.insert(0, harmless)
""",
    ),
    Attack(
        "events",
        wrong("cipher", "label", "softmax"),
        first="""
shell = get_ipython()
def before(info): info.raw_cell = "4.0"
def after(result): result.error_in_exec = result.error_before_exec = None; result.result = 4.0
shell.events.register("pre_run_cell", before)
shell.events.register("post_run_cell", after)
shell.events.register("pre_execute", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
""",
    ),
    Attack(
        "run-cell-replaced",
        wrong(),
        first="""
from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell
def success(self, raw_cell, *a, **k):
    result = ExecutionResult(ExecutionInfo(raw_cell, True, True, True, None))
    result.result, result.execution_count = 4.0, 1
    return result
async def success_later(self, raw_cell, *a, **k): return success(self, raw_cell)
InteractiveShell.run_cell, InteractiveShell.run_cell_async = success, success_later
type(get_ipython()).run_cell, type(get_ipython()).run_cell_async = success, success_later
""",
        hurts=EVERYTHING,
    ),
    Attack(
        "kernel-replaced",
        wrong(),
        first="""
kernel = get_ipython().kernel
async def execute(*a, **k): return {"status": "ok", "execution_count": 1, "user_expressions": {}, "payload": []}
kernel.do_execute = execute
""",
    ),
    Attack(
        "errors-swallowed",
        wrong(),
        first="""
shell = get_ipython()
shell.set_custom_exc((BaseException,), lambda *a, **k: [])
shell.showtraceback = shell._showtraceback = shell.showsyntaxerror = lambda *a, **k: None
import sys
sys.excepthook = sys.unraisablehook = lambda *a: None
""",
    ),
    Attack(
        "display-hook",
        wrong("label"),
        first="""
import sys
shell = get_ipython()
plain = shell.display_formatter.formatters["text/plain"]
plain.for_type(float, lambda value, p, cycle: p.text("4.0"))
plain.for_type(np.float64, lambda value, p, cycle: p.text("4.0"))
shell.displayhook.__class__.quiet = lambda self: False
real = shell.displayhook.__class__.__call__
shell.displayhook.__class__.__call__ = lambda self, result=None: real(self, 4.0)
""",
    ),
    Attack(
        "forged-results",
        wrong("cipher", "softmax", "label"),
        first="""
def forge(*_):
    shell = get_ipython()
    shell.display_pub.publish({"text/plain": "4.0"})
    kernel = shell.kernel
    content = {"data": {"text/plain": "4.0"}, "metadata": {}, "execution_count": 1}
    kernel.session.send(kernel.iopub_socket, "execute_result", content, parent=kernel.get_parent("shell"))
    kernel.session.send(kernel.iopub_socket, "status", {"execution_state": "idle"}, parent=kernel.get_parent("shell"))
get_ipython().events.register("pre_run_cell", forge)
""",
        last="forge()",
    ),
    Attack(
        "names-that-lie",
        wrong("cipher", "distance", "softmax", "label"),
        first="""
class Lying(dict):
    def __getitem__(self, name):
        return dict.__getitem__(self, name) if dict.__contains__(self, name) else (lambda *a, **k: 1.0)
    def __missing__(self, name): return lambda *a, **k: 1.0
    def get(self, name, default=None): return self[name]
shell = get_ipython()
lying = Lying(shell.user_ns, agreement=lambda *a: 1.0, check_close=print, check_that=print, abs=lambda x: -1.0)
shell.user_ns = lying
shell.user_module.__dict__.update(lying)
""",
        hurts=EVERYTHING,
    ),
    Attack(
        "audit-hook",
        first="""
import sys
def forbid(event, arguments):
    if event in ("compile", "exec", "socket.__new__", "open", "os.fork"):
        raise SystemExit(0)
sys.addaudithook(forbid)
""",
        hurts=EVERYTHING,
    ),
    Attack(
        "broken-output",
        wrong("cipher", "label"),
        first="""
import sys
class Hanging:
    encoding, errors, buffer = "utf-8", "strict", None
    def write(self, text): raise SystemExit(0)
    def flush(self): raise SystemExit(0)
    def isatty(self): raise SystemExit(0)
    def fileno(self): raise SystemExit(0)
sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = Hanging()
""",
        hurts=EVERYTHING,
    ),
    Attack(
        "hostile-representations",
        first="""
class Hostile:
    def __repr__(self): raise SystemExit(0)
    def _repr_html_(self): return "<script>alert('@MARK@')</script><img src=x onerror=alert(1)>"
    def _repr_mimebundle_(self, **_): return {"text/html": self._repr_html_(), 5: object(), "text/plain": None}
    def _ipython_display_(self): raise KeyboardInterrupt
    def _repr_png_(self): return b"\\x00" * 100
    def _repr_json_(self): return {"a": float("nan"), "b": {1, 2}}
Hostile()
""",
        last="display(Hostile(), [Hostile()], {'k': Hostile()})",
    ),
    Attack(
        "hostile-mime-bundles",
        first="""
from IPython.display import HTML, Javascript, Markdown, SVG, display
display(HTML("<script>document.title='@MARK@'</script><style>body{display:none}</style>"))
display(HTML("<base href='//127.0.0.1:@PORT@/'><form action=//x><meta http-equiv=refresh content=0>"))
display(HTML("<iframe srcdoc='<script>1</script>'></iframe><object data=x></object><embed src=x>"))
display(Javascript("document.title='@MARK@'"))
display(Markdown("<img src='http://127.0.0.1:@PORT@/pixel.png' onerror='alert(1)'> [x](javascript:alert(1))"))
display(SVG("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"))
display({"image/png": "\\"><script>alert(1)</script>", "text/latex": "$\\\\href{javascript:alert(1)}{x}$"}, raw=True)
display({"application/vnd.jupyter.widget-view+json": {"model_id": "</script><script>alert(1)"}}, raw=True)
display({"text/html": ["<scr", "ipt>alert(1)</script>"], "x/y": "a\\x00b"}, raw=True)
print("\\x1b[2J\\x1b[31m</pre><script>alert(1)</script>\\ud800\\x00")
""",
    ),
    Attack(
        "comm-messages",
        first="""
from comm import create_comm
for i in range(2_000):
    channel = create_comm(target_name="jupyter.widget", data={"state": {"x": "y" * 100}})
    channel.send({"method": "update", "state": {"i": i}}, buffers=[b"z" * 1000])
import ipywidgets
ipywidgets.HTML("<script>alert(1)</script>")
""",
    ),
    Attack(
        "magics",
        wrong("cipher", "label"),
        first="""
from IPython.core.magic import register_cell_magic, register_line_magic
shell = get_ipython()
shell.run_line_magic = shell.run_cell_magic = shell.magic = lambda *a, **k: 4.0
shell.alias_manager.define_alias("assert", "true")
shell.prefilter_manager.handlers = {}
shell.autocall = shell.automagic = 2
""",
    ),
]
