"""Import policy: does a student's function use a module that the exercise forbids?

It follows values, not names: what the code's names are bound to, and what the function's closure, defaults, attributes
and containers hold. So an alias made three cells earlier is found, wherever it is kept; a library's own functions may
use what they like. What is only fetched while the check runs is for the grader's tripwires to catch. It is a rule of
the course, not a wall: who copies a library's text into the notebook is not found.
"""

import dis
import gc
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

MOST_ITEMS = 20_000  # that are looked at for one name

_LOADS = {"LOAD_GLOBAL", "LOAD_NAME"}
_ATTRIBUTES = {"LOAD_ATTR", "LOAD_METHOD", "IMPORT_FROM"}
# With these, code reaches a global by a string; so the strings in it may be names.
_REFLECTION = {"globals", "vars", "locals", "eval", "exec", "compile", "getattr", "__builtins__", "__import__"}
_REFLECTING_MODULES = {"sys", "gc", "inspect", "builtins", "operator", "importlib", "__main__"}
# Instances of these libraries are containers and wrappers of somebody's values; of others we look at the class alone.
_TRANSPARENT = sys.stdlib_module_names | {"numpy"}
_ATOMS = (str, bytes, bytearray, int, float, complex, type(None), np.generic, range, slice, type(Ellipsis))
_MUTABLE_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made by a class statement, or like one
_IMMUTABLE_TYPE = 1 << 8


class ForbiddenModule(ImportError):
    """The exercise forbids this module.

    sentence: the same that stands above the exercise.
    """

    def __init__(self, modules: Iterable[str]):
        self.sentence = f"this exercise does not allow {', '.join(sorted(modules))}"
        super().__init__(self.sentence)


@dataclass(frozen=True)
class Origins:
    """Tells whose code is whose.

    given_files: `co_filename` of the given cells; what functions from there do is the instructor's business.
    beside: the folder of the files beside the notebook: modules from there are the student's.
    """

    given_files: frozenset[str] = frozenset()
    beside: str = ""

    def is_given(self, code: CodeType) -> bool:
        return code.co_filename in self.given_files

    def is_library(self, names: dict) -> bool:
        """Whether these are the global names of a module of a library."""
        name = names.get("__name__")
        module = sys.modules.get(name) if isinstance(name, str) and name != "__main__" else None
        if module is None or _names_of(module) is not names:
            return False
        file = names.get("__file__") or next(iter(names.get("__path__") or ()), "")
        return not (self.beside and isinstance(file, str) and file.startswith(self.beside))


def check_imports(
    value, forbid: Iterable[str], namespace: dict, given_files: Iterable[str] = (), beside: str = ""
) -> None:
    """Raise ForbiddenModule if `value`, or a function of the student's that it uses, uses a forbidden module.

    value: what a name of the student's is bound to.  namespace: the student's names.  given_files, beside: see Origins.
    """
    forbid = tuple(forbid)
    if not forbid:
        return
    origins = Origins(frozenset(given_files), beside)
    _OWNERS.learn(forbid)
    used = {name for item in _reachable(value, namespace, origins) for name in _forbidden(item, forbid)}
    if used:
        raise ForbiddenModule(used)


def under(name: str, forbid: Iterable[str]) -> list[str]:
    """The forbidden modules that a module of this name is, or is inside of."""
    return [module for module in forbid if f"{name}.".startswith(f"{module}.")]


def loaded_under(forbid: Iterable[str]) -> list[tuple[str, ModuleType]]:
    """The modules that are loaded and are forbidden, with their names."""
    beginnings = tuple(f"{module}." for module in forbid)  # all of them at once: there are some 2,000 modules
    found = [(name, module) for name, module in list(sys.modules.items()) if f"{name}.".startswith(beginnings)]
    return [(name, module) for name, module in found if isinstance(module, ModuleType)]


class _Text(str):
    """A string of the student's code, or the name of a module that it imports."""


