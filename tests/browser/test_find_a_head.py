"""Find a head in a real browser: a row or a cell chooses the head for every page, and the link opens it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import settled

pytestmark = pytest.mark.browser
# pixels by which the names of row and column, "5" and "11", are wider than their text
GAPS = """(figure) => [...figure.querySelectorAll('.reading span')].map((each) => {
  const text = document.createRange();
  text.selectNodeContents(each);
  return Math.round(each.getBoundingClientRect().width - text.getBoundingClientRect().width);
})"""


def test_a_row_and_a_cell_choose_the_head_and_the_link_opens_it(page: Page, app_url: str):
    page.goto(f"{app_url}/find-a-head")
    picture = page.get_by_label(re.compile("^Weight from 7 it to 1 animal, by layer and head"))
    expect(picture).to_be_visible(timeout=90_000)
    settled(page)
    assert picture.locator("xpath=ancestor::figure").evaluate(GAPS) == [0, 0]
    rows = page.get_by_role("region", name="Weight from 7 it to 1 animal: the best heads")
    expect(rows.get_by_role("row", name=re.compile("^layer 5 · head 11 1 0.647"))).to_be_visible()
    rows.get_by_role("button", name="layer 3 · head 1").click()
    settled(page)
    expect(page).to_have_url(re.compile(r"(?=.*layer=3)(?=.*head=1)"))
    picture.focus()  # begins at the chosen cell
    picture.press("ArrowUp")
    picture.press("Enter")
    settled(page)
    expect(page).to_have_url(re.compile(r"(?=.*layer=2)(?=.*head=1)"))
    page.get_by_role("link", name="Open the chosen head: layer 2 · head 1").click()
    settled(page)
    expect(page.get_by_role("heading", name="One head", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"one-head\?(?=.*layer=2)(?=.*head=1)"))


def test_a_pattern_is_found_without_a_mouse(page: Page, app_url: str):
    page.goto(f"{app_url}/find-a-head")
    option = page.get_by_role("radio", name="A pattern").or_(
        page.get_by_role("button", name="A pattern")
    )
    expect(option.first).to_be_visible(timeout=60_000)
    option.first.focus()
    option.first.press("Enter")
    best = page.get_by_role("region", name="Coreference score: the best heads")
    expect(best).to_be_visible(timeout=90_000)
    settled(page)
    expect(best.get_by_role("row")).to_have_count(12)  # the titles, ten heads, the chosen one
