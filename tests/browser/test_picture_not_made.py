"""Control characters in a picture's labels, and a renderer that ends while it draws: for nobody the app ends."""

import os
import signal
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from pages.ui.widgets.takeaway import CANNOT, TITLE
from tests.browser.conftest import served, settled

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def url():
    with served("app.py") as address:
        yield address


@pytest.fixture
def reader(chromium: Browser):
    context = chromium.new_context(viewport={"width": 1280, "height": 1000})
    yield context.new_page()
    context.close()


def opened(page: Page, url: str, text: str) -> None:
    page.goto(f"{url}/one-head?text={quote(text)}&model=MiniLM")
    twin = page.get_by_role("button", name=TITLE).first
    expect(twin).to_be_visible(timeout=90_000)
    settled(page)
    twin.click()
    settled(page)


def file(page: Page, kind: str) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("button", name=kind, exact=True).first.click()
    return Path(download.value.path()).read_bytes()


def workers() -> list[psutil.Process]:
    """The processes in which the server draws: two while one takes the other's place. The tests' own are not among them."""
    found = [
        each
        for each in psutil.Process().children(recursive=True)
        if "loky.backend.popen_loky_posix" in each.cmdline() and each.ppid() != os.getpid()
    ]
    assert found
    return found


def test_a_control_character_is_named_in_the_picture(reader, url):
    opened(reader, url, "a\x10b \ufe0f\u202ec")
    assert file(reader, "PNG").startswith(b"\x89PNG")
    assert "U+" in file(reader, "SVG").decode()


def test_a_picture_that_cannot_be_made_says_so_and_the_next_one_is_made(reader, url):
    opened(reader, url, "This is")
    file(reader, "PNG")
    drawing = workers()
    for each in drawing:
        each.suspend()  # so that it ends while it draws
    reader.get_by_role("button", name="PNG", exact=True).first.click()
    expect(reader.get_by_role("button", name="PNG", exact=True).first).to_be_disabled()
    reader.wait_for_timeout(1000)  # until the server has handed the chart over: nothing shows that
    for each in drawing:
        os.kill(each.pid, signal.SIGKILL)
    said = reader.get_by_text(CANNOT)
    expect(said).to_be_visible()
    assert file(reader, "PNG").startswith(b"\x89PNG")
    expect(said).to_have_count(0)
    assert not {each.pid for each in workers()} & {each.pid for each in drawing}
