"""The cut network of the browser tests is cut indeed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.conftest import CUT, PROJECT


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.create_connection(('192.0.2.1', 80), 1)",
        "import urllib.request; urllib.request.urlopen('http://example.invalid', timeout=1)",
        "import socket; socket.socket(type=socket.SOCK_DGRAM).connect(('192.0.2.1', 80))",
    ],
)
def test_the_cut_refuses_and_notes_what_goes_beyond_this_machine(attempt: str, tmp_path: Path):
    notes = tmp_path / "notes"
    ran = subprocess.run(
        [sys.executable, "-c", attempt],
        check=False,
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": CUT, "NETWORK_NOTES": str(notes)},
        capture_output=True,
        text=True,
    )
    assert "the network is cut" in ran.stderr
    assert notes.read_text().startswith("socket.")
