"""The examiner's end of the conversation with a worker."""

import builtins
import importlib
import inspect
import pickle
import re
import socket
import sys
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from functools import partial
from types import (
    AsyncGeneratorType,
    BuiltinFunctionType,
    CoroutineType,
    FunctionType,
    GeneratorType,
    MethodType,
    ModuleType,
)
from typing import Any, NamedTuple, NoReturn, Self

import numpy as np

from autograder.assignment import Settings
from autograder.exam.draws import is_draw
from autograder.exam.effects import Effects
from autograder.exam.kept import Kept, put_back
from autograder.exam.names import is_of_a_cell
from autograder.exam.stand_ins import (
    CONSTANT,
    CallableStandIn,
    ClassStandIn,
    CoroutineStandIn,
    Facts,
    LaterStandIn,
    Lineage,
    StandIn,
    ValuedStandIn,
    facts,
    is_stand_in,
    stand_in,
)
from autograder.exam.student_files import StudentFiles
from autograder.inside import formulas, tables, wire
from autograder.inside.conversation import Conversation
from autograder.inside.cut import cut
from autograder.inside.kinds import COMPARING
from autograder.inside.wire import Exchange, Unsendable, WireError
from nnkit.notebook.inputs import changed
from nnkit.notebook.policy import ForbiddenModule
from nnkit.notebook.sentences import MOST_SHAPES, Step, described, with_article
from nnkit.testing import CheckFailed

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
MOST_ARGUMENTS, MOST_BASES, MOST_WARNINGS, MOST_NAMES, MOST_STEPS = 100, 50, 100, 10_000, 20

# How many calls that gave a generator are followed further; the oldest is given up for a new one.
MOST_GOING_ON = 32

# Questions before which the worker need not know what the check has done: they run none of the student's functions.
_ABOUT_NAMES = frozenset(("lookup", "has", "names", "policy", "change", "settle"))

_WORD = re.compile(r"[^\W\d]\w*")
_SPARSE = ("bsr", "coo", "csc", "csr", "dia", "lil")  # a dok is a dict


# Python's own classes that an object in the worker may be of.
_PYTHONS = {
    "function": FunctionType,
    "method": MethodType,
    "builtin_function_or_method": BuiltinFunctionType,
    "generator": GeneratorType,
    "coroutine": CoroutineType,
    "async_generator": AsyncGeneratorType,
}


_VIEWS = {
    "class": ClassStandIn,
    "callable": CallableStandIn,
    "iterator": LaterStandIn,
    "coroutine": CoroutineStandIn,
}


class Interruption(BaseException):
    """The check cannot go on, also if it is answering a question. No code may catch this by accident."""


class WorkerLost(Interruption):
    """The worker died, did not answer in time, or did not keep to the form."""


class WorkerTimeout(WorkerLost):
    """A call, or a cell, took too long, and the worker was killed."""


class WorkerDied(WorkerLost):
    """The worker ended itself or was killed by a limit, or by its own code."""


class Told(NamedTuple):
    """What the worker says of an exception: its message, and its way through the student's code, as text and in steps.

    A line of a step is one of the student's, whatever the worker says.  given: what a check called that code with.
    """

    message: str
    story: str
    steps: tuple[Step, ...] = ()
    given: str = ""


class CallStopped(RuntimeError):
    """A StopIteration that came out of a call, where it ends no loop."""

    _told: Told | None

    @classmethod
    def by(cls, stop: StopIteration) -> Self:
        """What stands for it, with all that the worker says of it."""
        stopped = cls("StopIteration raised by a function")
        stopped._told = told(stop)
        return stopped


def told(error: BaseException | None) -> Told | None:
    """What the worker says of an exception; None if it is not from there."""
    return getattr(error, "_told", None)


class GoingOn(NamedTuple):
    """The exchange of a call that gave an iterator, as it goes on, and what the call handed over."""

    exchange: Exchange
    arguments: tuple


class CannotLeave(TypeError):
    """A check hands over what cannot travel: that is no fault of the student's."""

    def __init__(self, what: object):
        super().__init__(
            f"this check hands over what cannot leave the examiner ({what}): set this cell's mode to `in_process`"
        )


