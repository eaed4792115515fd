"""The examiner's end of the conversation with a worker."""

import importlib
import inspect
import operator
import pickle
import socket
import sys
import warnings
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from functools import partial
from types import MemberDescriptorType, ModuleType
from typing import Any, NoReturn

import numpy as np

from autograder.exam.draws import is_draw
from autograder.exam.effects import Effects
from autograder.exam.stand_ins import CallableStandIn, ClassStandIn, Facts, StandIn, facts, is_stand_in
from autograder.inside import wire
from autograder.inside.conversation import Conversation
from autograder.inside.cut import cut
from autograder.inside.policy import ForbiddenModule
from autograder.inside.wire import Exchange, WireError
from nnkit.testing import CheckFailed

MAX_KEPT = 10_000  # objects of given classes that are put back after a check

# Where a name of the student's that is bound to a module may lead: to our own copy, and only under its usual name.
_USUAL_NAMES = {
    "np": "numpy",
    "plt": "matplotlib.pyplot",
    "mpl": "matplotlib",
    "pd": "pandas",
    "sp": "scipy",
    "sns": "seaborn",
    "tf": "tensorflow",
}


# What is taken of an answer, whatever the worker sends: characters of a message, of the way through the student's code,
# of a name, of what one call printed; and numbers of things. Honest workers send less, also where they say it was cut.
MESSAGE, STORY, NAME, PRINTED = 10_100, 50_100, 200, 2_000_000
MOST_ARGUMENTS, MOST_BASES, MOST_WARNINGS, MOST_NAMES = 100, 50, 100, 10_000

# Questions before which the worker need not know what the check has done: they run none of the student's functions.
_ABOUT_NAMES = frozenset(("lookup", "has", "names", "policy", "change", "settle"))

_SPARSE = ("bsr", "coo", "csc", "csr", "dia", "lil")  # a dok is a dict


class Interruption(BaseException):
    """The check cannot go on, also if it is answering a question. No code may catch this by accident."""


class WorkerLost(Interruption):
    """The worker died, did not answer in time, or did not keep to the form."""


class WorkerTimeout(WorkerLost):
    """A call, or a cell, took too long, and the worker was killed."""


class WorkerDied(WorkerLost):
    """The worker ended itself or was killed by a limit, or by its own code."""


