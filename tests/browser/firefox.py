"""Firefox by WebDriver BiDi: as much of it as opening a page takes."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

PATIENCE = 90  # seconds


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@dataclass
class Firefox:
    """One tab, and the errors in its console."""

    socket: ClientConnection
    context: str = ""
    logged: list[tuple[str, str]] = field(default_factory=list)  # (realm of the page, error)
    n_sent: int = 0

    def ask(self, method: str, **params: Any) -> Any:
        """Send a command and wait for its answer; what is logged meanwhile is kept."""
        self.n_sent += 1
        self.socket.send(json.dumps({"id": self.n_sent, "method": method, "params": params}))
        while (answer := json.loads(self.socket.recv(PATIENCE))).get("id") != self.n_sent:
            entry = answer.get("params", {})
            if answer.get("method") == "log.entryAdded" and entry["level"] == "error":
                error = f"{entry['text']} {entry.get('stackTrace')}"
                self.logged.append((entry["source"]["realm"], error))
        assert answer["type"] == "success", answer
        return answer["result"]

    def open(self, url: str) -> None:
        self.ask("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        return json.loads(self._evaluated(expression)["result"]["value"])

    def errors(self) -> list[str]:
        """Those of the page now open. Of one that was left, Firefox logs each script still on its way, and may do so late."""
        realm = self._evaluated("1")["realm"]  # what is logged comes before this answer
        return [error for of, error in self.logged if of == realm]

    def _evaluated(self, expression: str) -> Any:
        return self.ask(
            "script.evaluate",
            expression=f"JSON.stringify({expression})",
            target={"context": self.context},
            awaitPromise=False,
        )


@contextmanager
def firefox(profile: Path) -> Iterator[Firefox]:
    program, port = shutil.which("firefox-esr") or shutil.which("firefox"), free_port()
    assert program, "Firefox is not installed: apt-get install firefox-esr"
    options = ["--headless", "--profile", str(profile), f"--remote-debugging-port={port}"]
    with running([program, *options, "about:blank"]), opened_socket(port) as socket:
        browser = Firefox(socket)
        browser.ask("session.new", capabilities={})
        browser.ask("session.subscribe", events=["log.entryAdded"])
        browser.context = browser.ask("browsingContext.create", type="tab")["context"]
        yield browser


def opened_socket(port: int) -> ClientConnection:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return connect(f"ws://127.0.0.1:{port}/session", max_size=None)
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.2)  # until another process listens


@contextmanager
def running(command: list[str], **environment: str) -> Iterator[None]:
    process = subprocess.Popen(
        command,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)
