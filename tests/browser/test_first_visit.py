"""A first visit: few bytes, nothing jumps, nothing is asked for in vain."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from .conftest import settled

MOST_BYTES, MOST_SHIFT = 1.3e6, 0.1
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
    page.wait_for_function("document.querySelectorAll('[data-late]').length === 0")
    return total, page.evaluate(WORST)


@pytest.mark.parametrize("address", ["", "softmax", "all-heads", "side-by-side", "knock-out"])
def test_nothing_jumps_while_a_page_arrives(page: Page, app_url: str, address: str):
    size, shift = visited(page, f"{app_url}/{address}")
    assert shift <= MOST_SHIFT
    assert address or size <= MOST_BYTES  # of Home


def test_what_is_late_is_shown_in_the_end_and_at_once_after_a_click(
    chromium: Browser, app_url: str
):
    page = chromium.new_page()
    page.route("**/BidiComponent.*.js", lambda _: None)  # never arrives
    page.goto(f"{app_url}/side-by-side")
    below = page.get_by_role("heading", name="One weight", include_hidden=True)
    below.wait_for(state="hidden")
    page.locator("[data-late]").first.wait_for(state="attached")
    page.mouse.click(5, 500)
    below.wait_for(state="visible")
    page.close()