class Student(Conversation):
    """A worker, asked by name.

    seconds: how long one call may take.
    operators: class → the methods that the exercise asks the student to give it.
    given: the classes of given cells, by name, as they come.
    files: what is written beside the notebook, on either side.
    """

    trusted = True
    interruptions = (Interruption,)

    def __init__(
        self,
        connection: socket.socket,
        *,
        seconds: float,
        operators: Mapping[str, Collection[str]],
        given: Mapping[str, type],
        files: StudentFiles,
    ):
        super().__init__(connection)
        self._seconds = seconds
        self._operators, self._given, self._files = operators, given, files
        self._asked_for: dict[int, Collection[str]] = {}
        self._ours: list = []  # objects and
        self._raised: list = []  # exceptions of ours that the worker knows by number
        self._before = (0, 0)  # so many of both are from before the check that runs
        self._kept = Kept()
        self._exceptions: dict[int, type] = {}
        self._labels: dict[int, str] = {}
        self._lines: set[str] = set()  # of all cells
        self._words: set[str] = set()
        self._asking = ""
        self._plain, self._patched = _patchable(), dict[str, object]()
        self._may_change: Callable[[str, bool], bool] = lambda name, returned: True
        self._keeps_inputs, self._is_outer_call, self._overwritten = False, False, list[object]()
        self._going_on: dict[int, GoingOn] = {}
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
        if operation not in _ABOUT_NAMES | {"run", "files", "patch"}:
            self._tell_patches()
            if written := self._files.named(arguments):
                self._tell("files", written)
        seconds = seconds or self._seconds
        around, self._asking = self._asking, self._label(operation, arguments)
        begun = self._going_on.get(_number_of_later(*arguments[:1]))
        self._is_outer_call = not around and (operation == "call" or begun is not None)
        self._overwritten.clear()
        try:
            raised, answer = self.converse(operation, arguments, wire.Deadline(seconds))
        except Unsendable as error:
            raise CannotLeave(error) from None
        except (EOFError, OSError, WireError) as error:
            self._lose(self._why_lost(error, seconds))
        finally:
            if not around:
                self._weigh_methods()
            self._asking, self._is_outer_call = around, False
        if raised and operation == "call" and not around and (known := told(answer)):
            _, positional, keywords = arguments
            values = (*positional, *(value for _, value in keywords))
            answer._told = known._replace(given=" and ".join(map(described, values)))
        if self._overwritten and (not raised or (begun and isinstance(answer, _USED_UP))):
            raise changed(self._name_of(self._overwritten[0], *(begun.arguments if begun else arguments)))
        if not raised:
            if operation == "getattr" and is_stand_in(answer):
                self._labels[facts(answer).number] = arguments[1]
            return self._effects.looked_at(operation, arguments, answer) if self._effects else answer
        if isinstance(answer, StopIteration) and operation != "next":
            # Out of a plain call it would quietly end the loop of the check around it.
            raise CallStopped.by(answer) from answer
        raise answer

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

    def run(self, source: str, *, count: int, given: bool, figures: bool, seconds: float):
        """Run a cell; its outputs, as the worker says. A worker that raises here does not keep to the form.

        count: its number in the notebook, as a kernel counts.
        figures: draw them. That takes longer than most cells, and nobody needs to see those of released cells again.
        """
        self._lines.update(line.strip() for line in source.splitlines())
        self._words.update(_WORD.findall(source))
        if given:  # it runs on both sides, and draws the same numbers on both
            self._global_state.forget()
        return self._run("run", source, count, given, figures, seconds=seconds)

    def run_observed(self, source: str, *, seconds: float) -> tuple[list, dict]:
        """Run a cell of the instructor's notebook; its outputs, and what it changed (`inside.observer`)."""
        outputs, seen = self._run("observe", source, seconds=seconds)
        return outputs, seen

    def _run(self, operation: str, *arguments, seconds: float):
        try:
            return self.ask(operation, *arguments, seconds=seconds)
        except WorkerLost:
            raise
        except BaseException as error:  # also a SystemExit that it claims to have met
            self._lose(WorkerDied(f"it cannot run cells any more: {type(error).__name__}"))

    # What the stand-ins need

    def begin_check(
        self, settings: Settings, may_change: Callable[[str, bool], bool], effects: Effects | None = None
    ) -> None:
        """Tell the worker what the check's exercise forbids; operators are granted anew.

        settings: of the check.
        may_change: whether a function of this name, which returned a value or not, may change its arguments. `changed`
        gathers those that did: name → whether there was a value.
        effects: what the check does to names and objects of the student's, told before the next question.
        """
        self._asked_for.clear()
        self._before = len(self._ours), len(self._raised)
        self.changed, self._may_change, self._effects = {}, may_change, effects
        self._patched, self._keeps_inputs = {}, settings.keeps_inputs
        self.ask("policy", list(settings.forbid))

    def end_check(self) -> None:
        """Put back what the student's code changed of ours; functions that the check handed out belong to it alone."""
        self._effects = None
        self._going_on.clear()
        self.take_back()
        self._kept.put_all_back()
        for known, before in zip((self._ours, self._raised), self._before, strict=True):
            known[before:] = [_Over()] * (len(known) - before)

    def _tell_patches(self) -> None:
        """Let the student's code find `print`, `input` and `sys.stdin` as the check has them now."""
        now = {name: value for name, value in _patchable().items() if value is not self._plain[name]}
        if now.keys() != self._patched.keys() or any(now[name] is not self._patched[name] for name in now):
            self._patched = now
            self._tell("patch", {name: _called_here(name, value) for name, value in now.items()})

    def settle(self, bound: dict, filled: list) -> None:
        """Let the worker put back the names that a check has bound or deleted, but for what stays of it."""
        self._tell("settle", bound, filled)

    def _tell(self, operation: str, *arguments) -> None:
        """Let the worker do what a check has done. What it says to that is of no consequence."""
        around, self._is_telling = self._is_telling, True
        try:
            self.ask(operation, *arguments)
        except BaseException as error:  # also a SystemExit that it claims to have met
            if told(error) is None:
                raise
        finally:
            self._is_telling = around

    def begin(self, arguments: tuple) -> tuple[Exchange, list]:
        number = _number_of_later(*arguments[:1])
        begun = self._going_on.get(number)
        exchange = begun.exchange if begun else self.new_exchange()
        return exchange, [number if begun else None, list(self._going_on), exchange.changes()]

    def asked(self, arguments: tuple, exchange: Exchange, given: int, answer) -> None:
        number = _number_of_later(*arguments[:1])
        begun = self._going_on.pop(number, None)
        if begun is None:
            begun, number = GoingOn(exchange, arguments), _number_of_later(answer)
        if number != _NONE and given and not isinstance(answer, _USED_UP):
            self._labels[number] = self._asking
            self._going_on[number] = begun._replace(exchange=exchange.continued(given))
            while len(self._going_on) > MOST_GOING_ON:
                del self._going_on[next(iter(self._going_on))]

    def wanted(self, changes: list, exchange: Exchange, *, returned: bool) -> list:
        """All, or none but that a random generator or a stream was used as it is meant."""
        if self._is_telling:
            return []
        draws = ((change, exchange.generator(change)) for change in changes)
        uses = [change for change, found in draws if exchange.is_read(change) or (found and is_draw(*found))]
        if len(uses) == len(changes):
            return changes
        if self._keeps_inputs and self._is_outer_call:
            self._overwritten += [exchange.target(change) for change in changes if change not in uses]
            return uses
        self.changed[self._asking] = self.changed.get(self._asking, False) or returned
        return changes if self._may_change(self._asking, returned) else uses

    def _weigh_methods(self) -> None:
        """What methods of ours changed, because the student's code called them, is a change as one of its own."""
        if changed := self._kept.changed_in_call():
            self.changed.setdefault(self._asking, False)
            if not self._may_change(self._asking, False):
                for target, held in changed:
                    put_back(target, held)

    def _name_of(self, value: object, function: StandIn, positional: tuple, keywords: tuple) -> str:
        """What a function of the student's calls the argument that a value is, or lies in."""
        given = (*positional, *(argument for _, argument in keywords))
        argument = next((argument for argument in given if _holds(argument, value)), None)
        with suppress(Exception):  # whatever its author says that it takes
            bound = self.signature(function).bind(*positional, **dict(keywords)).arguments
            return cut(next(name for name, known in bound.items() if known is argument), NAME)
        return "input"

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

    def nearest_class(self, lineage: Lineage) -> type | None:
        """The first of these classes that is our own: of a given cell, or of a library that we have loaded.

        Never one whose values travel by value: who claims to be a list and is none would pass for one, and be empty
        when a check loops over it.
        """
        for module, name in lineage:
            if module == "__main__":
                kind = self._given.get(name)
            else:
                kind = _PYTHONS.get(name) if module == "builtins" else _loaded(module, name)
            if isinstance(kind, type) and kind is not object:
                return None if wire.is_a_kind(kind) or issubclass(kind, _by_value()) else kind
        return None

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
        except Exception:  # for a name that is none, also an IndexError
            self.out_of_form("not a signature")

    def take_over(self, global_state: dict) -> None:
        """Nothing: what numbers a check draws is not for the student to choose."""

    # How objects travel

    def export(self, value, exchange: Exchange) -> list:
        if is_stand_in(value):
            return ["yours", facts(value).number]
        if isinstance(value, ModuleType):
            return ["module", value.__name__]
        kind = type(value)
        if issubclass(kind, list | dict | set) or (is_of_a_cell(kind) and wire.is_a_kind(kind)):
            return exchange.pack_base(value)  # what the student's code puts into it counts for more than its class
        if _is_used_by_changing(value):  # the student's code would change a copy
            raise Unsendable(with_article(type(value).__name__))
        if not _is_iterator(value):
            with suppress(Exception):  # what a check defines itself stays here and is asked
                return ["pickle", pickle.dumps(value)]  # towards the worker only
        how = _how_it_is_asked(value)
        if not how:
            raise Unsendable(with_article(type(value).__name__))
        self._ours.append(value)
        self._kept.keep(getattr(value, "__self__", value))
        return ["mine", len(self._ours) - 1, how, _name(value)]

    def resolve(self, reference: list, exchange: Exchange):
        match reference:
            case ["yours", int(number)] if 0 <= number < len(self._ours):
                return self._ours[number]
            case ["mine", int(number), "valued", int(class_number), list(lineage), value]:
                plain = exchange.unpack(value)
                if not (plain is None or issubclass(type(plain), CONSTANT)):
                    raise WireError("not the value of an object")
                return stand_in(ValuedStandIn, Facts(self, number, class_number, _lineage(lineage), plain))
            case ["mine", int(number), str(kind), int(class_number), list(lineage)]:
                known = Facts(self, number, class_number, _lineage(lineage))
                ours = self._own_class(known.lineage[0]) if kind == "class" else None
                return ours or stand_in(_VIEWS.get(kind, StandIn), known)
            case ["module", str(name)]:
                return _Module(name)
            case ["error class", int(number), list(lineage)]:
                return self._exception_class(number, lineage)
            case ["pandas", packed]:
                return tables.build_constant(exchange.unpack(packed))
            case ["formula", packed]:
                return formulas.build(exchange.unpack(packed))
            case ["sparse", packed]:
                return _sparse(*exchange.unpack(packed))
        raise WireError("a reference of an unknown kind")

    def _own_class(self, names: tuple[str, str]) -> type | None:
        """Our own class for one of a student's that is the same on both sides. Of libraries only those of plain data:
        a check may call it, and what comes of that must not be for the student to choose.
        """
        module, name = names
        plain = {
            kind.__name__: kind for kind in (object, bool, int, float, complex, str, bytes, list, tuple, dict, set)
        }
        return self._given.get(name) if module == "__main__" else plain.get(name) if module == "builtins" else None

    def plan(self, operation: str, arguments: tuple) -> Callable[[], object]:
        """What a student's code may do with an object of ours that it was given."""
        match operation, arguments:
            case "call" | "getattr" | "next", (_Over() as target, *_):
                return target
            case "next", (target,) if self._is_ours(target) and _is_iterator(target):
                return partial(next, target)
            case "call", (target, tuple(positional), tuple(keywords)) if self._is_ours(target):
                self._kept.begin_call()
                return partial(target, *positional, **dict(keywords))
            case "getattr", (target, str(name)) if self._is_ours(target):
                return partial(_attribute, target, name)
        raise WireError("a question that may not be asked")

    def _is_ours(self, target) -> bool:
        return any(target is ours for ours in reversed(self._ours))  # mostly the last one

    # How exceptions travel

    def export_exception(self, error: BaseException, exchange: Exchange) -> list:
        if isinstance(error, Unsendable):
            error = CannotLeave(error)
        self._raised.append(error)
        lineage = [base.__name__ for base in type(error).__mro__ if base is not object]
        message = error.sentence if isinstance(error, CheckFailed) else str(error)  # the details hold what is expected
        return ["mine", len(self._raised) - 1, lineage, cut(message, 1_000)]

    def resolve_exception(self, packed, exchange: Exchange) -> BaseException:
        match packed:
            case ["yours", int(number)] if 0 <= number < len(self._raised):
                if isinstance(self._raised[number], _Over):
                    raise WireError("an exception of an earlier check")
                return self._raised[number]
            case [
                "error",
                int(number),
                list(lineage),
                list(arguments),
                [str(message), str(story), list(steps)],
                list(attributes),
            ]:
                kind = self._exception_class(number, lineage)
                error: Any = kind.__new__(kind)
                message, story = cut(message, MESSAGE), cut(story, STORY)
                plain = all(isinstance(a, str | int | float | None) for a in arguments[:MOST_ARGUMENTS])
                texts = (cut(a, MESSAGE) if isinstance(a, str) else a for a in arguments[:MOST_ARGUMENTS])
                error.args = tuple(texts) if plain else (message,)
                for name, packed in attributes[:MOST_ARGUMENTS]:
                    value = exchange.unpack(packed)
                    if _may_be_set(name) and not (name in COMPARING and callable(value)):
                        with suppress(AttributeError, TypeError, ValueError):  # Python's own check what they hold
                            setattr(error, name, value)
                error._told = Told(message, story, self._steps(steps))
                return error
        raise WireError("an exception in an unknown form")

    def _steps(self, steps: list) -> tuple[Step, ...]:
        """The way of an exception, with nothing in it but shapes that does not stand in the cells: else a function
        could tell what a hidden test has called it with.
        """
        found = []
        for function, line, shapes in steps[:MOST_STEPS]:
            line = line if line in self._lines else ""
            named = ((name, tuple(map(int, shape[:10]))) for name, shape in shapes[:MOST_SHAPES] if name in line)
            known = all(word in self._words for word in function.split("."))
            found.append(Step(function if known else "function", line, tuple(named)))
        return tuple(found)

    def _exception_class(self, number: int, lineage: list) -> type[BaseException]:
        """Our class for a student's exception: the library's own, or a new one below the nearest that we have."""
        if number not in self._exceptions:
            self._exceptions[number] = _nearest_exception(lineage, self._given)
        return self._exceptions[number]

    # What a call printed and warned about

    def replay(self, notes: dict) -> Callable[[], None]:
        if not notes:  # of a cell: it shows by itself what it printed
            return lambda: None
        printed, warned, files = notes["streams"], notes["warnings"], notes.get("files", {})
        if not all(type(name) is str and (data is None or type(data) is bytes) for name, data in files.items()):
            raise WireError("not names of files and what they hold")
        for name, text in printed:
            if name not in ("stdout", "stderr") or not isinstance(text, str):
                raise WireError("not a stream and its text")
        told = [(cut(str(message), MESSAGE), _warning(lineage)) for lineage, message in warned[:MOST_WARNINGS]]

        def again() -> None:
            self._files.take(files)
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


