# ruff: noqa: E501 (programs stand on one line)
"""SymPy's expressions on their way from the student's code to a check."""

import pytest

from autograder.results import Outcome
from tests.autograder.exam.test_examiner import cell, examine, make_examiner, passes

sympy = pytest.importorskip("sympy", reason="SymPy is for tests of courses that use it")

from autograder.inside import formulas  # noqa: E402

x, y = sympy.symbols("x y")
n, p = sympy.Symbol("n", integer=True), sympy.Symbol("p", positive=True)
f = sympy.Function("f")
EXPRESSIONS = [
    *(sympy.Integer(3), sympy.Rational(1, 3), sympy.Float("0.1", 30), sympy.Float("1e-400"), sympy.pi, sympy.I, sympy.oo),
    *(sympy.nan, sympy.zoo, sympy.true, x, n, p, sympy.Symbol("two words"), sympy.Dummy("d") + 1, -x, x - y, 1 / x, x / 3),
    *(3 * x**2, sympy.sqrt(2) * p, 2**x, x**1000, sympy.exp(sympy.exp(x)), sympy.expand((x + y) ** 30), (x + 1) ** 100),
    *(sympy.sin(x) ** 2 + sympy.exp(-x), sympy.log(x), sympy.asin(x), sympy.Abs(x), sympy.Max(x, y), sympy.factorial(n)),
    *(sympy.Eq(x**2, 4), x < 3, sympy.And(x < 3, y > 1), sympy.Not(sympy.Eq(x, 1)), sympy.Piecewise((x, x > 0), (0, True))),
    *(f(x).diff(x, 2), sympy.Integral(sympy.sin(x), (x, 0, sympy.pi)), sympy.Sum(1 / n**2, (n, 1, sympy.oo))),
    *(sympy.Limit(sympy.sin(x) / x, x, 0), sympy.Lambda(x, x**2), sympy.Tuple(x, y), sympy.solveset(sympy.sin(x), x)),
    *(sympy.Interval(0, 1), sympy.FiniteSet(1, x), sympy.Union(sympy.Interval(0, 1), sympy.Interval(2, 3)), sympy.S.EmptySet),
    *(sympy.Matrix([[x, 1], [2, y]]), sympy.ImmutableMatrix([[x]]), sympy.zeros(0, 2)),
]  # fmt: skip


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_an_expression_is_put_together_again(expression):
    built = formulas.build(formulas.parts(expression))
    assert type(built) is type(expression)
    assert built == expression or built is expression
    assert sympy.srepr(built) == sympy.srepr(expression)


LARGE = {
    "a tower": sympy.Pow(9, sympy.Pow(9, 9, evaluate=False), evaluate=False),
    "a power": sympy.Pow(9, 10**9, evaluate=False),
    "a power of a symbol": x ** (10**9),
    "a factorial": sympy.factorial(10**9, evaluate=False),
    "a symbol's": sympy.factorial(sympy.factorial(sympy.factorial(n))),
}


@pytest.mark.parametrize("expression", LARGE.values(), ids=LARGE)
def test_a_number_that_could_grow_without_end_stays_where_it_is(expression):
    assert formulas.parts(expression) is None


INTEGERS = [("Integer", 9), ("Integer", 10**9)]


