"""A class without internet: server and browser reach this machine only, and every lesson and the worksheet work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from pypdf import PdfReader

from pages.ui.learn.lessons import LESSONS
from tests.browser.conftest import PROJECT, served, settled

pytestmark = pytest.mark.browser
CUT = str(Path(__file__).parent / "only_loopback")


def test_all_lessons_the_classroom_and_its_worksheet_work_with_the_network_cut(
    chromium: Browser, tmp_path: Path
):
    notes = tmp_path / "notes"
    notes.touch()
    asked: list[str] = []
    with served("app.py", PYTHONPATH=CUT, NETWORK_NOTES=str(notes)) as url:
        page = chromium.new_page(viewport={"width": 1280, "height": 1000})
        page.on("request", lambda request: asked.append(request.url))
        for lesson in LESSONS:
            page.goto(f"{url}/{lesson.slug}")
            expect(page.get_by_role("heading", name=lesson.heading, level=1)).to_be_visible()
            settled(page)
        page.goto(f"{url}/side-by-side")  # the model itself
        proof = page.get_by_role("heading", name="Proof: one function, two worlds")
        expect(proof).to_be_visible(timeout=60_000)
        page.goto(f"{url}/classroom?quiz=17")
        settled(page)
        page.get_by_role("radio", name="Worksheet to print").click()
        with page.expect_download() as download:
            page.get_by_role("button", name="Worksheet as PDF").click()
        download.value.save_as(tmp_path / "sheet.pdf")
        page.close()
    assert PdfReader(tmp_path / "sheet.pdf").metadata.title == "Attention: worksheet 17"
    assert notes.read_text() == ""
    ours = (url, url.replace("http", "ws"), "data:", "blob:")
    assert [address for address in asked if not address.startswith(ours)] == []


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
