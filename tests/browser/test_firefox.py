"""Each page opens in Firefox: its heading is there, nothing is missing, and no error is in the console."""

import time
from collections.abc import Iterator

import pytest

from tests.browser.conftest import PROBES
from tests.browser.firefox import PATIENCE, Firefox, firefox
from tests.browser.visit import TITLES

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SETTLED = """(() => {
  const has = (selector) => document.querySelector(selector) !== null;
  return has('[data-testid="stApp"][data-test-script-state="notRunning"]') && has('h1')
    && !has('[data-testid="stSkeleton"]')
    && !document.body.innerText.includes('The pretrained model is on its way.');
})()"""
WRONG = """[...document.querySelectorAll('[data-testid="stException"]')].map((each) => each.innerText)
  .concat(document.body.innerText.includes('This is a fault of the app') ? ['a fault of the app'] : [])"""
EMPTY = """[...document.querySelectorAll('[data-testid="stVegaLiteChart"]')]
  .filter((each) => !each.querySelector('canvas, svg')).length"""


@pytest.fixture(scope="module")
def fox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    with firefox(tmp_path_factory.mktemp("firefox")) as browser:
        yield browser


@pytest.mark.parametrize("path", TITLES, ids=lambda path: path or "home")
def test_each_page_opens_in_firefox(path: str, fox: Firefox, app_url: str):
    fox.errors.clear()
    fox.open(f"{app_url}/{path}")
    deadline = time.monotonic() + PATIENCE
    while not fox.evaluate(SETTLED):
        assert time.monotonic() < deadline, f"{path} is not drawn"
        time.sleep(0.1)  # until another process is ready
    assert fox.evaluate(WRONG) == []
    assert fox.evaluate(EMPTY) == 0
    assert [error for error in fox.errors if not any(probe in error for probe in PROBES)] == []
