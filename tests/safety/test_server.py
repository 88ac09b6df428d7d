"""What the server itself is told: who may connect, how much may be sent, and to keep to itself."""

import http.client
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.browser.conftest import served

PROJECT = Path(__file__).parents[2]
CONFIG = tomllib.loads((PROJECT / ".streamlit/config.toml").read_text())
ENTRY = "tests/browser/bare_page.py"


def handshake(address: str, host: str, origin: str | None = None) -> int:
    """The status with which the server answers who wants a session: 101 is yes."""
    headers = {
        "Host": host,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol": "streamlit",
    }
    if origin:
        headers["Origin"] = origin
    connection = http.client.HTTPConnection(address, timeout=20)
    connection.request("GET", "/_stcore/stream", headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_only_pages_of_a_known_host_get_a_session():
    """As `make run` sets it: a page of another site whose name was made to lead here gets none."""
    with served(ENTRY, STREAMLIT_SERVER_ALLOWED_HOSTS="localhost 127.0.0.1") as url:
        address = url.removeprefix("http://")
        port = address.partition(":")[2]
        assert handshake(address, address, url) == 101
        assert handshake(address, f"localhost:{port}", f"http://localhost:{port}") == 101
        assert handshake(address, f"evil.example:{port}", f"http://evil.example:{port}") == 403
        assert handshake(address, address, "https://evil.example") == 403


@pytest.mark.parametrize("option", ["enableCORS", "enableXsrfProtection"])
def test_nobody_has_switched_a_protection_off(option):
    assert CONFIG["server"].get(option, True) is True


def test_nothing_is_told_to_anybody_and_little_is_taken():
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["client"]["showErrorDetails"] == "none"
    assert 0 < CONFIG["server"]["maxUploadSize"] <= 5
    assert "enableAgentApi" not in CONFIG["server"]


def test_the_hub_is_told_neither_usage_nor_whose_server_it_is():
    asked = (
        "import attention_core.pretrained, huggingface_hub.constants as c;"
        "print(c.HF_HUB_DISABLE_TELEMETRY, c.HF_HUB_DISABLE_IMPLICIT_TOKEN)"
    )
    plain = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    told = subprocess.run(
        [sys.executable, "-c", asked], cwd=PROJECT, env=plain, capture_output=True, check=True
    )
    assert told.stdout.split() == [b"True", b"True"]
