"""A worker for the tests: runs what it is sent, however hostile, and answers with what that left in `answer`."""

import json
import socket


def serve(connection: socket.socket) -> None:
    with connection.makefile("rw") as lines:
        for line in lines:
            names: dict = {}
            try:
                exec(json.loads(line), names)
                answer = names.get("answer")
            except BaseException as error:
                answer = f"{type(error).__name__}: {error}"
            lines.write(json.dumps(answer) + "\n")
            lines.flush()
