"""nginx as `deploy/nginx.conf` sets it up, and replicas of the app behind it, on free ports of this machine."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import launched, wait_until_up

PROJECT = Path(__file__).parents[2]
CONFIGURATION = PROJECT / "deploy" / "nginx.conf"
FRAME = """
pid nginx.pid;
error_log stderr;
worker_processes 2;
events {{ }}
http {{
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    log_format replicas '$cookie_replica $upstream_addr $status $request_uri';
    access_log access.log replicas;
    include {site};
}}
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@dataclass
class Replica:
    """One server process of the app. It may be killed and started again, always on the same port."""

    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        options = [f"--server.port={self.port}", "--server.address=127.0.0.1"]
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "streamlit",
                "run",
                "app.py",
                *options,
                "--server.headless=true",
            ],
            cwd=PROJECT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until_up(self.process, self.url)

    def kill(self) -> None:
        """As a crash would: nothing is said to anybody."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None


@dataclass(frozen=True)
class Site:
    """The address that readers know, and what stands behind it."""

    url: str
    replicas: dict[str, Replica]  # by the port that nginx' cookie names
    log: Path

    def requests(self) -> list[tuple[str, str, int, str]]:
        """(cookie, ports tried in this order, status, address) of every request that nginx has finished."""
        lines = [line.split(" ") for line in self.log.read_text().splitlines()]
        return [(line[0], " ".join(line[1:-2]), int(line[-2]), line[-1]) for line in lines]


def nginx() -> str:
    """The program; Debian keeps it where ordinary users don't look."""
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    assert found, "nginx is not installed: apt-get install nginx-light (or: brew install nginx)"
    return found


def free_ports(n_ports: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(n_ports)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def configured(front: int, first: int, second: int) -> str:
    """The repository's own configuration with other ports; each of its three must be there to be replaced."""
    ports = {"8080": str(front), "8501": str(first), "8502": str(second)}
    text = CONFIGURATION.read_text()
    assert set(re.findall(r"\b8\d{3}\b", text)) == set(ports)
    moved = re.sub(r"\b8\d{3}\b", lambda port: ports[port.group()], text)
    return moved.replace("listen ", "listen 127.0.0.1:")


@contextmanager
def behind_nginx(folder: Path) -> Iterator[Site]:
    """Two replicas behind nginx, all with their files in `folder`, until the block ends."""
    front, first, second = free_ports(3)
    (folder / "site.conf").write_text(configured(front, first, second))
    (folder / "nginx.conf").write_text(FRAME.format(site=folder / "site.conf"))
    replicas = {str(port): Replica(port) for port in (first, second)}
    server = [nginx(), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with ExitStack() as stack:
        for replica in replicas.values():
            stack.callback(replica.kill)
            replica.start()
        subprocess.run(server, check=True, timeout=20)  # comes back when it listens
        stack.callback(subprocess.run, [*server, "-s", "stop"], check=True, timeout=20)
        yield Site(f"http://127.0.0.1:{front}", replicas, folder / "access.log")
