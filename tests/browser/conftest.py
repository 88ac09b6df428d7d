"""A real Chromium and a real server on this machine; nothing else can be reached, and nothing may go wrong unseen."""

import http.server
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any, Literal
from urllib.request import urlopen

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    expect,
    sync_playwright,
)

from attention_core.pretrained.catalogue import SETTING
from pages.ui.server.faults import LOGGED, OWNED_UP
from tests.browser.accessibility import WIDE
from tests.browser.hostile import Leak

PROJECT = Path(__file__).parents[2]
CUT = str(Path(__file__).parent / "only_loopback")  # a sitecustomize that cuts a server's network
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # proves: no outside host
]
expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong
FAULTS = (LOGGED, "Uncaught app execution")  # in the log of a server
MOST_SEEN = 6000  # characters of a page in the report of a failed test
SERVERS = pytest.StashKey[dict[str, str]]()


@contextmanager
def served(entry: str, **environment: str) -> Iterator[str]:
    """Run a Streamlit file of this project on a free port; its address, until the block ends."""
    with running(entry, **environment) as (url, _):
        yield url


@contextmanager
def running(entry: str, **environment: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The same with the server's process, for a test that holds it up."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"]
    with TemporaryFile("w+") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", entry, *options],
            cwd=PROJECT,
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until_up(server, url)
            yield url, server
        finally:
            server.terminate()
            server.wait(10)
        log.seek(0)
        said = log.read()
        assert not any(fault in said for fault in FAULTS), said


def wait_until_up(server: subprocess.Popen[bytes], url: str) -> None:
    """Return when the server answers: Streamlit prints its address before. Fails if its process ends first."""
    while not answers(url):
        with suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"the server stopped with exit code {server.wait(0.05)}")


def answers(url: str) -> bool:
    try:
        urlopen(f"{url}/_stcore/health", timeout=10).close()
        return True
    except OSError:
        return False


@contextmanager
def launched() -> Iterator[Browser]:
    """Chromium without a window of its own, which takes a third less time; else any other that is installed."""
    names = ("chromium-headless-shell", "chromium", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)  # else the one Playwright installed
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def as_long_as_it_may(fixture_name: str, config: pytest.Config) -> Literal["session", "module"]:
    """Where only browser tests run, one browser for all: while it lives, no other test can have an asyncio loop."""
    alone = all(Path(each).is_relative_to("tests/browser") for each in config.args)
    return "session" if alone else "module"


@pytest.fixture(scope=as_long_as_it_may)
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@contextmanager
def shared_servers() -> Iterator[dict[str, str]]:
    """The app as on a computer of one's own, and as on the internet: there other models are not allowed.

    The network of the second one is cut. `notes` is a file with a line for each attempt to ask beyond this machine.
    """
    with TemporaryDirectory() as folder, ExitStack() as stack:
        notes = Path(folder) / "notes"
        notes.touch()
        yield {
            "app_url": stack.enter_context(served("app.py")),
            "public_url": stack.enter_context(served("app.py", **cut_off(notes))),
            "notes": str(notes),
        }


def cut_off(notes: Path) -> dict[str, str]:
    """The environment of a server on the internet with its network cut."""
    return {
        "PYTHONPATH": CUT,
        "NETWORK_NOTES": str(notes),
        "HF_HOME": str(notes.parent / "hub"),
        SETTING: "",
    }


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """The process that starts pytest-xdist's workers keeps two servers up for all of them."""
    if SERVERS not in node.config.stash:
        stack = ExitStack()
        node.config.add_cleanup(stack.close)
        node.config.stash[SERVERS] = stack.enter_context(shared_servers())
    node.workerinput |= node.config.stash[SERVERS]


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    given = getattr(request.config, "workerinput", {})
    with nullcontext(given) if "app_url" in given else shared_servers() as found:
        yield found


@pytest.fixture(scope="session")
def app_url(servers: dict[str, str]) -> str:
    return servers["app_url"]


