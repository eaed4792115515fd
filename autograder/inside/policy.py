"""Import policy: does a student's function use a module that the exercise forbids?

It looks at what the function's names are bound to, not at import lines, so an alias made three cells earlier is found,
too. It is a rule of the course, not a wall: who copies a library's text into the notebook is not found.
"""

import dis
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from types import CodeType, FunctionType, ModuleType

_LOADS = {"LOAD_GLOBAL", "LOAD_NAME"}
_ATTRIBUTES = {"LOAD_ATTR", "LOAD_METHOD", "IMPORT_FROM"}


class ForbiddenModule(ImportError):
    """The exercise forbids this module."""

    def __init__(self, modules: Iterable[str]):
        super().__init__(f"this exercise does not allow {', '.join(sorted(modules))}")


def check_imports(value, forbid: Iterable[str], namespace: dict, given_files: Iterable[str] = ()) -> None:
    """Raise ForbiddenModule if `value`, or a function of the student's that it uses, uses a forbidden module.

    value: what a name of the student's is bound to.  namespace: the student's names.
    given_files: `co_filename` of the given cells; what functions from there do is the instructor's business.
    """
    forbid = tuple(forbid)
    if not forbid:
        return
    used = {name for item in _reachable(value, namespace, set(given_files)) for name in _forbidden(item, forbid)}
    if used:
        raise ForbiddenModule(used)


def _forbidden(item, forbid: tuple[str, ...]) -> list[str]:
    """The forbidden modules that an item is, comes from, or (for a string) names."""
    if isinstance(item, str):
        return [m for m in forbid if f"{item}.".startswith(f"{m}.") or ("import" in item and m in item)]
    home = item.__name__ if isinstance(item, ModuleType) else getattr(item, "__module__", None)
    if home is None:  # functions in C often do not say where they come from
        return [module for module in forbid if _holds(module, item)]
    home = home if isinstance(home, str) else type(item).__module__
    return [module for module in forbid if f"{home}.".startswith(f"{module}.")]


def _holds(module: str, item) -> bool:
    """Whether a module that is loaded, or one inside it, has the item under its own name."""
    name = getattr(item, "__name__", None)
    inside = [loaded for key, loaded in list(sys.modules.items()) if f"{key}.".startswith(f"{module}.")]
    return isinstance(name, str) and any(vars(loaded).get(name) is item for loaded in inside if loaded)


def _reachable(value, namespace: dict, given_files: set[str]) -> Iterator:
    """Everything that the code behind `value` names: objects, and the modules it imports (as strings)."""
    waiting, seen = [value], set()
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        yield item
        if isinstance(item, FunctionType):
            if item.__module__ == "__main__" and item.__code__.co_filename not in given_files:
                waiting += _named(item.__code__, namespace)
                waiting += [cell.cell_contents for cell in item.__closure__ or () if _is_full(cell)]
                waiting += [*(item.__defaults__ or ()), *(item.__kwdefaults__ or {}).values()]
        elif isinstance(item, type):
            if item.__module__ == "__main__":
                waiting += [*vars(item).values(), *item.__bases__]
        elif isinstance(item, property):
            waiting += [part for part in (item.fget, item.fset) if part]
        elif isinstance(item, partial):
            waiting += [item.func, *item.args, *item.keywords.values()]
        elif type(item).__module__ == "__main__":
            waiting += [type(item), *getattr(item, "__dict__", {}).values()]
        elif hasattr(item, "__func__") or hasattr(item, "__wrapped__"):
            waiting.append(getattr(item, "__func__", None) or item.__wrapped__)


def _named(code: CodeType, namespace: dict) -> list:
    """What a piece of code names: globals, attributes of modules, imported modules, and long enough strings."""
    found: list = []
    current = None
    module = ""
    for instruction in dis.get_instructions(code):
        name, argument = instruction.opname, instruction.argval
        if name in _LOADS:
            current = namespace.get(argument)
            found.append(current)
        elif name == "IMPORT_NAME":
            current, module = None, argument
            found.append(argument)
        elif name in _ATTRIBUTES and isinstance(argument, str):
            if name == "IMPORT_FROM":
                found.append(f"{module}.{argument}")
            current = getattr(current, argument, None) if isinstance(current, ModuleType) else None
            found.append(current)
        elif name not in ("PUSH_NULL", "CACHE", "NOP"):
            current = None
        if isinstance(argument, str) and name == "LOAD_CONST":
            found.append(argument)
        if isinstance(argument, CodeType):
            found += _named(argument, namespace)
    return [item for item in found if item is not None]


def _is_full(cell) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True