class Student(Conversation):
    """A worker, asked by name.

    seconds: how long one call may take.
    operators: class → the methods that the exercise asks the student to give it.
    """

    interruptions = (Interruption,)

    def __init__(self, connection: socket.socket, *, seconds: float, operators: Mapping[str, Collection[str]]):
        super().__init__(connection)
        self._seconds = seconds
        self._operators = operators
        self._asked_for: dict[int, Collection[str]] = {}
        self._ours: list = []  # objects and
        self._raised: list = []  # exceptions of ours that the worker knows by number
        self._before = (0, 0)  # so many of both are from before the check that runs
        self._kept: dict[int, tuple[object, Any]] = {}
        # The same as it was before the call that runs, if that has called a function of ours.
        self._at_call: dict[int, tuple[object, Any]] | None = None
        self._exceptions: dict[int, type] = {}
        self._labels: dict[int, str] = {}
        self._asking = ""
        self._may_change: Callable[[str, bool], bool] = lambda name, returned: True
        self.changed: dict[str, bool] = {}
        self._effects: Effects | None = None
        self._is_telling = False
        self.lost: WorkerLost | None = None

    def close(self) -> None:
        """Hang up: the sandbox ends every process of this worker."""
        self._connection.close()

    def part(self, why: WorkerLost) -> None:
        """Hang up, for a reason that whoever asks again will meet."""
        self.lost = why
        self.close()

    def ask(self, operation: str, *arguments, seconds: float | None = None):  # type: ignore[override]  # it sets its own deadline
        """Ask the worker. Raises what the student's code raised, or WorkerLost: then nothing more can be asked."""
        if self.lost:
            raise self.lost
        if self._effects and operation not in _ABOUT_NAMES and (news := self._effects.news()):
            self._tell("change", *news)
        seconds = seconds or self._seconds
        around, self._asking = self._asking, self._label(operation, arguments)
        try:
            answer = super().ask(operation, *arguments, deadline=wire.Deadline(seconds))
            if operation == "getattr" and is_stand_in(answer):
                self._labels[facts(answer).number] = arguments[1]
            return self._effects.looked_at(operation, arguments, answer) if self._effects else answer
        except StopIteration as error:
            if operation == "next":
                raise
            # Out of a plain call it would quietly end the loop of the check around it.
            raise RuntimeError("StopIteration raised by a function") from error
        except (EOFError, OSError, WireError) as error:
            if getattr(error, "from_student", False):
                raise
            self._lose(self._why_lost(error, seconds))
        finally:
            if not around:
                self._weigh_methods()
            self._asking = around

    def out_of_form(self, what: str) -> NoReturn:
        """Part with a worker whose answer is of the wrong kind. Raises WorkerLost."""
        self._lose(WorkerDied(f"its answer cannot be read: {what}"))

    def _lose(self, lost: WorkerLost) -> NoReturn:
        self.part(lost)
        raise lost from None

    @staticmethod
    def _why_lost(error: Exception, seconds: float) -> WorkerLost:
        if isinstance(error, TimeoutError):
            return WorkerTimeout(f"no answer within {seconds:g} s")
        if isinstance(error, WireError):
            return WorkerDied(f"its answer cannot be read: {error}")
        return WorkerDied("it ended, or was ended by a limit, before it answered")

    def run(self, source: str, *, given: bool, figures: bool, seconds: float):
        """Run a cell; its outputs, as the worker says. A worker that raises here does not keep to the form.

        figures: draw them. That takes longer than most cells, and nobody needs to see those of released cells again.
        """
        if given:  # it runs on both sides, and draws the same numbers on both
            self._global_state.forget()
        try:
            return self.ask("run", source, given, figures, seconds=seconds)
        except WorkerLost:
            raise
        except BaseException as error:  # also a SystemExit that it claims to have met
            self._lose(WorkerDied(f"it cannot run cells any more: {type(error).__name__}"))

    # What the stand-ins need

    def begin_check(
        self, forbid: Collection[str], may_change: Callable[[str, bool], bool], effects: Effects | None = None
    ) -> None:
        """Tell the worker what the check's exercise forbids; operators are granted anew.

        may_change: whether a function of this name, which returned a value or not, may change its arguments. `changed`
        gathers those that did: name → whether there was a value.
        effects: what the check does to names and objects of the student's, told before the next question.
        """
        self._asked_for.clear()
        self._before = len(self._ours), len(self._raised)
        self.changed, self._may_change, self._effects = {}, may_change, effects
        self.ask("policy", list(forbid))

    def end_check(self) -> None:
        """Put back what the student's code changed of ours; functions that the check handed out belong to it alone."""
        self._effects = None
        self.take_back()
        for target, held in self._kept.values():
            _put_back(target, held)
        self._kept.clear()
        for known, before in zip((self._ours, self._raised), self._before, strict=True):
            known[before:] = [_Over()] * (len(known) - before)

    def settle(self, bound: dict, filled: list) -> None:
        """Let the worker put back the names that a check has bound or deleted, but for what stays of it."""
        self._tell("settle", bound, filled)

    def _tell(self, operation: str, *arguments) -> None:
        """Let the worker do what a check has done. What it says to that is of no consequence."""
        around, self._is_telling = self._is_telling, True
        try:
            self.ask(operation, *arguments)
        except BaseException as error:  # also a SystemExit that it claims to have met
            if not getattr(error, "from_student", False):
                raise
        finally:
            self._is_telling = around

    def wanted(self, changes: list, exchange: Exchange, *, returned: bool) -> list:
        """All, or none but that a random generator was drawn from, which is its use and no change."""
        if self._is_telling:
            return []
        draws = [change for change in changes if (found := exchange.generator(change)) and is_draw(*found)]
        if len(draws) == len(changes):
            return changes
        self.changed[self._asking] = self.changed.get(self._asking, False) or returned
        return changes if self._may_change(self._asking, returned) else draws

    def _weigh_methods(self) -> None:
        """What methods of ours changed, because the student's code called them, is a change as one of its own."""
        before, self._at_call = self._at_call, None
        changed = [(target, held) for target, held in (before or {}).values() if not _holds(target, held)]
        if changed:
            self.changed.setdefault(self._asking, False)
            if not self._may_change(self._asking, False):
                for target, held in changed:
                    _put_back(target, held)

    def _label(self, operation: str, arguments: tuple) -> str:
        """What the function that is asked for is called in the check."""
        target = arguments[0] if arguments else None
        return self._labels.get(facts(target).number, operation) if is_stand_in(target) else operation

    def lookup(self, name: str):
        """What a global name of the student's is bound to. Raises KeyError."""
        value = self.ask("lookup", name)
        if is_stand_in(value):
            self._labels[facts(value).number] = name
        if isinstance(value, _Module):
            return self._library(name, value.name)
        if type(value) is ClassStandIn and name in self._operators:
            self._asked_for[facts(value).number] = self._operators[name]
        return value

    def has(self, name: str) -> bool:
        """Whether the student has bound a global name."""
        answer = self.ask("has", name)
        return answer if type(answer) is bool else self.out_of_form("not a truth value")

    def all_names(self) -> list[str]:
        """The global names that the student has bound."""
        answer = self.ask("names")
        if type(answer) is not list or not all(type(name) is str for name in answer):
            self.out_of_form("not a list of names")
        return [cut(name, NAME) for name in answer[:MOST_NAMES]]

    def _library(self, name: str, module: str):
        usual = _USUAL_NAMES.get(name, name if name in sys.stdlib_module_names or name == module else None)
        if module != usual:
            raise KeyError(name)
        return importlib.import_module(module)

    def is_asked_for(self, stand_in: StandIn, method: str) -> bool:
        """Whether it is of a class that the exercise asks the student to give this operator."""
        known = facts(stand_in)
        number = known.number if type(stand_in) is ClassStandIn else known.class_number
        return method in self._asked_for.get(number, ())

    def library_class(self, names: tuple[str, str]) -> type | None:
        """Our own class of that module and name, if we have loaded it; never one whose values travel by value.

        Who claims to be a list and is none would pass for one, and be empty when a check loops over it.
        """
        module, name = names
        kind = _loaded(module, name)
        return kind if isinstance(kind, type) and module != "__main__" and not issubclass(kind, _by_value()) else None

    def signature(self, stand_in: StandIn) -> inspect.Signature:
        """The parameters of a student's function; defaults that are not plain are shown as `...`."""
        answer = self.ask("signature", stand_in)
        try:
            return inspect.Signature(
                [
                    inspect.Parameter(
                        str(name), inspect._ParameterKind(kind), default=default if known else inspect._empty
                    )
                    for name, kind, known, default in answer
                ]
            )
        except (TypeError, ValueError):
            self.out_of_form("not a signature")

    def take_over(self, global_state: dict) -> None:
        """Nothing: what numbers a check draws is not for the student to choose."""

    # How objects travel

    def export(self, value, exchange: Exchange) -> list:
        if is_stand_in(value):
            return ["yours", facts(value).number]
        if isinstance(value, ModuleType):
            return ["module", value.__name__]
        try:
            return ["pickle", pickle.dumps(value)]  # towards the worker only
        except Exception as error:  # what a check defines itself stays here and is asked
            if not (callable(value) or _is_of_a_check(type(value))):
                raise WireError(f"objects of type {type(value).__name__} do not travel") from error
            self._ours.append(value)
            self._keep(getattr(value, "__self__", value))
            return ["mine", len(self._ours) - 1, "callable" if callable(value) else "object", _name(value)]

    def resolve(self, reference: list, exchange: Exchange):
        match reference:
            case ["yours", int(number)] if 0 <= number < len(self._ours):
                return self._ours[number]
            case ["mine", int(number), str(kind), int(class_number), str(module), str(name)]:
                view = {"class": ClassStandIn, "callable": CallableStandIn}.get(kind, StandIn)
                return view(Facts(self, number, class_number, (module, name)))
            case ["module", str(name)]:
                return _Module(name)
            case ["error class", int(number), list(lineage)]:
                return self._exception_class(number, lineage)
            case ["table", packed]:
                return _table(exchange.unpack(packed))
            case ["sparse", packed]:
                return _sparse(*exchange.unpack(packed))
        raise WireError("a reference of an unknown kind")

    def _keep(self, value) -> None:
        """Remember what an instance of a class of a check or given cell holds, and all that it holds: its methods,
        which the student may call, can change it.
        """
        waiting = [value]
        while waiting and len(self._kept) < MAX_KEPT:
            value = waiting.pop()
            if id(value) in self._kept:
                continue
            held = _content(value)
            if held is not None:
                self._kept[id(value)] = (value, held)
                if self._at_call is not None:
                    self._at_call[id(value)] = (value, held)
            waiting += _parts(value, held)

    def plan(self, operation: str, arguments: tuple) -> Callable[[], object]:
        """What a student's code may do with an object of ours that it was given."""
        match operation, arguments:
            case "call" | "getattr", (_Over() as target, *_):
                return target
            case "call", (target, tuple(positional), tuple(keywords)) if self._is_ours(target):
                if self._at_call is None:
                    self._at_call = {number: (kept, _content(kept)) for number, (kept, _) in self._kept.items()}
                return partial(target, *positional, **dict(keywords))
            case "getattr", (target, str(name)) if self._is_ours(target):
                return partial(_attribute, target, name)
        raise WireError("a question that may not be asked")

    def _is_ours(self, target) -> bool:
        return any(target is ours for ours in self._ours)

    # How exceptions travel

    def export_exception(self, error: BaseException) -> list:
        self._raised.append(error)
        lineage = [base.__name__ for base in type(error).__mro__ if base is not object]
        message = error.sentence if isinstance(error, CheckFailed) else str(error)  # the details hold what is expected
        return ["mine", len(self._raised) - 1, lineage, cut(message, 1_000)]

    def resolve_exception(self, packed) -> BaseException:
        match packed:
            case ["yours", int(number)] if 0 <= number < len(self._raised):
                if isinstance(self._raised[number], _Over):
                    raise WireError("an exception of an earlier check")
                return self._raised[number]
            case ["error", int(number), list(lineage), list(arguments), str(message), str(story)]:
                kind = self._exception_class(number, lineage)
                error: Any = kind.__new__(kind)
                message, story = cut(message, MESSAGE), cut(story, STORY)
                plain = all(isinstance(a, str | int | float | None) for a in arguments[:MOST_ARGUMENTS])
                texts = (cut(a, MESSAGE) if isinstance(a, str) else a for a in arguments[:MOST_ARGUMENTS])
                error.args = tuple(texts) if plain else (message,)
                error.from_student, error.message, error.story = True, message, story
                return error
        raise WireError("an exception in an unknown form")

    def _exception_class(self, number: int, lineage: list) -> type[BaseException]:
        """Our class for a student's exception: the library's own, or a new one below the nearest that we have."""
        if number not in self._exceptions:
            self._exceptions[number] = _nearest_exception(lineage)
        return self._exceptions[number]

    # What a call printed and warned about

    def replay(self, notes: dict) -> Callable[[], None]:
        if not notes:  # of a cell: it shows by itself what it printed
            return lambda: None
        printed, warned = notes["streams"], notes["warnings"]
        for name, text in printed:
            if name not in ("stdout", "stderr") or not isinstance(text, str):
                raise WireError("not a stream and its text")
        told = [(cut(str(message), MESSAGE), _warning(lineage)) for lineage, message in warned[:MOST_WARNINGS]]

        def again() -> None:
            for name, text in printed:
                getattr(sys, name).write(cut(text, PRINTED))
            for message, kind in told:
                # Not under a name of the worker's choice: Python would show that file.
                warnings.warn_explicit(message, kind, "<student>", 1)

        return again


