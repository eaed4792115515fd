"""One end of the conversation between the examiner and a worker. Both ends ask and answer in the same form.

A request is `["ask", mark, operation, arguments, contents, global_state]`; while it is being answered, the other side
may ask back (a student's function calls a function it was given). Its answer is `["returned" | "raised", mark, value,
contents, changes, notes, global_state]`: the table of what is new, what changed in place, what was printed and warned
about.

What a generator does it does after the call that made it. So the exchange of such a call goes on: a later request about
the generator begins with the objects of that call, and both sides say what they have changed of them. To the examiner's
requests belong a seventh part, `[number, numbers, changes]`: the object whose exchange goes on, if one does, all whose
exchange may still go on, and what has changed on its side.
"""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from autograder.inside import wire
from autograder.inside.global_state import GlobalState
from autograder.inside.wire import Exchange, WireError


class Conversation:
    """One end. Subclasses say how objects travel by reference, what may be asked, and how exceptions travel.

    connection: a connected stream socket.

    Whatever goes wrong while a message is read, down to an error of a library that rebuilds a value, is a WireError:
    the message is to blame, not who asked. What it leads to (a value, an exception, a warning) happens afterwards.
    """

    trusted = False
    """Whether the other side may unpickle what we send."""
    missing = True
    """Whether masked and missing items may arrive, see `Exchange`."""
    uncovered = False
    """Whether some did that may not."""
    interruptions: tuple[type[BaseException], ...] = ()
    """What ends our work on a question and is not for the other side to hear."""

    def __init__(self, connection: socket.socket):
        self._connection = connection
        self._global_state = GlobalState()
        self._asked = 0
        self._changed: dict[int, tuple[object, object]] = {}
        self._turn = threading.RLock()  # a student's threads may call back; one conversation at a time

    # What a subclass provides

    def export(self, value, exchange: Exchange) -> list:
        """A reference to an object that does not travel by value."""
        raise NotImplementedError

    def resolve(self, reference: list, exchange: Exchange):
        """The object of the other side's reference. Raises WireError."""
        raise NotImplementedError

    def plan(self, operation: str, arguments: tuple) -> Callable[[], object]:
        """How to carry out what the other side asks for. Raises WireError if it may not ask that."""
        raise NotImplementedError

    def export_exception(self, error: BaseException, exchange: Exchange) -> list:
        """An exception as packed data."""
        raise NotImplementedError

    def resolve_exception(self, packed: list, exchange: Exchange) -> BaseException:
        """The exception to raise here for one that was raised on the other side."""
        raise NotImplementedError

    def take_over(self, global_state: dict) -> None:
        """The other side's global states after an answer."""
        self._global_state.apply(global_state)

    def observe(self, operation: str, notes: dict) -> AbstractContextManager:
        """Around the work on a request: leaves in `notes` what travels with the answer besides its value."""
        return nullcontext()

    def replay(self, notes: dict) -> Callable[[], None]:
        """How to do again here what the notes of an answer say."""
        return lambda: None

    def wanted(self, changes: list, exchange: Exchange, *, returned: bool) -> list:
        """Which changes that a call made to our objects are to be carried out. returned: something else came of it."""
        return changes

    def begin(self, arguments: tuple) -> tuple[Exchange, list]:
        """The exchange of a request of ours, and what the request says of exchanges that go on."""
        return self.new_exchange(), []

    def asked(self, arguments: tuple, exchange: Exchange, given: int, answer) -> None:
        """A request of ours is answered. given: how many objects it brought; 0 if the exchange may not go on."""

    def resume(self, going_on: list) -> Exchange:
        """The exchange of a request of the other side's, by what that says of those that go on. Raises WireError."""
        if going_on:
            raise WireError("a question that goes on with another one")
        return self.new_exchange()

    def answered(self, going_on: list, exchange: Exchange, given: int, value) -> None:
        """A request of the other side's is answered. value: None if there was an exception."""

    # The conversation

    def new_exchange(self) -> Exchange:
        return Exchange(self.export, self.resolve, trusted=self.trusted, missing=self.missing)

    def ask(self, operation: str, *arguments, deadline: wire.Deadline | None = None):
        """Ask the other side and return its answer, or raise what it raised.

        deadline: when we stop waiting; the time that our own answers to questions take does not count.
        Raises TimeoutError after it, EOFError if the other side has gone, WireError if it answers in another form,
        Unsendable if an argument cannot travel.
        """
        raised, answer = self.converse(operation, arguments, deadline)
        if raised:
            raise answer
        return answer

    def converse(self, operation: str, arguments: tuple, deadline: wire.Deadline | None) -> tuple[bool, Any]:
        """Ask the other side; whether it raised, and the exception or the answer. Raises what `ask` says."""
        with self._turn:
            exchange, going_on = self.begin(arguments)
            packed = exchange.pack(arguments)
            self._asked += 1
            mark = self._asked
            contents = exchange.new_contents()
            given = exchange.given
            question = ["ask", mark, operation, packed, contents, self._global_state.changes(), *going_on]
            wire.send(self._connection, question, deadline)
            while True:
                match wire.receive(self._connection, deadline):
                    case ["ask", int(theirs), str(asked), packed, list(contents), dict(global_state), *more]:
                        self._answer(theirs, asked, packed, contents, global_state, more, deadline)
                    case [
                        "returned" | "raised" as kind,
                        answered,
                        packed,
                        list(new),
                        list(changes),
                        notes,
                        dict(global_state),
                    ]:
                        if answered == mark:
                            break
                        raise WireError("an answer to another question")
                    case _:
                        raise WireError("expected a question or an answer")
            with wire.reading():
                exchange.load(new)
                returned = kind == "raised" or packed is not None
                wanted = self.wanted(changes, exchange, returned=returned)
                exchange.apply(wanted, self._changed)
                self.take_over(global_state)
                replay = self.replay(notes)
                answer = exchange.unpack(packed) if kind == "returned" else self.resolve_exception(packed, exchange)
                self.asked(arguments, exchange, given if len(wanted) == len(changes) else 0, answer)
            self.uncovered |= exchange.uncovered
            replay()
            return kind == "raised", answer

    def take_back(self) -> None:
        """Make all objects of ours that answers changed in place what they were before."""
        while self._changed:
            wire.restore(*self._changed.popitem()[1])

    def serve(self) -> None:
        """Answer questions until the other side goes."""
        try:
            while True:
                match wire.receive(self._connection):
                    case ["ask", int(mark), str(asked), packed, list(contents), dict(global_state), *more]:
                        self._answer(mark, asked, packed, contents, global_state, more)
                    case _:
                        raise WireError("expected a question")
        except EOFError:
            return

    def _answer(
        self,
        mark: int,
        operation: str,
        packed,
        contents: list,
        global_state: dict,
        going_on: list,
        deadline: wire.Deadline | None = None,
    ) -> None:
        """Answer a question. The time that the work on it takes does not count towards the deadline."""
        with wire.reading():
            exchange = self.resume(going_on)
            exchange.load(contents)
            if going_on:
                exchange.apply(going_on[-1], {})
                exchange.catch_up()
            given = exchange.given
            work = self.plan(operation, exchange.unpack(packed))
            self.take_over(global_state)
        notes: dict = {}
        value = None
        started = time.monotonic()
        try:
            with self.observe(operation, notes):
                value = work()
        except self.interruptions:
            raise
        except BaseException as error:  # also SystemExit: it belongs to who asked
            kind, failure = "raised", error
        else:
            kind = "returned"
        if deadline is not None:
            deadline.extend(time.monotonic() - started)
        try:
            packed = exchange.pack(value) if kind == "returned" else self.export_exception(failure, exchange)
            changes = exchange.changes()
            contents = exchange.new_contents()
            message = [kind, mark, packed, contents, changes, notes, self._global_state.changes()]
            self.answered(going_on, exchange, given, value)
            wire.send(self._connection, message, deadline)
        except (EOFError, OSError):
            raise
        except Exception as error:  # an answer that cannot travel
            packed = self.export_exception(error, Exchange(self.export, self.resolve, trusted=self.trusted))
            message = ["raised", mark, packed, [], [], notes, self._global_state.changes()]
            wire.send(self._connection, message, deadline)