_NONE = -1
_USED_UP = StopIteration, StopAsyncIteration


def _number_of_later(value=None) -> int:
    """The number of an object of the student's whose code runs after the call that it came from; `_NONE` of others."""
    return facts(value).number if issubclass(type(value), LaterStandIn) else _NONE


def _holds(argument, value) -> bool:
    """Whether an argument is an object, or has it somewhere in its lists, tuples and dictionaries."""
    waiting, seen = [argument], set[int]()
    while waiting:
        part = waiting.pop()
        if part is value:
            return True
        if not is_stand_in(part) and isinstance(part, list | tuple | dict) and id(part) not in seen:
            seen.add(id(part))
            waiting += part.values() if isinstance(part, dict) else part
    return False


def _patchable() -> dict[str, object]:
    """What checks put something of their own in place of, to see what a student's code does with it."""
    return {"input": builtins.input, "print": builtins.print, "stdin": sys.stdin}


def _called_here(name: str, value: Any) -> Callable:
    """A function, or the lines of a stream, as something that stays here and is called."""
    call = value.readline if name == "stdin" else value
    return lambda *arguments, **keywords: call(*arguments, **keywords)


def _loaded(module: str, name: str):
    """What a module that we have loaded holds under a name. It is not asked: it might import something over it."""
    return getattr(sys.modules.get(module), "__dict__", {}).get(name)