@pytest.mark.parametrize(
    "nodes",
    [
        [],
        [*INTEGERS, ("node", "Pow", [0, 1])],
        [("Integer", 9), ("Integer", 9), ("node", "Pow", [0, 1]), ("node", "Pow", [0, 2]), ("node", "Pow", [0, 3])],
        [*INTEGERS, ("node", "factorial", [1])],
        [("Symbol", "x", [], 0), *[("node", "Add", [i, i]) for i in range(40)]],  # small, and endless when written out
        [("Symbol", "x", [], 0), *[("node", "sin", [i]) for i in range(300)]],
        [("node", "Add", [0])],
        [("node", "Add", [-1])],
        [("Integer", 1), ("node", "sympify", [0])],
        [("Integer", 1), ("node", "Lambdify", [0])],
        [("Integer", 1), ("node", "__import__", [0])],
        [("Integer", "1")],
        [("Integer", 1.5)],
        [("Rational", 1, 0)],
        [("Float", 0, 3, 10**10, 2, 53)],
        [("Float", 0, 3, 0, 9, 53)],
        [("Float", 0, 3, 0, 2, 10**7)],
        [("Symbol", "x", ["positive", "yes"], 0)],
        [("Symbol", "x", ["positive"], 0)],
        [("Symbol", "x", ["evaluate-1", True], 0)],
        [("Symbol", 3, [], 0)],
        [("constant", "Half")],
        [("constant", "__class__")],
        [("applied", "a b", [])],
        [("Matrix", 2, 2, [])],
        [("Matrix", -1, -1, [0])],
        [("Matrix", 10**9, 10**9, [])],
        ["x"],
        [None],
    ],
)
def test_nodes_out_of_form_are_an_error(nodes):
    with pytest.raises((ValueError, TypeError, IndexError, AttributeError)):
        formulas.build(nodes)


STUDENT = """
import sympy as sp
x = sp.symbols('x')
deriv = sp.diff(x**3, x)
def tangent(f, x, a): return f.subs(x, a) + f.diff(x).subs(x, a) * (x - a)
def matrix(): return sp.Matrix([[x, 1], [0, x]])
def roots(f): return sp.solve(f, x), sp.solveset(f, x), {x: f}
def equation(): return sp.Eq(x**2, 4)
poly = sp.Poly(x**2 + 1, x)
tower = sp.Pow(9, sp.Pow(9, sp.Pow(9, 9, evaluate=False), evaluate=False), evaluate=False)
class Liar:
    def __len__(self): return 0
    def __eq__(self, other): return True
    def __sub__(self, other): return 0
Liar.__module__, Liar.__qualname__ = "sympy.core.expr", "Expr"
def lie(): return Liar()
"""
CHECKS = {
    "a derivative": "assert sp.simplify(deriv - 3 * x_**2) == 0 and deriv == 3 * x_**2 and deriv.subs(x_, 2) == 12 and isinstance(deriv, sp.Expr)",
    "a function": "t = sp.symbols('t'); assert sp.expand(tangent(t**2, t, 3)) == 6 * t - 9",
    "a matrix": "assert matrix().det() == x_**2 and matrix() == sp.Matrix([[x_, 1], [0, x_]])",
    "roots": "assert roots(x_**2 - 4) == ([-2, 2], sp.FiniteSet(-2, 2), {x_: x_**2 - 4})",
    "an equation": "assert equation() == sp.Eq(x_**2, 4) and equation().lhs == x_**2",
    "assumptions": "p = sp.symbols('p', positive=True); assert tangent(sp.sqrt(p**2), p, 1) == p and tangent(p, p, 1) != x_",
    "a polynomial, which stays there": "assert poly.degree() == 2 and poly.as_expr() == x_**2 + 1",
}  # fmt: skip
WRONG = (
    "assert deriv == x_**2",
    "assert sp.simplify(deriv - x_**2) == 0",
    "assert isinstance(lie(), sp.Expr)",
    "assert lie() == 12",
    "assert tower == 9",
)


@pytest.fixture(scope="module")
def examiner(sandbox):
    with make_examiner(sandbox) as examiner:
        examiner.run(cell(STUDENT))
        examine(examiner, "import sympy as sp\nx_ = sp.symbols('x')")
        yield examiner


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_answers_of_sympy_can_be_checked(examiner, check):
    passes(examiner, check)


@pytest.mark.parametrize("check", WRONG)
def test_a_wrong_answer_of_sympy_is_wrong(examiner, check):
    result = examine(examiner, check)
    assert result.score == 0
    assert result.outcome in (Outcome.FAILED, Outcome.ERROR)
