"""SymPy's expressions, equations, sets and matrices as plain parts, and such parts as expressions again.

An expression is a list of nodes, each of which names earlier ones as its arguments. It is put together from classes of
a short list that only hold their arguments, without evaluation, and never read as text: what evaluates it later, a
check, is not to be kept busy by `9**9**9`, so numbers that could grow beyond `MOST_BITS` are refused.
"""

import math
import sys
from collections.abc import Callable
from typing import Any

MOST_NODES, MOST_BITS, MOST_DEEP = 20_000, 1_000_000, 200
_SYMBOL_BITS = 4.0  # of what a check may put in place of a symbol

# What is built as CLASS(*arguments, evaluate=False).
_EVALUATING = """Add Mul Pow Eq Ne Lt Le Gt Ge Equality Unequality StrictLessThan LessThan StrictGreaterThan GreaterThan
Abs sign re im arg conjugate Max Min Mod floor ceiling frac exp log LambertW sin cos tan cot sec csc asin acos atan acot
asec acsc atan2 sinh cosh tanh coth sech csch asinh acosh atanh acoth sinc factorial factorial2 binomial gamma loggamma
beta erf erfc erfi Heaviside DiracDelta KroneckerDelta zeta besselj bessely Derivative Piecewise Union Intersection
SymmetricDifference""".split()  # noqa: SIM905
# What is built as CLASS(*arguments).
_HOLDING = """ExprCondPair Integral Sum Product Limit Tuple And Or Not Xor Implies ITE Interval FiniteSet Complement
ProductSet Lambda ConditionSet ImageSet""".split()  # noqa: SIM905
_CONSTANTS = """Pi Exp1 ImaginaryUnit Infinity NegativeInfinity ComplexInfinity NaN GoldenRatio EulerGamma Catalan true
false EmptySet UniversalSet Reals Integers Naturals Naturals0 Rationals Complexes""".split()  # noqa: SIM905
_GROWING = ("factorial", "factorial2", "gamma", "binomial")
_PASSING = (*_HOLDING, "Max", "Min", "Abs", "Piecewise", "floor", "ceiling")
_MATRICES = ("Matrix", "ImmutableMatrix")


def kinds() -> tuple[type, ...]:
    """The classes of expressions and matrices, if SymPy is loaded."""
    sympy = sys.modules.get("sympy")
    found = (getattr(sympy, "Basic", None), getattr(sympy, "MatrixBase", None))
    return tuple(kind for kind in found if isinstance(kind, type))


def parts(value) -> list | None:
    """The nodes of an expression, the whole of it last; None for what is none, or has a node of another kind."""
    if not issubclass(type(value), kinds()):
        return None
    nodes: list[tuple] = []
    seen: dict[Any, int] = {}

    def add(expression, depth: int) -> int:
        if depth > MOST_DEEP or len(nodes) > MOST_NODES:
            raise ValueError("too large an expression")
        key = (type(expression), expression)
        if key not in seen:
            node = _node(expression, lambda part: add(part, depth + 1))
            nodes.append(node)
            seen[key] = len(nodes) - 1
        return seen[key]

    try:
        sympy = sys.modules["sympy"]
        if isinstance(value, sympy.MatrixBase):
            name = next((name for name in _MATRICES if type(value) is getattr(sympy, name)), "")
            cells = [add(cell, 0) for cell in value]
            return [*nodes, (name, *value.shape, cells)] if name and (not cells or _is_bounded(nodes)) else None
        add(value, 0)
        return nodes if _is_bounded(nodes) else None
    except (ValueError, RecursionError):
        return None


def build(nodes: list):
    """What `parts` told of. Raises ValueError, or what SymPy does, for anything else."""
    import sympy

    if len(nodes) > MOST_NODES + 1 or not _is_bounded(nodes):
        raise ValueError("too large an expression")
    made: list[Any] = []
    for at, node in enumerate(nodes):
        match node:
            case "Matrix" | "ImmutableMatrix" as name, int(rows), int(columns), list(cells) if at == len(nodes) - 1:
                if rows < 0 or columns < 0 or rows * columns != len(cells):
                    raise ValueError("not the shape of a matrix")
                return getattr(sympy, name)(rows, columns, [made[cell] for cell in cells])
            case _:
                made.append(_built(sympy, node, made))
    return made[-1]