def _by_value() -> tuple[type, ...]:
    """Classes of libraries whose values travel by value, besides those of `wire.is_a_kind`."""
    of_libraries = _loaded("pandas.core.generic", "NDFrame"), _loaded("scipy.sparse._base", "_spbase")
    return (*formulas.kinds(), *(kind for kind in of_libraries if isinstance(kind, type)))


def _nearest_exception(lineage: list, given: Mapping[str, type]) -> type[BaseException]:
    """The first exception class of a lineage that is given or loaded here; a new one below if it is not the first."""
    names = _lineage(lineage)
    for depth, (module, name) in enumerate(names):
        kind = given.get(name) if module == "__main__" else _loaded(module, name)
        if (
            isinstance(kind, type)
            and issubclass(kind, BaseException)
            and (kind in given.values() or _may_be_named(kind))
        ):
            return kind if depth == 0 else type(names[0][1], (kind,), {"__module__": names[0][0]})
    return Exception


def _may_be_set(name) -> bool:
    """Whether it is the name of an attribute of the student's. Ours begin with an underscore."""
    return isinstance(name, str) and name.isidentifier() and name[0] != "_" and not hasattr(BaseException, name)


def _lineage(lineage: list) -> Lineage:
    return tuple((cut(str(module), NAME), cut(str(name), NAME)) for module, name in lineage[:MOST_BASES]) or (("", ""),)