def _forbidden(item, forbid: tuple[str, ...]) -> list[str]:
    """The forbidden modules that an item is, comes from, or (for a text) names."""
    if isinstance(item, _Text):
        return [m for m in forbid if under(item, (m,)) or ("import" in item and m in item)]
    if isinstance(item, _ATOMS):
        return []
    if known := _OWNERS.forbidden(item, forbid):
        return known
    if isinstance(item, ModuleType):
        home = _names_of(item).get("__name__")
    elif isinstance(item, FunctionType):
        home = item.__globals__.get("__name__")
    else:
        home = getattr(item if isinstance(item, type) else type(item), "__module__", None)
    return under(home, forbid) if isinstance(home, str) else []


class _Owners:
    """Which modules define an object, looked up by its id. Each module is looked through once."""

    def __init__(self):
        self._known: set[tuple[str, int, int]] = set()
        # With the object itself, so that its id stays its own.
        self._homes: dict[int, tuple[object, list[tuple[bool, str]]]] = {}
        self._looked: tuple[int, tuple[str, ...]] = (0, ())

    def learn(self, forbid: tuple[str, ...]) -> None:
        """Look through the modules that are loaded and are forbidden, as far as they are new or have grown."""
        if self._looked == (len(sys.modules), forbid):
            return
        for name, module in loaded_under(forbid):
            mark = name, id(module), len(_names_of(module))
            if mark not in self._known:
                with suppress(Exception):  # of an object that stands for another one, and has none yet
                    for value in (module, *_own(module, name)):
                        self._homes.setdefault(id(value), (value, []))[1].append((_is_python(module), name))
                self._known.add(mark)
        self._looked = len(sys.modules), forbid

    def forbidden(self, item, forbid: tuple[str, ...]) -> list[str]:
        """The forbidden module that defines an item, if one does.

        What is made in C belongs to the module in C, whoever else has imported it.
        """
        _, homes = self._homes.get(id(item), (None, ()))
        found = [(is_python, under(name, forbid)[-1]) for is_python, name in homes if under(name, forbid)]
        return [min(found, key=lambda each: each[0])[1]] if found else []


_OWNERS = _Owners()


def _is_python(module: ModuleType) -> bool:
    return str(_names_of(module).get("__file__")).endswith(".py")


def look_around() -> None:
    """Look at all modules that are loaded: a fork server does it once for the processes that it forks."""
    _OWNERS.learn(tuple({name.partition(".")[0] for name in sys.modules}))


def _own(module: ModuleType, name: str) -> list:
    """What a module defines and can be called.

    Functions in C do not say where they come from, and of others `__module__` can be changed.
    """
    values = [v for v in _names_of(module).values() if callable(v) and not isinstance(v, ModuleType)]
    return [v for v in values if id(v) not in _everybodys() and not _is_from_elsewhere(v, name)]


@lru_cache(maxsize=1)
def _everybodys() -> frozenset[int]:
    """Ids of what may be used under any name that a module gives it."""
    modules = [*(sys.modules[name] for name in ("builtins", "types", "math", "numpy")), np.random]
    return frozenset(id(value) for module in modules for value in _names_of(module).values())


def _is_from_elsewhere(value, name: str) -> bool:
    """Whether the module of this name has only imported a value: another one has it under its name."""
    home, own_name = getattr(value, "__module__", None), getattr(value, "__name__", None)
    if not isinstance(home, str) or home == name or home not in sys.modules:
        return False
    return _names_of(sys.modules[home]).get(own_name) is value


def _reachable(value, namespace: dict, origins: Origins) -> Iterator:
    """Everything that the code behind `value` can reach: objects, the modules it imports and its strings (as _Text)."""
    waiting, seen = [value], {id(namespace): namespace}
    while waiting and len(seen) < MOST_ITEMS:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen[id(item)] = item  # which also keeps it, and its id with it
        yield item
        waiting += _parts(item, namespace, origins)


