"""How does a change of one number travel through a formula? Along every path, one slope after the other.

Compute with `Value`s instead of numbers, and each result remembers what it was made from. Then one sweep
backward gives the derivative of the result by every number that went in:

    x, w = Value(2.0, "x"), Value(-3.0, "w")
    loss = (w * x + 1).tanh()
    loss.backward()
    w.grad                          # ∂loss/∂w

The graph points from a result to its parents. Each node holds the slopes ∂node/∂parent, numbers by the time
the node exists, so going backward is nothing but multiplying and adding:

    ∂L/∂u = Σ_{v ∈ Γ(u)} ∂L/∂v · ∂v/∂u        Γ(u): the nodes made directly from u

Source: IITB "Backpropagation" (the sum over Γ(u)); UT "Some facts from real analysis" (the chain rule).
"""

import math
from collections import Counter
from numbers import Real


class Value:
    """A number that knows where it came from.

    data: the number.  grad: ∂L/∂self, after `L.backward()`.  name: what it is called, or what made it ("×").
    parents: the nodes it was made from, none for a leaf.  slopes: ∂self/∂parent for each of them.

    Plain numbers mix in: `2 * w + 1`.  Raises TypeError for anything that is not a real number.
    """

    __slots__ = ("data", "grad", "name", "parents", "slopes")

    def __init__(self, data, name=""):
        if not isinstance(data, Real):
            raise TypeError(f"expected a real number, got {data!r}")
        self.data, self.name, self.grad = float(data), name, 0.0
        self.parents = self.slopes = ()

    def __add__(self, other):
        """u + v        slopes 1 and 1"""
        other = other if type(other) is Value else Value(other)
        return _node("+", self.data + other.data, (self, other), (1.0, 1.0))

    def __sub__(self, other):
        """u − v        slopes 1 and −1"""
        other = other if type(other) is Value else Value(other)
        return _node("−", self.data - other.data, (self, other), (1.0, -1.0))

    def __mul__(self, other):
        """u v        slopes v and u"""
        other = other if type(other) is Value else Value(other)
        return _node("×", self.data * other.data, (self, other), (other.data, self.data))

    def __truediv__(self, other):
        """u / v        slopes 1/v and −u/v²"""
        other = other if type(other) is Value else Value(other)
        quotient = self.data / other.data
        return _node("÷", quotient, (self, other), (1 / other.data, -quotient / other.data))

    def __pow__(self, n):
        """uⁿ for a plain number n        slope n uⁿ⁻¹"""
        if not isinstance(n, Real):
            raise TypeError(f"expected a plain number as exponent, got {n!r}; u ** v is (v * u.log()).exp()")
        u, whole = self.data, float(n).is_integer()
        if (u < 0 and not whole) or (u == 0 and n < 1 and n != 0):
            raise ValueError(f"expected a number where u^{n:g} has a slope, such as u > 0, got u = {u:g}")
        slope = n * u ** (n - 1) if n else 0.0
        return _node(f"^{n:g}", u**n, (self,), (slope,))

    def __neg__(self):
        """−u        slope −1"""
        return _node("−", -self.data, (self,), (-1.0,))

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
        return _node("exp", e, (self,), (e,))

    def log(self):
        """log u, natural        slope 1/u"""
        if not self.data > 0:
            raise ValueError(f"expected a positive number to take the log of, got {self.data:g}")
        return _node("log", math.log(self.data), (self,), (1 / self.data,))

    def tanh(self):
        """tanh u        slope 1 − tanh² u"""
        t = math.tanh(self.data)
        return _node("tanh", t, (self,), (1 - t * t,))

    def relu(self):
        """max(0, u)        slope 1 if u > 0, else 0"""
        on = self.data > 0
        return _node("relu", self.data if on else 0.0, (self,), (1.0 if on else 0.0,))

    def sigmoid(self):
        """σ(u) = 1 / (1 + e^−u)        slope σ(u) σ(−u)"""
        e = math.exp(-abs(self.data))  # never overflows, see activations.sigmoid
        large, small = 1 / (1 + e), e / (1 + e)
        return _node("σ", large if self.data >= 0 else small, (self,), (large * small,))

    def backward(self):
        """Set `grad` of every node below to ∂self/∂node. Old gradients are replaced, never added to."""
        order = inner_nodes(self)
        for node in order:
            for parent in node.parents:
                parent.grad = 0.0
        self.grad = 1.0
        for node in order:
            grad = node.grad  # complete: every node made from this one came earlier
            for parent, slope in zip(node.parents, node.slopes):  # noqa: B905 (`strict` takes a fifth of the sweep)
                parent.grad += grad * slope

    def __repr__(self):
        return f"Value({self.data:g}, {self.name!r})"


def _node(name, data, parents, slopes):
    node = Value.__new__(Value)  # skips the check of __init__: numbers made from numbers are numbers
    node.data, node.name, node.grad, node.parents, node.slopes = data, name, 0.0, parents, slopes
    return node


def inner_nodes(output):
    """The nodes below `output` that have parents, in topological order: each before its parents.

    A leaf has nothing to pass on, so it is not visited. A stack of our own takes the place of recursion,
    which Python ends after a thousand calls.
    """
    finished, seen, stack = [], set(), [output] if output.parents else []
    while stack:
        node = stack.pop()
        if node is None:  # all that node beneath this mark was made from is finished
            finished.append(stack.pop())
        elif node not in seen:
            seen.add(node)
            stack.append(node)
            stack.append(None)
            for parent in node.parents:
                if parent.parents:
                    stack.append(parent)
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
    its own: a node that is reached along k paths passes its share on k times. In a chain of n nodes made from
    u, u·u, (u·u)·(u·u), … the first is 2n and the second 2ⁿ⁺¹ − 2.

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
    depth = {}
    for node in reversed(inner_nodes(output)):
        depth[node] = 1 + max(depth.get(parent, 0) for parent in node.parents)
    for node in reversed(inner_nodes(output)):
        for parent in node.parents:
            if not parent.parents:
                depth[parent] = min(depth.get(parent, depth[node]), depth[node] - 1)
    columns = [[] for _ in range(max(depth.values(), default=0) + 1)]
    for node in all_nodes(output):
        columns[depth.get(node, 0)].append(node)
    height = {}
    for column in columns:
        column.sort(key=lambda node: sum(height[p] for p in node.parents) / len(node.parents) if node.parents else 0)
        height |= {node: place - (len(column) - 1) / 2 for place, node in enumerate(column)}
    return columns
