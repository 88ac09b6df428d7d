"""Each page opens in Firefox: its heading is there, nothing is missing, and no error is in the console."""

from collections.abc import Iterator

import pytest

from tests.browser.drawn import assert_drawn
from tests.browser.firefox import Firefox, firefox
from tests.browser.visit import TITLES

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def fox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    with firefox(tmp_path_factory.mktemp("firefox")) as browser:
        yield browser


@pytest.mark.parametrize("path", TITLES, ids=lambda path: path or "home")
def test_each_page_opens_in_firefox(path: str, fox: Firefox, app_url: str):
    fox.open(f"{app_url}/{path}")
    assert_drawn(fox)
    assert fox.errors() == []


def test_an_error_in_the_console_would_be_found(fox: Firefox, app_url: str):
    fox.open(f"{app_url}/")
    fox.evaluate("console.error('lost') ?? 1")
    assert any("lost" in error for error in fox.errors())
    fox.open(f"{app_url}/softmax")
    assert fox.errors() == []