@pytest.fixture(scope=as_long_as_it_may)
def profile(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser that keeps what it has loaded, so that Streamlit's own files are loaded once."""
    context = chromium.new_context(
        viewport={"width": WIDE, "height": 1000}, reduced_motion="reduce"
    )
    yield context
    context.close()


@contextmanager
def page_without_errors(context: BrowserContext) -> Iterator[Page]:
    """A new page. Any error in the browser's console fails the test."""
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda line: (
            errors.append(f"{line.text} {line.location}")
            if line.type == "error" and not is_early(line)
            else None
        ),
    )
    yield page
    if page.url.startswith("http"):
        page.evaluate("localStorage.clear()")
    page.close()
    assert errors == []


def is_early(line: ConsoleMessage) -> bool:
    """Streamlit asks for the file of a download button as soon as it draws it, and for nothing but the console.

    While a run of the page is under way and runs of other readers end, the file is away, until this run gives it back.
    Whether files arrive is for test_first_visit.py, which holds each against the server's.
    """
    url = line.location.get("url", "")
    is_file = "/media/" in url and url.endswith((".csv", ".json")) and "404" in line.text
    return is_file or line.text.startswith("Client Error: Download Button source error")


@pytest.fixture
def page(profile: BrowserContext) -> Iterator[Page]:
    """A fresh reader, in a browser that has kept Streamlit's files."""
    with page_without_errors(profile) as reader:
        yield reader


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Of a test that failed: what was on the screen."""
    report = yield
    if report.failed and report.when == "call":
        for name, page in getattr(item, "funcargs", {}).items():
            if isinstance(page, Page) and not page.is_closed():
                with suppress(Exception):
                    report.sections.append((f"{name} at {page.url}", seen(page)))
    return report


def seen(page: Page) -> str:
    """The state of the script, and the text of the page."""
    app = page.get_by_test_id("stApp")
    return f"{app.get_attribute('data-test-script-state')}\n{app.inner_text()}"[:MOST_SEEN]


@pytest.fixture(scope="session")
def leak() -> Iterator[http.server.ThreadingHTTPServer]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Leak) as server:
        server.asked = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="session")
def notes(servers: dict[str, str]) -> Path:
    """What the public server has asked for beyond this machine: a line for each attempt."""
    return Path(servers["notes"])


@pytest.fixture(scope="session")
def public_url(servers: dict[str, str]) -> str:
    return servers["public_url"]


@pytest.fixture(scope="module")
def stranger(chromium: Browser, public_url: str) -> Iterator[Page]:
    """One reader for all pages. Anything asked for outside the server, and any dialog, fails at the end."""
    context = chromium.new_context(
        viewport={"width": WIDE, "height": 1000}, reduced_motion="reduce", bypass_csp=True
    )
    page, wrong = context.new_page(), []

    def note(request: Request) -> None:
        if not request.url.startswith((public_url, "data:", "blob:")):
            wrong.append(request.url)

    page.on("request", note)
    page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
    yield page
    context.close()
    assert wrong == []


def type_into_cell(matrix: Locator, row: int, column: int, text: str) -> None:
    """Change one number of an editable matrix by keyboard."""
    matrix.focus()
    matrix.press("Escape")  # from the first cell, wherever the last change was
    for key, times in (("ArrowDown", row), ("ArrowRight", column)):
        for _ in range(times):
            matrix.press(key)
    matrix.press("Enter")
    cell = matrix.locator("xpath=..").locator("input")
    cell.fill(text)
    cell.press("Enter")


@contextmanager
def held_up(server: subprocess.Popen[bytes]) -> Iterator[None]:
    """The server answers nobody until the block ends, as while it has much to do."""
    server.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.send_signal(signal.SIGCONT)


def settled(reader: Page) -> None:
    """Wait until the script has run and nothing is on its way."""
    expect(
        reader.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')
    ).to_be_visible(timeout=60_000)
    expect(reader.get_by_test_id("stSkeleton")).to_have_count(0, timeout=60_000)
    assert reader.get_by_test_id("stException").count() == 0
    assert reader.get_by_text(OWNED_UP).count() == 0
