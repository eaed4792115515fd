"""What a kernel's messages leave in a notebook, by the rules of nbclient: the part of a front end that we need."""

from contextlib import suppress
from dataclasses import dataclass, field

import comm


@dataclass
class _Output:
    """One output of a cell. The text of a stream is kept in parts until the cell is done."""

    content: dict
    size: int
    display_id: str | None = None
    parts: list[str] = field(default_factory=list)

    def finished(self) -> dict:
        return {**self.content, "text": "".join(self.parts)} if self.parts else self.content


class Area:
    """A list of outputs that messages add to: that of a cell, or the inside of an Output widget."""

    def __init__(self):
        self.outputs: list[_Output] = []
        self.clear_first = False  # asked to clear, but only when something new is there to show

    def add(self, output: _Output) -> None:
        last = self.outputs[-1].content if self.outputs else None
        if output.parts and last is not None and last.get("name") == output.content["name"]:
            self.outputs[-1].parts += output.parts
            self.outputs[-1].size += output.size
        else:
            self.outputs.append(output)

    def clear(self) -> int:
        """Forget everything; how much that was."""
        freed = sum(output.size for output in self.outputs)
        self.outputs.clear()
        self.clear_first = False
        return freed

    def finished(self) -> list[dict]:
        return [output.finished() for output in self.outputs]


class FrontEnd:
    """Turns messages into the outputs of one cell after the other. Keeps at most `limit` characters of a cell."""

    def __init__(self, limit: int):
        self._limit = limit
        self._widgets: dict[str, Area] = {}  # by the id of the comm of an Output widget
        self.begin()

    def begin(self) -> None:
        """A new cell."""
        self._cell = Area()
        self._capturing: list[str] = []  # Output widgets that are entered now, the innermost last
        self._captured: set[str] = set()
        self._room = self._limit
        self._cut = 0

    def finish(self) -> list[dict]:
        """The outputs of the cell, complete."""
        for number in self._captured:
            self._tell_widget(number)
        outputs = self._cell.finished()
        if self._cut:
            note = f"\n(output cut: {self._cut:,} more characters)\n"
            outputs.append({"output_type": "stream", "name": "stderr", "text": note})
        return outputs

    def allow(self, size: int) -> int:
        """How many of so many characters there is room for. They count as shown."""
        allowed = max(0, min(size, self._room))
        self._room -= size
        self._cut += size - allowed
        return allowed

    def receive(self, kind: str, content: dict, size: int = 0) -> None:
        """Act on a message. The size counts for what is shown whole or not at all; `allow` has counted streams."""
        match kind:
            case "stream":
                stream = {"output_type": "stream", "name": content["name"], "text": ""}
                self._show(_Output(stream, len(content["text"]), parts=[content["text"]]))
            case "error":
                self._show(_Output({"output_type": "error", **content}, 0))
            case "display_data" | "execute_result":
                self._display(kind, content, size)
            case "update_display_data":
                self._update((content.get("transient") or {}).get("display_id"), content, size)
            case "clear_output":
                self._clear(content["wait"])
            case "comm_open" | "comm_msg":
                self._hear_widget(content["comm_id"], content["data"].get("state", {}))

    @property
    def _area(self) -> Area:
        return self._widgets[self._capturing[-1]] if self._capturing else self._cell

    def _display(self, kind: str, content: dict, size: int) -> None:
        display_id = (content.get("transient") or {}).get("display_id")
        self._update(display_id, content, size)
        output = {"output_type": kind, "data": content["data"], "metadata": content["metadata"]}
        if kind == "execute_result":
            output["execution_count"] = content["execution_count"]
        if self._area.clear_first or self._allow_whole(size):
            self._show(_Output(output, size, display_id))

    def _show(self, output: _Output) -> None:
        area = self._area
        if area.clear_first:
            self._forget(area)
        self._captured.update(self._capturing[-1:])
        area.add(output)

    def _update(self, display_id: str | None, content: dict, size: int) -> None:
        if display_id is None:
            return
        for output in self._cell.outputs:
            if output.display_id == display_id and self._allow_whole(size - output.size):
                output.content |= {"data": content["data"], "metadata": content["metadata"]}
                output.size = size

    def _allow_whole(self, size: int) -> bool:
        if size > self._room:
            self._cut += size
            return False
        self._room -= size
        return True

    def _clear(self, wait: bool) -> None:
        if wait:
            self._area.clear_first = True
        else:
            self._captured.update(self._capturing[-1:])
            self._forget(self._area)

    def _forget(self, area: Area) -> None:
        self._room = min(self._limit, self._room + area.clear())
        self._cut = 0

    def _hear_widget(self, number: str, state: dict) -> None:
        """An Output widget says when it begins and ends to capture. No other widget matters to outputs."""
        if state.get("_model_name") == "OutputModel":
            self._widgets[number] = Area()
        if number in self._widgets and "msg_id" in state:
            if state["msg_id"]:
                self._capturing.append(number)
            elif number in self._capturing:
                self._capturing.remove(number)

    def _tell_widget(self, number: str) -> None:
        """Let the widget know what it shows: `widget.outputs`."""
        state = {"outputs": self._widgets[number].finished()}
        with suppress(Exception):  # the widget may be closed, and its observers are the student's
            widget = comm.get_comm_manager().comms[number]
            data = {"method": "update", "state": state, "buffer_paths": []}
            widget.handle_msg({"content": {"data": data}, "buffers": []})