def _node(expression, add: Callable[[Any], int]) -> tuple:
    """A node; its arguments by the numbers that `add` gives them. Raises ValueError for one of another kind."""
    sympy = sys.modules["sympy"]
    kind = type(expression)
    if isinstance(expression, sympy.Integer):
        return "Integer", int(expression)
    if isinstance(expression, sympy.Rational):
        return "Rational", int(expression.p), int(expression.q)
    if kind is sympy.Float:
        sign, mantissa, exponent, bits = (int(part) for part in expression._mpf_)
        return "Float", sign, mantissa, exponent, bits, int(expression._prec)
    if kind in (sympy.Symbol, sympy.Dummy):
        said = getattr(expression, "_assumptions_orig", None)  # else with all that follows from it, which is the same
        facts = sorted((expression.assumptions0 if said is None else said).items())
        return kind.__name__, expression.name, [part for pair in facts for part in pair], _dummy_index(expression)
    for name in _CONSTANTS:
        if expression is getattr(sympy.S, name):
            return "constant", name
    if isinstance(expression, sympy.core.function.AppliedUndef):
        return "applied", kind.__name__, [add(part) for part in expression.args]
    name = kind.__name__
    if name in (*_EVALUATING, *_HOLDING) and _class(sympy, name) is kind:
        return "node", name, [add(part) for part in expression.args]
    raise ValueError(f"{name} is not of the list")


def _built(sympy, node: tuple, made: list):
    match node:
        case "Integer", int(value):
            return sympy.Integer(value)
        case "Rational", int(above), int(below) if below > 0:
            return sympy.Rational(above, below)
        case "Float", 0 | 1 as sign, int(mantissa), int(exponent), int(bits), int(precision) if 0 < precision < 20_000:
            if mantissa < 0 or mantissa.bit_length() != bits or abs(exponent) > 10**9:
                raise ValueError("not a number")
            return sympy.Float((sign, mantissa, exponent, bits), precision=precision)
        case "Symbol" | "Dummy" as name, str(text), list(facts), number:
            pairs = dict(zip(facts[::2], facts[1::2], strict=True))
            if not all(type(key) is str and key.isidentifier() and type(held) is bool for key, held in pairs.items()):
                raise ValueError("not what is known of a symbol")
            if name == "Symbol":
                return sympy.Symbol(text, **pairs)
            return sympy.Dummy(text, dummy_index=int(number), **pairs)
        case "constant", str(name) if name in _CONSTANTS:
            return getattr(sympy.S, name)
        case "applied", str(name), list(arguments) if name.isidentifier():
            return sympy.Function(name)(*(made[part] for part in arguments), evaluate=False)
        case "node", str(name), list(arguments) if name in _EVALUATING:
            return _class(sympy, name)(*(made[part] for part in arguments), evaluate=False)
        case "node", str(name), list(arguments) if name in _HOLDING:
            return _class(sympy, name)(*(made[part] for part in arguments))
    raise ValueError("not a node of an expression")


def _class(sympy, name: str) -> type:
    return sympy.functions.elementary.piecewise.ExprCondPair if name == "ExprCondPair" else getattr(sympy, name)


def _dummy_index(symbol) -> int:
    return int(getattr(symbol, "dummy_index", 0))


def _is_bounded(nodes: list) -> bool:
    """Whether an expression is no larger than it looks, and no number in it could become too large.

    Of each node: how large it is when written out, how deep, and how many bits its value may have.
    """
    known: list[tuple[int, int, float]] = []
    for at, node in enumerate(nodes):
        match node:
            case "node" | "applied" as tag, str(name), list(arguments):
                inner = [known[part] for part in arguments if type(part) is int and 0 <= part < at]
                if len(inner) != len(arguments):
                    raise ValueError("an argument that is not there")
                size, depth = 1 + sum(each[0] for each in inner), 1 + max((each[1] for each in inner), default=0)
                bits = _bits(name if tag == "node" else "", [each[2] for each in inner])
            case (("Integer" | "Rational"), *values):
                size, depth, bits = 1, 0, float(max(value.bit_length() for value in values))
            case (("Symbol" | "Dummy"), *_):
                size, depth, bits = 1, 0, _SYMBOL_BITS
            case (("Matrix" | "ImmutableMatrix"), _, _, list(cells)):
                size, depth, bits = sum(known[cell][0] for cell in cells), 0, 0.0
            case _:
                size, depth, bits = 1, 0, 2.0
        if size > MOST_NODES or depth > MOST_DEEP or bits > MOST_BITS:
            return False
        known.append((size, depth, bits))
    return bool(known)


def _bits(name: str, inner: list[float]) -> float:
    """How many bits a value may have whose parts have so many, roughly and rather too many."""
    if name == "Pow" and len(inner) == 2:
        return inner[0] * 2.0 ** min(inner[1], 64)
    if name in _GROWING:
        return 2.0 ** min(max(inner, default=0), 64) * max(inner, default=0)
    if name == "Mul":
        return sum(inner)
    if name == "Add":
        return max(inner, default=0) + math.log2(len(inner) + 1)
    return (
        max(inner, default=0.0) if name in (*_HOLDING, "Max", "Min", "Abs", "Piecewise", "floor", "ceiling") else 10.0
    )
