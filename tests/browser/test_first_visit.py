"""A first visit: few bytes, each file compressed once, nothing jumps, nothing is asked for in vain."""

import gzip
import re
from collections.abc import Iterator
from http.client import HTTPResponse
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Download, Page, expect

from pages.explore.head_survey.survey import OWN, RESULTS, SHIPPED
from pages.ui.server.first_visit import STATIC
from pages.ui.widgets.takeaway import TITLE

from .accessibility import WIDE
from .conftest import page_without_errors, settled

pytestmark = pytest.mark.browser

MOST_BYTES, MOST_SHIFT = 1.3e6, 0.1
MOST_COMPRESSED = 0.5  # of the bytes of a script
# what web.dev counts as layout shift: the worst window of shifts less than a second apart, five seconds at most
WATCH = """
window.shifts = [];
new PerformanceObserver((seen) => seen.getEntries().forEach((one) => one.hadRecentInput || window.shifts.push(one)))
  .observe({type: "layout-shift", buffered: true});
"""
WORST = """() => {
  let worst = 0, sum = 0, first = -Infinity, last = -Infinity;
  for (const {value, startTime} of window.shifts) {
    if (startTime - last > 1000 || startTime - first > 5000) { sum = 0; first = startTime; }
    sum += value; last = startTime; worst = Math.max(worst, sum);
  }
  return worst;
}"""
NOT_DRAWN = ".stMain [data-testid^=stBidiComponent]:not([data-drawn])"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Of a browser that has kept nothing."""
    context = chromium.new_context(viewport={"width": WIDE, "height": 1000})
    with page_without_errors(context) as reader:
        yield reader
    context.close()


def asked(url: str, accepts: str = "identity", **headers: str) -> HTTPResponse:
    return urlopen(Request(url, headers={"Accept-Encoding": accepts, **headers}), timeout=20)


def visited(page: Page, url: str) -> tuple[float, float]:
    """(bytes that came over HTTP, layout shift) of a first visit."""
    total = 0.0

    def count(event: dict[str, Any]) -> None:
        nonlocal total
        total += event["encodedDataLength"]

    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", count)
    page.add_init_script(WATCH)
    page.goto(url)
    settled(page)
    expect(page.locator(NOT_DRAWN)).to_have_count(0)
    return total, page.evaluate(WORST)


@pytest.mark.parametrize("address", ["", "softmax", "all-heads", "side-by-side", "let-it-learn"])
def test_nothing_jumps_while_a_page_arrives(page: Page, app_url: str, address: str):
    size, shift = visited(page, f"{app_url}/{address}")
    assert shift <= MOST_SHIFT
    assert address or size <= MOST_BYTES  # of Home


def test_what_lies_below_a_late_part_is_unseen_until_a_click(chromium: Browser, app_url: str):
    page = chromium.new_page()
    page.route("**/BidiComponent.*.js", lambda _: None)  # never arrives
    page.goto(f"{app_url}/side-by-side")
    below = page.get_by_role("heading", name="One weight", include_hidden=True)
    below.wait_for(state="attached")
    assert not below.is_visible()
    page.mouse.click(5, 500)
    below.wait_for(state="visible")
    page.close()


@pytest.mark.parametrize("address", ["", "softmax", "one-head?text=This%20is"])
def test_nothing_is_asked_for_in_vain(page: Page, app_url: str, address: str):
    found: dict[str, int] = {}
    page.on("response", lambda response: found.update({response.url: response.status}))
    page.goto(f"{app_url}/{address}")
    settled(page)
    assert found[f"{app_url}/_stcore/health"] == 200
    assert {url: status for url, status in found.items() if status != 200} == {}


@pytest.mark.parametrize("address", ["", "one-head"])
def test_each_script_arrives_whole_compressed_once_and_stays_for_a_year(app_url: str, address: str):
    html = gzip.decompress(asked(f"{app_url}/{address}", "gzip").read())
    assert html == asked(f"{app_url}/{address}").read()
    names = re.findall(r'(?:src|href)="\./(static/[^"]+\.(?:js|css))"', html.decode())
    assert len(names) > 50
    n_plain = n_compressed = 0
    for name in names:
        answer = asked(f"{app_url}/{name}", "gzip, br")
        assert {"immutable", "max-age=31536000"} <= set(
            re.split(r",\s*", answer.headers["Cache-Control"])
        )
        body, plain = answer.read(), (STATIC / name).read_bytes()
        if answer.headers["Content-Encoding"] == "gzip":
            assert answer.headers["Vary"] == "Accept-Encoding"
            assert gzip.decompress(body) == plain
        else:
            assert body == plain and len(plain) < 500
        n_plain, n_compressed = n_plain + len(plain), n_compressed + len(body)
    assert n_compressed < MOST_COMPRESSED * n_plain


def test_fonts_and_parts_of_a_file_are_left_as_they_are(app_url: str):
    font = next((STATIC / "static" / "media").glob("SourceSansVF-Upright*.woff2"))
    answer = asked(f"{app_url}/static/media/{font.name}", "gzip")
    assert answer.headers["Content-Encoding"] is None and answer.read() == font.read_bytes()
    script = next((STATIC / "static" / "js").glob("index.*.js"))
    part = asked(f"{app_url}/static/js/{script.name}", "gzip", Range="bytes=10-2009")
    assert part.status == 206 and part.read() == script.read_bytes()[10:2010]


def assert_whole(download: Download, begins: bytes) -> None:
    """What the browser stored is what the server has, sent plain and compressed once."""
    stored = download.path().read_bytes()
    assert stored.startswith(begins)
    assert asked(download.url).read() == stored
    answer = asked(download.url, "gzip")
    is_compressed = answer.headers["Content-Encoding"] == "gzip"
    body = answer.read()
    assert (gzip.decompress(body) if is_compressed else body) == stored


def taken(page: Page, name: str) -> Download:
    with page.expect_download() as download:
        page.get_by_role("button", name=name, exact=True).first.click()
    return download.value


def test_files_to_take_away_arrive_whole(page: Page, app_url: str):
    page.goto(f"{app_url}/one-head?text=This%20is&model=MiniLM")
    settled(page)
    page.get_by_role("button", name=TITLE).first.click()
    settled(page)
    for kind, begins in (("CSV", b""), ("JSON", b"{"), ("PNG", b"\x89PNG"), ("SVG", b"<svg")):
        assert_whole(taken(page, kind), begins)
    page.get_by_role("button", name="Close", exact=True).click()
    page.get_by_role("radio", name="Lines").click()
    assert_whole(taken(page, "These lines as one HTML file"), b"<!doctype html>")


def test_the_worksheet_arrives_whole(page: Page, app_url: str):
    page.goto(f"{app_url}/classroom?quiz=17")
    settled(page)
    page.get_by_role("radio", name="Worksheet to print").click()
    assert_whole(taken(page, "Worksheet as PDF"), b"%PDF")


def test_a_file_of_the_readers_own_arrives(page: Page, app_url: str):
    page.goto(f"{app_url}/head-survey?model=MiniLM")
    settled(page)
    summary = page.get_by_text(re.compile(r"· \d+ heads ·"))
    shipped = summary.inner_text()
    page.get_by_role("radio", name=OWN).click()
    expect(summary).to_have_count(0)
    page.locator("input[type=file]").set_input_files(RESULTS / SHIPPED["MiniLM"])
    expect(summary).to_have_text(shipped)
