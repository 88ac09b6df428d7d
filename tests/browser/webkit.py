"""WebKit by WebDriver, on a screen that nobody sees: as much of it as opening a page takes."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from tests.browser.firefox import PATIENCE, free_port, running


@dataclass(frozen=True)
class WebKit:
    """One window. WebDriver tells nothing of its console."""

    address: str

    def ask(self, path: str, **body: Any) -> Any:
        request = Request(self.address + path, json.dumps(body).encode(), method="POST")
        with urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)["value"]

    def open(self, url: str) -> None:
        self.ask("/url", url=url)

    def evaluate(self, expression: str) -> Any:
        return self.ask("/execute/sync", script=f"return {expression}", args=[])


@contextmanager
def webkit() -> Iterator[WebKit]:
    program, port = shutil.which("WebKitWebDriver"), free_port()
    assert program, "WebKit is not installed: apt-get install webkit2gtk-driver"
    with display() as screen, running([program, f"--port={port}"], DISPLAY=screen):
        server = WebKit(f"http://127.0.0.1:{port}")
        session = begun(server)
        window = WebKit(f"{server.address}/session/{session}")
        yield window
        urlopen(Request(window.address, method="DELETE"), timeout=PATIENCE).close()


def begun(server: WebKit) -> str:
    """The id of a new session, once the driver listens."""
    options = {"binary": "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser"}
    wanted = {"alwaysMatch": {"webkitgtk:browserOptions": {**options, "args": ["--automation"]}}}
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return server.ask("/session", capabilities=wanted)["sessionId"]
        except URLError:
            assert time.monotonic() < deadline
            time.sleep(0.2)  # until another process listens


@contextmanager
def display() -> Iterator[str]:
    """The name of a screen of its own."""
    program = shutil.which("Xvfb")
    assert program, "there is no virtual screen: apt-get install xvfb"
    screen = subprocess.Popen(
        [program, "-displayfd", "1"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert screen.stdout
        yield f":{screen.stdout.readline().strip()}"
    finally:
        screen.terminate()
        screen.wait(20)
