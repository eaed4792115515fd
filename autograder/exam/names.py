"""The global names of given and check cells: whose each is, in the order of the notebook."""

import builtins
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import Any, Protocol

from autograder.names import bound


class NotGiven(NameError):
    """A name that the instructor's cells should have made, and did not. The student's own of that name is not it."""


def is_of_a_cell(kind: type) -> bool:
    """Whether a class was defined in a given or check cell: these run under the name that `Names` gives them."""
    return kind.__module__ == "__main__"


class Namespace(Protocol):
    """The student's names, as `exam.student.Student` knows them."""

    def lookup(self, name: str) -> Any: ...
    def has(self, name: str) -> bool: ...
    def all_names(self) -> list[str]: ...


class Names(dict):
    """Their own first, then Python's, then the student's; `in` and `dir()` show the student's, too.

    given, own: names that are the instructor's, and the student's, as the assignment says.
    student: gives the student's names.
    """

    def __init__(self, given: Iterable[str], own: Collection[str], student: Callable[[], Namespace]):
        super().__init__(__name__="__main__", __builtins__=builtins, get_ipython=lambda: _Shell(self))
        self.history = [""]
        """The texts of all cells up to the one that runs: what `In` is in a kernel."""
        if "In" not in own:
            self["In"] = self.history
        self._student, self._own = student, own
        self._owed = dict.fromkeys(given, "a given cell that has not run")
        self._any_owed = ""
        self._handed_over: set[str] = set()
        self._of_checks: set[str] = set()
        self._looked_up: set[str] = set()
        self._looked_at_all = False
        self.deleted: set[str] = set()
        """Names that the running check has deleted; not gone for good, wherever they were."""
        self.asked_student = False
        """Whether a cell has asked for a name of the student's; who wants to know sets it back."""

    def __missing__(self, name: str):
        if hasattr(builtins, name) or name in self.deleted:
            raise KeyError(name)
        if owing := self._owing(name):
            raise NotGiven(f"{name!r} comes from {owing}")
        self.asked_student = True
        self._looked_up.add(name)
        return self._student().lookup(name)

    def __delitem__(self, name: str) -> None:
        self[name]  # a NameError if there is none
        self.pop(name, None)
        self.deleted.add(name)

    # Names that a cell asks about

    def __contains__(self, name: object) -> bool:
        if dict.__contains__(self, name):
            return True
        if not (isinstance(name, str) and self._is_students(name)):
            return False
        self._looked_up.add(name)
        return self._student().has(name)

    def looked_up_one_of(self, names: Collection[str]) -> bool:
        """Whether a cell has asked the student's for one of these, or for all there are."""
        return not self._looked_up.isdisjoint(names) or (self._looked_at_all and bool(names))

    def get(self, name: str, default=None):
        """What the name is bound to. Libraries ask for names of modules, such as `__loader__`: never the student's."""
        if dict.__contains__(self, name) or self._is_students(name):
            with suppress(KeyError):
                return self[name]
        return default

    def keys(self) -> list[str]:  # type: ignore[override]  # enough for `dir()`
        """All names that there are. A loop over the names, and a copy of them, has those that are bound here only."""
        self._looked_at_all = True
        students = [name for name in self._student().all_names() if self._is_students(name)]
        return list(dict.fromkeys([*self.plain, *students]))

    def items(self) -> list[tuple[str, Any]]:  # type: ignore[override]
        """All names with what they are bound to, as far as that can be looked at."""
        found = []
        for name in self.keys():
            with suppress(Exception):
                found.append((name, self[name]))
        return found

    def values(self) -> list:  # type: ignore[override]
        """What all names are bound to."""
        return [value for _, value in self.items()]

    def _is_students(self, name: str) -> bool:
        special = name.startswith("__") and name.endswith("__")
        return not (special or hasattr(builtins, name) or name in self.deleted or self._owing(name))

    # Whose a name is

    @property
    def plain(self) -> dict[str, Any]:
        """What is bound here."""
        return dict(dict.items(self))

    def owe(self, source: str, who: str) -> None:
        """A cell of the instructor's did not run to its end: what it did not bind must not be the student's now."""
        self._owed |= dict.fromkeys(bound(source).difference(self._own), who)

    def owe_all(self, who: str) -> None:
        """One that may bind names which its text does not show did not run to its end."""
        self._any_owed = who

    def hand_over(self, names: Iterable[str]) -> None:
        """An answer changes these by the instructor's own solution: they are the student's, until a cell binds them.

        Not modules: a setting that is changed in one does not make it another.
        """
        for name in names:
            if not isinstance(dict.get(self, name), ModuleType):
                self._forget(name)
                self._owed.pop(name, None)
                self._handed_over.add(name)

    def give_back(self, name: str) -> None:
        """A check has put back what a name of the student's was bound to."""
        self._forget(name)

    @contextmanager
    def shell_for_modules(self) -> Iterator[None]:
        """Around the run of our cells: modules of the instructor's find it among Python's own names, as in a kernel."""
        builtins.get_ipython = self["get_ipython"]  # type: ignore[attr-defined]  # not Python's
        try:
            yield
        finally:
            del builtins.get_ipython  # type: ignore[attr-defined]

    @contextmanager
    def bound_by_given(self) -> Iterator[None]:
        """Around the run of a given cell: what it binds is no check's any more."""
        before = self.plain
        try:
            yield
        finally:
            self._of_checks -= self._bound_since(before)
            self.deleted.clear()  # the worker has run the cell, too

    @contextmanager
    def bound_by_check(self) -> Iterator[None]:
        """Around the run of a check: what it binds outlives the worker. What it deletes is there again afterwards."""
        before = self.plain
        try:
            yield
        finally:
            self._of_checks |= self._bound_since(before)
            for name in self.deleted & before.keys():
                self.setdefault(name, before[name])
            self.deleted.clear()

    @contextmanager
    def replayed(self, is_lost: Callable[[object], bool]) -> Iterator[None]:
        """Around cells that run again for a fresh worker: what checks bound stays, but for objects of the lost one."""
        kept = {name: value for name, value in self.plain.items() if name in self._of_checks}
        try:
            yield
        finally:
            for name, value in kept.items():
                if is_lost(value):
                    self._forget(name)
                    if name not in self._own:
                        self._owed[name] = "a check, as an object of a process that has ended"
                else:
                    dict.__setitem__(self, name, value)

    def set_back(self, before: dict[str, Any]) -> None:
        """Bind again what was bound before an attempt at a check."""
        self.clear()
        self.update(before)
        self.deleted.clear()

    def _owing(self, name: str) -> str:
        is_own = name in self._own or name in self._handed_over
        return self._owed.get(name) or ("" if is_own else self._any_owed)

    def _forget(self, name: str) -> None:
        self.pop(name, None)
        self._of_checks.discard(name)

    def _bound_since(self, before: dict[str, Any]) -> set[str]:
        return {name for name, value in self.plain.items() if name not in before or before[name] is not value}


class _Shell:
    """What `get_ipython()` gives to our own cells: magics say how to show things, and here nobody is looking."""

    def __init__(self, names: Names):
        self.user_ns = self.user_global_ns = names

    def run_line_magic(self, name: str, line: str) -> None:
        """Do nothing."""

    def run_cell_magic(self, name: str, line: str, body: str) -> None:
        """Do nothing: a cell in another language, or one that is only timed, checks nothing."""
