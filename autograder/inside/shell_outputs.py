"""What a kernel's messages leave in a notebook, by the rules of nbclient: the part of a front end that we need."""

from contextlib import suppress
from dataclasses import dataclass, field

import comm

from autograder.inside.cut import cut

ERRORS = 100_000  # characters of room for errors, when everything else is full
MESSAGE = 10_000  # characters of one line of an error


@dataclass(eq=False)
class _Output:
    """One output of a cell. The text of a stream is kept in parts until the cell is done."""

    content: dict
    size: int
    display_id: str | None = None
    parts: list[str] = field(default_factory=list)

    def finished(self) -> dict:
        return {**self.content, "text": "".join(self.parts)} if self.parts else self.content


class _Area:
    """A list of outputs that messages add to: that of a cell, or the inside of an Output widget."""

    def __init__(self):
        self.outputs: list[_Output] = []
        self.clear_first = False  # asked to clear, but only when something new is there to show

    def add(self, output: _Output) -> None:
        last = self.outputs[-1] if self.outputs else None
        if output.parts and last is not None and last.content.get("name") == output.content["name"]:
            last.parts += output.parts
            last.size += output.size
        else:
            self.outputs.append(output)

    def finished(self) -> list[dict]:
        return [output.finished() for output in self.outputs]


class FrontEnd:
    """Turns messages into the outputs of one cell after the other. Keeps about `limit` characters of a cell."""

    def __init__(self, limit: int):
        self._limit = limit
        self._displays: dict[str | None, list[_Output]] = {}  # by display id, of all cells
        self._widgets: dict[str, _Area] = {}  # by the id of the comm of an Output widget
        self.begin()

    def begin(self) -> None:
        """A new cell."""
        self._cell = _Area()
        self._capturing: list[str] = []  # Output widgets that are entered now, the innermost last
        self._changed: set[str] = set()  # Output widgets
        self._room = self._limit
        self._cut = 0

    def finish(self) -> list[dict]:
        """The outputs of the cell, complete."""
        for number in self._changed:
            self._tell_widget(number)
        outputs = self._cell.finished()
        if self._cut:
            note = f"(output cut: {self._cut:,} more characters)\n"
            outputs.append({"output_type": "stream", "name": "stderr", "text": note})
        return outputs

    def allow(self, size: int) -> int:
        """How many of so many characters there is room for. They count as shown, the others as cut."""
        allowed = min(size, max(0, self._room))
        self._room -= allowed
        self._cut += size - allowed
        return allowed

    def receive(self, kind: str, content: dict, size: int = 0) -> None:
        """Act on a message. `size` is that of a display; the text of streams has been counted by `allow`."""
        match kind:
            case "stream":
                text = content["text"]
                stream = {"output_type": "stream", "name": content["name"], "text": ""}
                self._show(_Output(stream, len(text), parts=[text]))
            case "error":
                self._error(content)
            case "display_data" | "execute_result":
                self._display(kind, content, size)
            case "update_display_data":
                self._update(_display_id(content), content, size)
            case "clear_output":
                self._clear(content["wait"])
            case "comm_open" | "comm_msg":
                self._hear_widget(content["comm_id"], content["data"].get("state", {}))

    @property
    def _area(self) -> _Area:
        return self._widgets[self._capturing[-1]] if self._capturing else self._cell

    def _display(self, kind: str, content: dict, size: int) -> None:
        display_id = _display_id(content)
        self._update(display_id, content, size)
        output = {"output_type": kind, "metadata": content["metadata"], "data": content["data"]}
        if kind == "execute_result":
            output["execution_count"] = content["execution_count"]
        self._show(_Output(output, size, display_id), reserve=0)

    def _error(self, content: dict) -> None:
        error = {
            "output_type": "error",
            "ename": content["ename"],
            "evalue": cut(content["evalue"], MESSAGE),
            "traceback": [cut(line, MESSAGE) for line in content["traceback"]],
        }
        self._show(_Output(error, sum(map(len, error["traceback"]))), reserve=ERRORS)

    def _show(self, output: _Output, *, reserve: int | None = None) -> None:
        """Add an output, if there is room for it; without a reserve, its size has been counted already."""
        area = self._area
        if area.clear_first:
            self._forget(area)
        if reserve is not None and not self._fits(output.size, reserve):
            return
        self._changed.update(self._capturing[-1:])
        area.add(output)
        if output.display_id is not None and area is self._cell:
            self._displays.setdefault(output.display_id, []).append(output)

    def _update(self, display_id: str | None, content: dict, size: int) -> None:
        for output in self._displays.get(display_id, ()):
            if self._fits(size - output.size):
                output.content["data"] = content["data"]
                output.content["metadata"] = content["metadata"]
                output.size = size

    def _fits(self, size: int, reserve: int = 0) -> bool:
        if size > self._room + reserve:
            self._cut += size
            return False
        self._room -= size
        return True

    def _clear(self, wait: bool) -> None:
        if wait:
            self._area.clear_first = True
            self._give_room_back(self._area)  # already: what is printed next counts before it is shown
        else:
            self._changed.update(self._capturing[-1:])
            self._forget(self._area)

    def _forget(self, area: _Area) -> None:
        self._give_room_back(area)
        for output in area.outputs:
            if output.display_id is not None and area is self._cell:
                self._displays[output.display_id].remove(output)
        area.outputs.clear()
        area.clear_first = False
        self._cut = 0

    def _give_room_back(self, area: _Area) -> None:
        for output in area.outputs:
            self._room += output.size
            output.size = 0
        self._room = min(self._room, self._limit)

    def _hear_widget(self, number: str, state: dict) -> None:
        """An Output widget says when it begins and ends to capture. No other widget matters to outputs."""
        if state.get("_model_name") == "OutputModel":
            self._widgets[number] = _Area()
        if number in self._widgets and "msg_id" in state:
            if state["msg_id"]:
                self._capturing.append(number)
            elif number in self._capturing:
                self._capturing.remove(number)

    def _tell_widget(self, number: str) -> None:
        """Let the widget know what it shows: `widget.outputs`."""
        data = {"method": "update", "state": {"outputs": self._widgets[number].finished()}, "buffer_paths": []}
        with suppress(Exception):  # the widget may be closed, and its observers are the student's
            comm.get_comm_manager().comms[number].handle_msg({"content": {"data": data}, "buffers": []})


def _display_id(content: dict) -> str | None:
    return (content.get("transient") or {}).get("display_id")
