"""A score typed into the row is in every picture and in the address; what is no number is refused; Back leads out of it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import settled, type_into_cell
from tests.browser.parts import picture, reading

pytestmark = pytest.mark.browser
ROW = "The scores of the row 10 it"


def test_a_number_typed_into_the_row_runs_and_can_be_undone(page: Page, app_url: str):
    page.goto(f"{app_url}/edit-a-score")
    expect(picture(page, ROW)).to_be_visible(timeout=60_000)
    settled(page)
    expect(reading(page, "Changed:")).to_have_text("10 it → 2 animal: 0.65")
    type_into_cell(picture(page, ROW), 0, 6, "9")  # from the marked cell, "2 animal"
    expect(page).to_have_url(re.compile(r"row=scores\.5\.11\.10~8(%3A|:)9\.0"))
    expect(reading(page, "Changed:")).to_have_text(re.compile(r"10 it → 8 street: 0\.9\d"))
    expect(page.get_by_text("vectors that leave the last layer")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Undo").click()
    expect(reading(page, "Changed:")).to_have_text("10 it → 8 street: 0.02")
    expect(page).not_to_have_url(re.compile("row="))
    settled(page)


def test_what_is_no_number_is_refused_in_words(page: Page, app_url: str):
    page.goto(f"{app_url}/edit-a-score?row=weights.5.11.10~even")
    row = "The weights of the row 10 it"
    expect(picture(page, row)).to_be_visible(timeout=60_000)
    settled(page)
    cells = picture(page, row)
    cells.focus()
    cells.press("Enter")
    cell = cells.locator("xpath=..").locator("input")
    for text in ("nan", "1e999", "much"):
        cell.fill(text)
        cell.press("Enter")
        expect(reading(page, row)).to_contain_text("That is no number")
    cell.press("Escape")
    page.get_by_label("New weight of the chosen key").fill("inf")
    page.get_by_label("New weight of the chosen key").press("Enter")
    expect(page.get_by_text("infinity and “not a number” cannot be put into a row")).to_be_visible()
    expect(page).to_have_url(re.compile(r"row=weights\.5\.11\.10~even"))
    settled(page)
