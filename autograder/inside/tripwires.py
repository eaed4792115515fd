"""Tripwires: while a check of an exercise runs that forbids modules, nobody but libraries gets anything out of them.

policy.py sees what a function holds. What it fetches at run time, by a name that it puts together, from `sys.modules`
or with a fresh import, is caught here: a forbidden module looks who asks it for an attribute, and so does the import of
one. Libraries and given cells may ask, also when a student's function has called them.
"""

import sys
from collections.abc import Iterable
from types import FrameType, ModuleType

from nnkit.notebook.policy import ForbiddenModule, Origins, loaded_under, under


class Tripwires:
    """Laid in the modules that are loaded, and in the way of those that are not yet."""

    def __init__(self):
        self._forbid: tuple[str, ...] = ()
        self._origins = Origins()
        self._plain: list[tuple[ModuleType, type]] = []
        self._kinds: dict[tuple[type, tuple[str, ...]], type] = {}

    def lay(self, forbid: tuple[str, ...], origins: Origins) -> None:
        """Forbid these modules, and no others, from now on."""
        self.take_up()
        if not forbid:
            return
        self._forbid, self._origins = forbid, origins
        for name, module in loaded_under(forbid):
            self._wire(module, under(name, forbid))
        sys.meta_path.insert(0, self)

    def take_up(self) -> None:
        """Allow all modules."""
        for module, kind in self._plain:
            module.__class__ = kind
        self._plain.clear()
        self._forbid = ()
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(self, name: str, path=None, target=None) -> None:
        """Part of the import system: a module is about to be loaded."""
        if modules := under(name, self._forbid):
            self._look_who_asks(modules)

    def _wire(self, module: ModuleType, modules: list[str]) -> None:
        kind = type(module)
        try:
            module.__class__ = self._wired(kind, tuple(modules))
        except TypeError:  # a module in C of an odd kind
            return
        self._plain.append((module, kind))

    def _wired(self, kind: type, modules: tuple[str, ...]) -> type:
        """A class of modules that look who asks them for something. It is made once: a library has hundreds."""
        if (kind, modules) not in self._kinds:

            def look(module, name: str):
                # Python's tools look at such names of every module there is, but `__dict__` leads to all others.
                if name == "__dict__" or not name.startswith("__"):
                    self._look_who_asks(modules)
                return kind.__getattribute__(module, name)  # type: ignore[call-arg]  # it is a method

            self._kinds[kind, modules] = type("Wired", (kind,), {"__getattribute__": look})
        return self._kinds[kind, modules]

    def _look_who_asks(self, modules: Iterable[str]) -> None:
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            names = frame.f_globals
            if not self._origins.is_library(names):
                if self._origins.is_given(frame.f_code):
                    return
                raise ForbiddenModule(modules)
            if names["__name__"].partition(".")[0] not in sys.stdlib_module_names:
                return
            frame = frame.f_back  # Python's own, such as importlib and inspect, ask for somebody else