def _parts(item, namespace: dict, origins: Origins) -> list:
    """What an item of the student's holds or uses; nothing of what is a library's or given."""
    if isinstance(item, (*_ATOMS, ModuleType)):
        return []
    if isinstance(item, FunctionType):
        if origins.is_library(item.__globals__) or origins.is_given(item.__code__):
            return []
        held = [*(item.__defaults__ or ()), *(item.__kwdefaults__ or {}).values(), *vars(item).values()]
        return [*held, *gc.get_referents(*(item.__closure__ or ())), *_named(item.__code__, item.__globals__, origins)]
    if isinstance(item, CodeType):
        return _named(item, namespace, origins)
    if isinstance(item, np.ndarray):
        return item.ravel()[:MOST_ITEMS].tolist() if item.dtype.hasobject else []
    if isinstance(item, type):
        return (
            [] if _is_librarys(item, origins) or _is_given(item, origins) else [*vars(item).values(), *item.__bases__]
        )
    kind = type(item)
    if isinstance(item, dict) and origins.is_library(item):
        return []
    if _is_librarys(kind, origins) and kind.__module__.partition(".")[0] not in _TRANSPARENT:
        return []
    return [kind, *gc.get_referents(item)]


def _is_librarys(kind: type, origins: Origins) -> bool:
    """Whether a class is a library's: made in C, or one that its module has under its name."""
    if not kind.__flags__ & _MUTABLE_TYPE or kind.__flags__ & _IMMUTABLE_TYPE:
        return True
    module = sys.modules.get(kind.__module__) if isinstance(kind.__module__, str) else None
    if not isinstance(module, ModuleType):
        return False
    names = _names_of(module)
    outer, _, inner = kind.__qualname__.partition(".")
    return origins.is_library(names) and (names.get(outer) is kind or bool(inner and outer in names))


def _is_given(kind: type, origins: Origins) -> bool:
    functions = (value for value in vars(kind).values() if isinstance(value, FunctionType))
    methods = [function for function in functions if not origins.is_library(function.__globals__)]
    return bool(methods) and all(origins.is_given(method.__code__) for method in methods)


def _named(code: CodeType, names: dict, origins: Origins) -> list:
    """What a piece of code names: globals, attributes of modules, imported modules, and its strings.

    names: its global names.
    """
    found: list = []
    current = None
    module = ""
    for name, argument in _instructions(code):
        if name in _LOADS:
            current = names.get(argument)
            found.append(current)
        elif name == "IMPORT_NAME":
            current, module = None, argument
            found += [_Text(argument), sys.modules.get(argument)]
        elif name in _ATTRIBUTES and isinstance(argument, str):
            if name == "IMPORT_FROM":
                found.append(_Text(f"{module}.{argument}"))
            current = _attribute(current, argument)
            found.append(current)
        else:
            current = None
    texts = [constant for constant in code.co_consts if isinstance(constant, str)]
    found += map(_Text, texts)
    own = [item for item in found if isinstance(item, ModuleType) and not origins.is_library(_names_of(item))]
    words = {word for text in texts for word in re.findall(r"\w+", text)}
    for each in own:  # a file of the student's: what this code may use of it
        found += [_attribute(each, word) for word in words.union(code.co_names)]
    if _REFLECTION.union(_REFLECTING_MODULES) & {*code.co_names}:
        found += [names.get(word) for word in words]
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found += _named(constant, names, origins)
    return [item for item in found if item is not None]


@lru_cache(maxsize=1_000)  # each name that a check looks up leads to the same functions again
def _instructions(code: CodeType) -> list[tuple[str, Any]]:
    """Name and argument of each instruction, without those that do nothing."""
    idle = ("PUSH_NULL", "CACHE", "NOP")
    return [(i.opname, i.argval) for i in dis.get_instructions(code) if i.opname not in idle]


def _names_of(module: ModuleType) -> dict:
    """A module's names, without asking the module, which may be a tripwire."""
    return object.__getattribute__(module, "__dict__")


def _attribute(item, name: str):
    return _names_of(item).get(name) if isinstance(item, ModuleType) else None
