"""Each page opens in WebKit: its heading is there and nothing is missing."""

from collections.abc import Iterator

import pytest

from tests.browser.drawn import assert_drawn
from tests.browser.visit import TITLES
from tests.browser.webkit import WebKit, webkit

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def window() -> Iterator[WebKit]:
    with webkit() as opened:
        yield opened


@pytest.mark.parametrize("path", TITLES, ids=lambda path: path or "home")
def test_each_page_opens_in_webkit(path: str, window: WebKit, app_url: str):
    window.open(f"{app_url}/{path}")
    assert_drawn(window)
