"""Whether a page that another browser opened is drawn, and nothing went wrong on it."""

import json
import time

from pages.ui.server.faults import OWNED_UP
from pages.ui.server.models import ON_ITS_WAY
from tests.browser.firefox import PATIENCE, Firefox
from tests.browser.webkit import WebKit

SAYS = "document.body.innerText.includes({})"
SETTLED = (
    """(() => {
  const has = (selector) => document.querySelector(selector) !== null;
  return has('[data-testid="stApp"][data-test-script-state="notRunning"]') && has('h1')
    && !has('[data-testid="stSkeleton"]')
    && !"""
    + SAYS.format(json.dumps(ON_ITS_WAY))
    + ";\n})()"
)
WRONG = (
    """[...document.querySelectorAll('[data-testid="stException"]')].map((each) => each.innerText)
  .concat("""
    + SAYS.format(json.dumps(OWNED_UP))
    + " ? ['a fault of the app'] : [])"
)
EMPTY = """[...document.querySelectorAll('[data-testid="stVegaLiteChart"]')]
  .filter((each) => !each.querySelector('canvas, svg')).length"""


def assert_drawn(browser: Firefox | WebKit) -> None:
    deadline = time.monotonic() + PATIENCE
    while not browser.evaluate(SETTLED) or browser.evaluate(EMPTY):
        assert time.monotonic() < deadline, "the page is not drawn"
        time.sleep(0.1)  # until another process is ready
    assert browser.evaluate(WRONG) == []