def _warning(lineage: list) -> type:
    kind = _nearest_exception(lineage, {})
    return kind if issubclass(kind, Warning) else UserWarning


def _may_be_named(kind: type) -> bool:
    """Our own verdicts are not for a student's code to speak, under whatever alias."""
    return kind is ForbiddenModule or not kind.__module__.startswith(("autograder", "nnkit.testing", "__main__"))


def _attribute(target, name: str):
    """An attribute that a student may see: of an instance of a check's class. A library's could lead anywhere."""
    if name.startswith("_") or not is_of_a_cell(type(target)):
        raise AttributeError(name)
    return getattr(target, name)


def _how_it_is_asked(value) -> str:
    """What the worker may do with an object that stays here; "" for one that is of no use from afar."""
    if callable(value) and type(value).__module__ != "sqlite3":  # a connection can be called, to no use
        return "callable"
    if _is_iterator(value):
        return "iterator"
    return "object" if is_of_a_cell(type(value)) else ""


def _is_iterator(value) -> bool:
    """Whether going through it is all its use: a generator, what `iter`, `zip` and the like give, one of a check's."""
    return isinstance(value, Iterator) and type(value).__module__ in ("builtins", "itertools", "_csv", "__main__")


def _is_used_by_changing(value) -> bool:
    """Whether it is a part of a drawing: what is drawn on a copy is lost."""
    return isinstance(value, getattr(sys.modules.get("matplotlib.artist"), "Artist", ()))


def _name(value) -> str:
    return str(getattr(value, "__name__", type(value).__name__))


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
