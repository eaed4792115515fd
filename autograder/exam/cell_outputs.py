"""Cell outputs from a worker, untrusted, → nbformat outputs: known kinds, known fields, bounded."""

import math
from json.encoder import encode_basestring

MAX_CELL = 4_000_000  # bytes of one cell's outputs
MAX_SUBMISSION = 40_000_000  # bytes of the outputs of all cells
MAX_DEPTH = 30


def new_output(kind: str, **fields) -> dict:
    """An output as a notebook file has it."""
    return {"output_type": kind, **fields}


class Outputs:
    """Reads the outputs of the cells of one submission, and keeps no more than so many bytes of them all.

    `full` says whether some were cut because the others had used up the room.
    """

    def __init__(self, most: int = MAX_SUBMISSION):
        self._room, self.full = most, False

    def read(self, outputs) -> list[dict]:
        """The well-formed ones of a cell's outputs; what is too much is replaced by a note."""
        read, of_cell = [], MAX_CELL
        for output in outputs if isinstance(outputs, list) else []:
            clean = _output(output)
            if clean is None:
                continue
            size = _size(clean)
            if size > min(of_cell, self._room):
                self.full |= size > self._room
                read.append(new_output("stream", name="stderr", text="(more output was cut)\n"))
                break
            of_cell -= size
            self._room -= size
            read.append(clean)
        return read


def _output(output) -> dict | None:
    match output:
        case {"output_type": "stream", "name": "stdout" | "stderr" as name, "text": str(text)}:
            return new_output("stream", name=name, text=_plain(text))
        case {"output_type": "error", "ename": str(name), "evalue": str(value), "traceback": list(lines)}:
            lines = [_plain(line) for line in lines if isinstance(line, str)]
            return new_output("error", ename=_plain(name), evalue=_plain(value), traceback=lines)
        case {"output_type": "display_data" | "execute_result" as kind, "data": dict(data)}:
            bundle = {_plain(mime): _json(value) for mime, value in data.items() if _fits(mime, value)}
            metadata = _json(output.get("metadata"))
            fields: dict = {"data": bundle, "metadata": metadata if isinstance(metadata, dict) else {}}
            if kind == "execute_result":
                count = output.get("execution_count")
                fields["execution_count"] = _json(count) if type(count) is int else None
            return new_output(kind, **fields)
    return None


def _fits(mime, value) -> bool:
    """Whether a value may stand for a kind of content: text for all but JSON."""
    return isinstance(mime, str) and (isinstance(value, str) or mime.endswith("json"))


def _json(value, depth: int = 0):
    """A value that JSON can hold; None in place of anything else."""
    if isinstance(value, str):
        return _plain(value)
    if value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) < 2**63):
        return value  # of a larger integer Python writes no decimals
    if isinstance(value, float) and math.isfinite(value):  # no others stand in a file that more than Python reads
        return value
    if depth < MAX_DEPTH and isinstance(value, list):
        return [_json(item, depth + 1) for item in value]
    if depth < MAX_DEPTH and isinstance(value, dict):
        return {_plain(key): _json(item, depth + 1) for key, item in value.items() if isinstance(key, str)}
    return None


def _plain(text: str) -> str:
    """Text that UTF-8 can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _size(value, depth: int = 4) -> int:
    """Bytes that it takes in a notebook file, where each item stands on a line, farther to the right the deeper."""
    if isinstance(value, dict):
        return depth + sum(_size(key, depth + 1) + _size(item, depth + 1) for key, item in value.items())
    if isinstance(value, list):
        return depth + sum(_size(item, depth + 1) for item in value)
    return depth + (len(encode_basestring(value).encode()) if isinstance(value, str) else 24)
