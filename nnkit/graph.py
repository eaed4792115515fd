"""How does a change of one number travel through a formula? Along every path, one slope after the other.

Compute with `Value`s instead of numbers, and each result remembers what it was made from. Then one sweep
backward gives the derivative of the result by every number that went in:

    x, w = Value(2.0, "x"), Value(-3.0, "w")
    loss = (w * x + 1).tanh()
    loss.backward()
    w.grad                          # ∂loss/∂w

The graph points from a result to the one or two nodes it was made from. Each node holds its slopes by them,
numbers by the time the node exists, so going backward is nothing but multiplying and adding:

    ∂L/∂u = Σ_{v ∈ Γ(u)} ∂L/∂v · ∂v/∂u        Γ(u): the nodes made directly from u

Source: IITB "Backpropagation" (the sum over Γ(u)); UT "Some facts from real analysis" (the chain rule).
"""

import math
from collections import Counter
from numbers import Real


class Value:
    """A number that knows where it came from.

    data: the number.  grad: ∂L/∂self, after `L.backward()`.  name: what it is called, or what made it ("×").
    u, v: the nodes it was made from; v is None if there is one, and both are for a leaf.
    du, dv: the slopes ∂self/∂u and ∂self/∂v. The operations below fill in these four.

    Plain numbers mix in: `2 * w + 1`.  Raises TypeError for anything that is not a real number.
    """

    __slots__ = ("data", "du", "dv", "grad", "name", "u", "v")

    def __init__(self, data, name="", u=None, du=0.0, v=None, dv=0.0):
        self.data = data if u is not None else _number(data)
        self.grad = 0.0
        self.name = name
        self.u, self.du = u, du
        self.v, self.dv = v, dv

    @property
    def parents(self):
        """The nodes it was made from: u and v, u alone, or none."""
        return tuple(node for node in (self.u, self.v) if node is not None)

    def __add__(self, other):
        """u + v        slopes 1 and 1"""
        other = other if type(other) is Value else Value(other)
        return Value(self.data + other.data, "+", self, 1.0, other, 1.0)

    def __sub__(self, other):
        """u − v        slopes 1 and −1"""
        other = other if type(other) is Value else Value(other)
        return Value(self.data - other.data, "−", self, 1.0, other, -1.0)

    def __mul__(self, other):
        """u v        slopes v and u"""
        other = other if type(other) is Value else Value(other)
        return Value(self.data * other.data, "×", self, other.data, other, self.data)

    def __truediv__(self, other):
        """u / v        slopes 1/v and −u/v²"""
        other = other if type(other) is Value else Value(other)
        quotient = self.data / other.data
        return Value(quotient, "÷", self, 1 / other.data, other, -quotient / other.data)

    def __pow__(self, n):
        """uⁿ for a plain number n        slope n uⁿ⁻¹"""
        if not isinstance(n, Real):
            raise TypeError(f"expected a plain number as exponent, got {n!r}; u ** v is (v * u.log()).exp()")
        u, n = self.data, float(n)
        if (u < 0 and not n.is_integer()) or (u == 0 and n < 1 and n != 0):
            raise ValueError(f"expected a number where u^{n:g} has a slope, such as u > 0, got u = {u:g}")
        slope = n * u ** (n - 1) if n else 0.0
        return Value(u**n, f"^{n:g}", self, slope)

    def __neg__(self):
        """−u        slope −1"""
        return Value(-self.data, "−", self, -1.0)

    __radd__, __rmul__ = __add__, __mul__  # 2 + w and 2 * w

    def __rsub__(self, other):
        return Value(other) - self

    def __rtruediv__(self, other):
        return Value(other) / self

    def exp(self):
        """e^u        slope e^u"""
        if self.data > 709:
            raise OverflowError(f"expected an exponent of at most 709, the largest floats allow, got {self.data:g}")
        e = math.exp(self.data)
        return Value(e, "exp", self, e)

    def log(self):
        """log u, natural        slope 1/u"""
        if not self.data > 0:
            raise ValueError(f"expected a positive number to take the log of, got {self.data:g}")
        return Value(math.log(self.data), "log", self, 1 / self.data)

    def tanh(self):
        """tanh u        slope 1 − tanh² u"""
        t = math.tanh(self.data)
        return Value(t, "tanh", self, 1 - t * t)

    def relu(self):
        """max(0, u)        slope 1 if u > 0, else 0"""
        on = self.data > 0
        return Value(self.data if on else 0.0, "relu", self, 1.0 if on else 0.0)

    def sigmoid(self):
        """σ(u) = 1 / (1 + e^−u)        slope σ(u) σ(−u)"""
        e = math.exp(-abs(self.data))  # never overflows, see activations.sigmoid
        large, small = 1 / (1 + e), e / (1 + e)
        return Value(large if self.data >= 0 else small, "σ", self, large * small)

    def backward(self):
        """Set `grad` of every node below to ∂self/∂node. Old gradients are replaced, never added to."""
        order = inner_nodes(self)
        for node in order:
            node.u.grad = 0.0
            if node.v is not None:
                node.v.grad = 0.0
        self.grad = 1.0
        for node in order:
            grad = node.grad  # complete: every node made from this one came earlier
            node.u.grad += grad * node.du
            if node.v is not None:
                node.v.grad += grad * node.dv

    def __repr__(self):
        return f"Value({self.data:g}, {self.name!r})"