class _Over:
    """In place of an object that was handed out in a check which is over."""

    def __call__(self, *_):
        raise RuntimeError("this was handed out in an earlier check, and belongs to it")


class _Module:
    """A module in the worker: its name is all that we take from there."""

    def __init__(self, name: str):
        self.name = name


def _loaded(module: str, name: str):
    """What a module that we have loaded holds under a name. It is not asked: it might import something over it."""
    return getattr(sys.modules.get(module), "__dict__", {}).get(name)


def _by_value() -> tuple[type, ...]:
    """The classes whose values travel by value, also those of libraries that are loaded."""
    of_libraries = _loaded("pandas.core.generic", "NDFrame"), _loaded("scipy.sparse._base", "_spbase")
    return (*wire.BY_VALUE, *(kind for kind in of_libraries if isinstance(kind, type)))


def _nearest_exception(lineage: list) -> type[BaseException]:
    """The first exception class of a lineage that is loaded here; a new one below it if it is not the first."""
    names = [(cut(str(module), NAME), cut(str(name), NAME)) for module, name in lineage[:MOST_BASES]]
    for depth, (module, name) in enumerate(names):
        kind = _loaded(module, name)
        if isinstance(kind, type) and issubclass(kind, BaseException) and _may_be_named(kind):
            return kind if depth == 0 else type(names[0][1], (kind,), {"__module__": names[0][0]})
    return Exception


