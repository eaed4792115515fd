"""Inputs stay as they are: a call that changes what it was given fails, before anybody looks at numbers.

Watched are the calls that a check makes to the functions, and to the methods of the classes, of an exercise; not those
that they make to each other. Of a generator each step is watched, since its code runs after the call. Arrays, lists,
dictionaries and sets count, however deep they lie in each other. Objects with a state of their own do not: a method may
change `self`, and drawing changes a generator.
"""

import functools
import inspect
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FunctionType, GeneratorType
from typing import Any

import numpy as np

from nnkit.testing import CheckFailed


def changed(name: str) -> CheckFailed:
    """The failure of a function that changed its argument `name`, in the words that are the same everywhere."""
    return CheckFailed(f"your function changed the {name} it was given: work on a copy")


@contextmanager
def kept(
    namespace: dict,
    names: Iterable[str],
    *,
    before: Callable[[Any], None] = lambda function: None,
    changes: bool = False,
) -> Iterator[None]:
    """While this lasts, what a namespace holds under these names refuses to change its arguments.

    before: called with the function itself before each call from outside.  changes: it may change them all the same.
    """
    watch = _Watch(namespace, before, changes)
    for name in names:
        watch.start(name)
    try:
        yield
    finally:
        watch.stop()


class _Watch:
    """Watches the calls from outside to functions and classes of a namespace, which may call each other."""

    def __init__(self, namespace: dict, before: Callable[[Any], None], changes: bool):
        self._namespace, self._before, self._changes, self._inside = namespace, before, changes, False
        self._plain: dict[str, FunctionType] = {}
        self._watched: dict[str, Callable] = {}
        self._methods: list[tuple[type, str, FunctionType]] = []

    def start(self, name: str) -> None:
        """Put a watched function in the place of one, or watch the methods of a class."""
        value = self._namespace.get(name)
        if isinstance(value, FunctionType):
            self._plain[name] = value
            self._watched[name] = self._namespace[name] = self._watch(value)
        elif isinstance(value, type):
            for key, method in list(vars(value).items()):
                if isinstance(method, FunctionType):
                    self._methods.append((value, key, method))
                    setattr(value, key, self._watch(method, is_method=True))

    def stop(self) -> None:
        """Put everything back, but for names that hold something else by now."""
        for name, watched in self._watched.items():
            if self._namespace.get(name) is watched:
                self._namespace[name] = self._plain[name]
        for kind, key, method in self._methods:
            setattr(kind, key, method)

    def _watch(self, function: FunctionType, *, is_method: bool = False) -> Callable:
        """The function, and any that it returns, so that a call from outside may not change an argument."""

        @functools.wraps(function)
        def call(*arguments, **keywords):
            if self._inside:
                return function(*arguments, **keywords)
            self._before(function)
            given = () if self._changes else (*arguments[is_method:], *keywords.values())
            held = [Held(value) for value in given]
            with self._calling():
                answer = function(*arguments, **keywords)

            def look() -> None:
                for was in held:
                    if was.is_changed:
                        raise changed(_name_of(was.value, function, arguments, keywords))

            look()
            if isinstance(answer, Iterator) and type(answer).__module__ in ("builtins", "itertools"):
                steps = answer if isinstance(answer, GeneratorType) else (item for item in answer)
                return self._step_by_step(steps, look)
            is_inner = isinstance(answer, FunctionType) and answer.__code__ in function.__code__.co_consts
            return self._watch(answer) if is_inner else answer

        return call

    def _step_by_step(self, steps: Generator, look: Callable[[], None]) -> Generator:
        """A generator that goes through another one, and looks after each step."""
        step = partial(next, steps)
        while True:
            try:
                with self._calling():
                    item = step()
            except StopIteration as end:
                look()
                return end.value
            look()
            try:
                step = partial(steps.send, (yield item))
            except GeneratorExit:
                with self._calling():
                    steps.close()
                raise
            except BaseException as error:
                step = partial(steps.throw, error)

    @contextmanager
    def _calling(self) -> Iterator[None]:
        """While a call runs, the functions are themselves again, so that a recursion is as deep as its author sees."""
        if self._inside:
            yield
            return
        self._inside = True
        self._namespace.update(self._plain)
        try:
            yield
        finally:
            self._namespace.update(self._watched)
            self._inside = False


class Held:
    """What an argument held, with all plain data that lie in it."""

    def __init__(self, value):
        self.value = value
        self._parts: dict[int, tuple[Any, Any]] = {}
        waiting = [value]
        while waiting:
            part = waiting.pop()
            if id(part) in self._parts:
                continue
            held = _content(part)
            if held is not None:
                self._parts[id(part)] = (part, held)
            if isinstance(part, tuple | list):
                waiting += part
            elif isinstance(part, dict):
                waiting += part.values()

    @property
    def is_changed(self) -> bool:
        """Whether some of it holds something else now."""
        return any(not _same(_content(part), held) for part, held in self._parts.values())


def _content(value):
    """A copy of what a container holds by itself; None for a value that cannot change, or has a state of its own."""
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype, np.asarray(value).tobytes()
    if isinstance(value, list | bytearray):
        return list(value)
    if isinstance(value, dict):
        return [part for pair in value.items() for part in pair]
    return set(value) if isinstance(value, set) else None


def _same(now, held) -> bool:
    """Whether two contents are the same: of lists and the like the same objects."""
    if isinstance(held, list):
        return len(now) == len(held) and all(map(_is_same, now, held))
    return now == held


def _is_same(one, other) -> bool:
    return one is other or (type(one) is type(other) and isinstance(one, _CONSTANTS) and one == other)


_CONSTANTS = (str, bytes, int, float, complex, np.generic)


def _name_of(value, function: Callable, arguments: tuple, keywords: dict) -> str:
    """What a function calls one of its arguments."""
    given = inspect.signature(function).bind(*arguments, **keywords).arguments
    return next((name for name, argument in given.items() if argument is value), "input")