def _number(data) -> float:
    if not isinstance(data, Real):
        raise TypeError(f"expected a real number, got {data!r}")
    return float(data)


def inner_nodes(output):
    """The nodes from `output` down that were made from others, in topological order: each before its parents.

    A leaf has nothing to pass on, so it is not visited. A stack of our own takes the place of recursion,
    which Python ends after a thousand calls.
    """
    finished, seen, stack = [], set(), [output] if output.u is not None else []
    while stack:
        node = stack.pop()
        if node is None:  # all that node beneath this mark was made from is finished
            finished.append(stack.pop())
        elif node not in seen:
            seen.add(node)
            stack.append(node)
            stack.append(None)
            if node.u.u is not None:
                stack.append(node.u)
            if node.v is not None and node.v.u is not None:
                stack.append(node.v)
    return finished[::-1]


def all_nodes(output):
    """Every node of the graph in the order of computation: leaves where they are first needed, `output` last."""
    found = {}
    for node in reversed(inner_nodes(output)):
        found.update(dict.fromkeys((*node.parents, node)))
    return list(found) or [output]


def products(output):
    """How many products the gradients of all nodes cost: (with memory, without).

    With ∂L/∂v remembered at each node, one product per edge. Without, every path from the output is walked on
    its own: a node that is reached along k paths passes its share on k times. For a number that is multiplied
    by itself n times over, ((u²)²)² …, the first is 2n and the second 2ⁿ⁺¹ − 2.

    Source: IITB "Backpropagation" (memoization).
    """
    paths = Counter({output: 1})
    with_memory = without = 0
    for node in inner_nodes(output):
        for parent in node.parents:
            paths[parent] += paths[node]
            with_memory += 1
            without += paths[node]
    return with_memory, without


def describe(output):
    """The graph in words, one node after the other: the alt text of its picture."""
    words = []
    for node in all_nodes(output):
        made = f" from {' and '.join(_label(parent) for parent in node.parents)}" if node.parents else ""
        words.append(f"{node.name or 'number'}{made} is {node.data:.3g}, gradient {node.grad:.3g}")
    return "A computational graph. " + "; ".join(words) + "."


def _label(node):
    return node.name if node.name and not node.parents else f"{node.data:.3g}"


def layers(output):
    """The nodes in columns from left to right, for drawing: each node to the right of all its parents.

    A leaf stands right before the first node made from it. Within a column, nodes are ordered by the mean
    height of their parents, which keeps most edges from crossing.
    """
    depth: dict[Value, int] = {}
    for node in reversed(inner_nodes(output)):
        depth[node] = 1 + max(depth.get(parent, 0) for parent in node.parents)
    for node in reversed(inner_nodes(output)):
        for parent in node.parents:
            if not parent.parents:
                depth[parent] = min(depth.get(parent, depth[node]), depth[node] - 1)
    columns: list[list[Value]] = [[] for _ in range(max(depth.values(), default=0) + 1)]
    for node in all_nodes(output):
        columns[depth.get(node, 0)].append(node)
    height: dict[Value, float] = {}
    for column in columns:
        column.sort(key=lambda node: sum(height[p] for p in node.parents) / len(node.parents) if node.parents else 0)
        height |= {node: place - (len(column) - 1) / 2 for place, node in enumerate(column)}
    return columns