def _warning(lineage: list) -> type:
    kind = _nearest_exception(lineage)
    return kind if issubclass(kind, Warning) else UserWarning


def _may_be_named(kind: type) -> bool:
    """Our own verdicts are not for a student's code to speak, under whatever alias."""
    return kind is ForbiddenModule or not kind.__module__.startswith(("autograder", "nnkit.testing", "__main__"))


def _attribute(target, name: str):
    """An attribute that a student may see: of an instance of a check's class. A library's could lead anywhere."""
    if name.startswith("_") or not _is_of_a_check(type(target)):
        raise AttributeError(name)
    return getattr(target, name)


def _is_of_a_check(kind: type) -> bool:
    """Whether a class was defined in a cell."""
    return kind.__module__ == "__main__"


def _content(value):
    """What an object holds of its own that methods could change: a copy, for `_put_back`; None if there is nothing."""
    if type(value) in (list, dict, set, np.ndarray):
        return value.copy()
    if _is_of_a_check(type(value)) and not is_stand_in(value):
        return _slots(value) or None
    return None


def _slots(value) -> dict[MemberDescriptorType, object]:
    """What an instance holds in slots of its class."""
    found = {}
    for kind in filter(_is_of_a_check, type(value).__mro__):
        for member in vars(kind).values():
            if isinstance(member, MemberDescriptorType):
                with suppress(AttributeError):  # empty
                    found[member] = member.__get__(value)
    return found


