"""A click in one of the three pictures chooses in all of them; side B is in the address, and Back leads out of it."""

import re

import pytest
from playwright.sync_api import Page, expect

from pages.compare.two_heads.side_b import TEXT_OF_B
from tests.browser.conftest import settled
from tests.browser.parts import picture, query_box, reading

pytestmark = pytest.mark.browser


def test_a_cell_chosen_by_keyboard_in_the_difference_is_chosen_in_all_three(
    page: Page, app_url: str
):
    page.goto(f"{app_url}/two-heads?b=head.3.1")
    expect(picture(page, "B − A")).to_be_visible(timeout=60_000)
    settled(page)
    difference = picture(page, "B − A")
    expect(reading(page, "A:")).to_contain_text("10 it → 2 animal")
    difference.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "Enter"):
        difference.press(key)
    for label in ("A:", "B:"):
        expect(reading(page, label)).to_contain_text("12 too → 3 didn")
    query = query_box(page)  # in the sidebar too
    expect(query).to_have_value("9 too")
    values = [float(reading(page, label).inner_text().rsplit(": ", 1)[1]) for label in ("A:", "B:")]
    expect(reading(page, "B − A")).to_contain_text("12 too → 3 didn")
    shown = float(reading(page, "B − A").inner_text().rsplit(": ", 1)[1])
    assert shown == pytest.approx(values[1] - values[0], abs=0.011)  # two decimals each


def test_side_b_goes_into_the_address_and_back_brings_the_one_before(page: Page, app_url: str):
    page.goto(f"{app_url}/two-heads?b=layer.1")
    expect(page.get_by_text(re.compile(r"MiniLM, layer 1\b")).first).to_be_visible(timeout=60_000)
    settled(page)
    page.get_by_role("radio", name="sentence", exact=True).click()
    expect(page.get_by_text(re.compile(": 10 wide$"))).to_be_visible()
    page.locator(f".st-key-{TEXT_OF_B}").get_by_role("textbox").fill("the animal was here")
    page.locator(f".st-key-{TEXT_OF_B}").get_by_role("textbox").press("Enter")
    expect(page).to_have_url(re.compile(r"b=sentence\.the(\+|%20)animal(\+|%20)was(\+|%20)here"))
    settled(page)
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("menuitem", name="Side by side").click()
    expect(page).to_have_url(re.compile("/side-by-side"))
    settled(page)
    for shown in (": 3 here$", ": 10 wide$", r"MiniLM, layer 1\b"):
        page.go_back()
        expect(page.get_by_text(re.compile(shown)).first).to_be_visible()
