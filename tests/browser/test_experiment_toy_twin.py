"""The toy twin in a browser: choose how many numbers, change one by keyboard, send the link, read it on a phone."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import settled, type_into_cell

pytestmark = pytest.mark.browser
LAST = "The softmax of the chosen row"


def opened(page: Page, url: str, link: str = "") -> None:
    page.goto(f"{url}/toy-twin{link}")
    expect(page.get_by_role("heading", name=LAST)).to_be_visible(timeout=60_000)
    settled(page)


def picture(page: Page, label_start: str) -> Locator:
    return page.get_by_role("application", name=re.compile(f"^{label_start}"))


def told(page: Page) -> Locator:
    return page.get_by_test_id("stText").filter(has_text="You changed")


def test_a_number_changed_by_keyboard_moves_the_twin_and_its_link_brings_it_back(
    page: Page, app_url: str
):
    opened(page, app_url)
    twin = picture(page, "Twin: attention weights")
    before = twin.get_attribute("aria-label")
    # the keyboard begins at the marked key, 2 animal
    type_into_cell(picture(page, r"What each of 15 tokens offers"), 6, 0, "3")
    expect(told(page)).to_contain_text("offers 1 of 8 street")
    expect(told(page)).to_contain_text(re.compile(r"the weight of 10 it on 8 street went from 0\."))
    expect(twin).not_to_have_attribute("aria-label", before)
    expect(page).to_have_url(re.compile("twin=4~x8.4%3A3"))
    after, link = told(page).inner_text(), page.url
    page.goto("about:blank")
    page.goto(link)
    expect(told(page)).to_have_text(after, timeout=60_000)
    page.get_by_role("button", name="Back to the twin").click()
    expect(told(page)).to_have_count(0)
    expect(page).not_to_have_url(re.compile("twin="))


def test_a_click_in_the_table_chooses_how_many_numbers(page: Page, app_url: str):
    opened(page, app_url)
    page.get_by_role("button", name="2 + 2", exact=True).click()
    expect(page.get_by_text("60 numbers")).to_be_visible()
    expect(picture(page, r"Twin: attention weights of 2 \+ 2")).to_be_visible()
    expect(page).to_have_url(re.compile("twin=2"))


def test_on_a_phone_nothing_sticks_out(page: Page, app_url: str):
    page.set_viewport_size({"width": 390, "height": 900})
    opened(page, app_url, "?twin=8")
    main = page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