def _parts(value, held) -> Collection:
    """What an object that is kept holds, to be kept as well."""
    if type(value) in (list, tuple):
        return value
    if isinstance(held, dict):
        return [*held.values(), getattr(value, "__dict__", None)]
    return [value.__dict__] if _is_of_a_check(type(value)) and hasattr(value, "__dict__") else ()


def _holds(value, held) -> bool:
    """Whether an object still holds what it held: the same objects, and in an array the same bytes."""
    if isinstance(value, np.ndarray):
        return value.shape == held.shape and value.tobytes() == held.tobytes()
    if isinstance(held, set):
        return {*map(id, value)} == {*map(id, held)}
    now = _content(value) or {}
    if isinstance(held, dict):
        now, held = ([part for pair in content.items() for part in pair] for content in (now, held))
    return len(now) == len(held) and all(map(operator.is_, now, held))


def _put_back(value, held) -> None:
    if not _is_of_a_check(type(value)):
        wire.restore(value, held)
        return
    for member in _slots(value).keys() - held.keys():
        member.__delete__(value)
    for member, content in held.items():
        member.__set__(value, content)


def _name(value) -> str:
    return str(getattr(value, "__name__", type(value).__name__))


def _table(parts):
    """A pandas column or table from its plain parts."""
    import pandas

    values, index, names = parts
    if isinstance(values, tuple):
        frame = pandas.DataFrame(dict(enumerate(values)), index=index)
        frame.columns = list(names)
        return frame
    return pandas.Series(values, index=index, name=names)


def _sparse(form: str, is_array: bool, shape: tuple, entries: np.ndarray, places: tuple):
    """A sparse matrix from its plain parts. SciPy looks whether the places lie in it only when they come as pairs; of
    another format it takes them as they are, and its C code would write wherever they lead.
    """
    from scipy import sparse

    if form not in _SPARSE or not all(type(part) is np.ndarray for part in (entries, *places)):
        raise WireError("not a sparse matrix")
    if entries.dtype.kind not in "biufc" or not all(place.dtype.kind in "iu" for place in places):
        raise WireError("a sparse matrix of something else than numbers")
    made = sparse.coo_array((entries, places), shape)
    return getattr(sparse, f"{form}_{'array' if is_array else 'matrix'}")(made)
