"""A worker for the tests: it runs what it is sent, as hostile as that may be, and answers with the value of `answer`."""

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
