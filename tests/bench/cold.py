"""Cold start: from the start of the server's process until the first page is drawn in a browser that has nothing cached."""

import time
from collections.abc import Iterator

from playwright.sync_api import Browser, expect

from tests.bench.figures import Figure, Result
from tests.bench.timing import in_turn
from tests.browser.conftest import launched, served

TITLE = "Cold start against a bare Streamlit page"
ABOUT = (
    "From the start of the server's process until the page's picture is there (the toy's heatmap; the chart of "
    "tests/browser/bare_page.py), each time a new server and a new browser context, turn about. The first round, "
    "which reads the files from the disk, does not count."
)
TOY = "role=application[name=/^Attention weights of Toy/]"
BARE = "[data-testid=stVegaLiteChart] :is(canvas, svg.marks)"


def measure(times: int) -> Iterator[Result]:
    with launched() as browser:
        home, side_by_side, bare = in_turn(
            times,
            lambda: first_page(browser, "app.py", "/", TOY),
            lambda: first_page(browser, "app.py", "/side-by-side", TOY),
            lambda: first_page(browser, "tests/browser/bare_page.py", "/", BARE),
        )
    yield Figure("cold", "Home", "ms", home, bare)
    yield Figure("cold", "Side by side", "ms", side_by_side, bare)


def first_page(browser: Browser, entry: str, path: str, picture: str) -> float:
    """Milliseconds; to stop the server and to close the browser's page is not counted."""
    begin = time.perf_counter()
    with served(entry) as url:
        context = browser.new_context()
        page = context.new_page()
        page.goto(url + path)
        expect(page.locator(picture).first).to_be_visible(timeout=60_000)
        taken = 1000 * (time.perf_counter() - begin)
        context.close()
    return taken
