"""Cuts the network of a Python process: on its path, every connection beyond this machine is noted down and refused.

Python imports a module of this name at its start, before any other code can run.
"""

import os
import sys

NOTES = "NETWORK_NOTES"  # environment: the file that the attempts are written to
LOOKED_UP = ("socket.getaddrinfo", "socket.gethostbyname")
SENT = ("socket.connect", "socket.sendto")


def refuse(event: str, args: tuple) -> None:
    """An audit hook: it sees every connection that Python's sockets are asked for, whichever library asks."""
    if event in LOOKED_UP:
        host = args[0]
    elif event in SENT:
        host = (
            args[1][0] if isinstance(args[1], tuple) else "localhost"
        )  # else a file of this machine
    else:
        return
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    if name in ("localhost", "::1", "0.0.0.0") or name.startswith("127."):
        return
    with open(os.environ[NOTES], "a", encoding="utf-8") as notes:
        notes.write(f"{event} {name}\n")
    raise ConnectionRefusedError(f"the network is cut: {event} {name}")


if NOTES in os.environ:
    sys.addaudithook(refuse)
