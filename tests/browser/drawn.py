"""Whether a page that another browser opened is drawn, and nothing went wrong on it."""

import time

from tests.browser.firefox import PATIENCE, Firefox
from tests.browser.webkit import WebKit

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


def assert_drawn(browser: Firefox | WebKit) -> None:
    deadline = time.monotonic() + PATIENCE
    while not browser.evaluate(SETTLED) or browser.evaluate(EMPTY):
        assert time.monotonic() < deadline, "the page is not drawn"
        time.sleep(0.1)  # until another process is ready
    assert browser.evaluate(WRONG) == []
