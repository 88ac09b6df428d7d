"""The hub goes away in the middle of the weights: said in words; the next try has a clean place and loads the model."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from attention_core.pretrained.files import BROKEN_OFF, FROM_CACHE, FROM_HUB
from attention_core.pretrained.loading import load
from tests.pages.conftest import PROJECT
from tests.pretrained.families import ENCODERS
from tests.pretrained.folders import saved

MODEL, COMMIT = "somebody/tiny", "c0ffee" + "0" * 34
WEIGHTS = "model.safetensors"


class Hub(ThreadingHTTPServer):
    """As much of the hub as a download asks for, on this machine. While it `breaks`, half of the weights is all it gives."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.folder = folder
        self.breaks, self.n_halves = True, 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        path = self.path.partition("?")[0]
        files = {file.name: file.read_bytes() for file in self.server.folder.iterdir()}
        if path.startswith(f"/api/models/{MODEL}/tree/"):
            kind = {"type": "file", "oid": "0" * 40}
            listed = [kind | {"path": name, "size": len(data)} for name, data in files.items()]
            return self._send(json.dumps(listed).encode(), body)
        if path.startswith(f"/api/models/{MODEL}"):
            return self._send(
                json.dumps({"id": MODEL, "sha": COMMIT, "siblings": []}).encode(), body
            )
        name = path.rpartition("/")[2]
        self._send(files[name], body, broken=self.server.breaks and name == WEIGHTS)

    def _send(self, data: bytes, body: bool, broken: bool = False) -> None:
        broken = broken and body
        if broken and self.server.n_halves:  # it does not come back
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if broken:
            self.server.n_halves += 1
            self.close_connection = True
        if body:
            self.wfile.write(data[: len(data) // 2] if broken else data)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    (tmp_path / "model").mkdir()
    saved(tmp_path / "model", *ENCODERS["BERT"])
    server = Hub(tmp_path / "model")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(10)


def found_by_another_process(hub_url: str, cache: Path) -> tuple[str, str]:
    """The model's folder and its source, as a server that has its hub there finds them; or ("", why it can't be had)."""
    program = (
        "from attention_core.pretrained.files import locate\n"
        "from attention_core.pretrained.reporting import ModelUnavailable\n"
        f"try: print(*locate({MODEL!r}), sep='\\n')\n"
        "except ModelUnavailable as error: print('', error, sep='\\n')"
    )
    environment = {
        "HF_ENDPOINT": hub_url, "HF_HUB_CACHE": str(cache), "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_OFFLINE": "0", "ALLOW_CUSTOM_MODELS": "1", "NO_PROXY": "127.0.0.1",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        cwd=PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    folder, said = done.stdout.splitlines()
    return folder, said


def test_a_download_that_breaks_off_says_so_and_the_next_try_succeeds(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    cache = tmp_path / "cache"
    folder, said = found_by_another_process(hub.url, cache)
    assert not folder
    assert said == BROKEN_OFF.format(MODEL)
    assert hub.n_halves == 1
    assert not list(cache.rglob(WEIGHTS))
    hub.breaks = False
    folder, said = found_by_another_process(hub.url, cache)
    assert said == FROM_HUB.format(MODEL)
    monkeypatch.setenv("ALLOW_CUSTOM_MODELS", "1")
    assert load(folder).n_layers == 2
    hub.shutdown()  # and from then on it is not needed any more
    again = found_by_another_process(hub.url, cache)
    assert again == (folder, FROM_CACHE.format(MODEL))
