"""A click in one of the three pictures chooses in all of them; side B is in the address, and Back leads out of it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import settled
from tests.browser.parts import picture, reading

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
    query = page.get_by_role("combobox", name="Query: which word asks?")  # in the sidebar too
    expect(query).to_have_value("9 too")
    values = [float(reading(page, label).inner_text().rsplit(": ", 1)[1]) for label in ("A:", "B:")]
    expect(reading(page, "B − A")).to_contain_text("12 too → 3 didn")
    shown = float(reading(page, "B − A").inner_text().rsplit(": ", 1)[1])
    assert shown == pytest.approx(values[1] - values[0], abs=0.011)  # two decimals each


def test_side_b_goes_into_the_address_and_back_brings_the_one_before(page: Page, app_url: str):
    page.goto(f"{app_url}/two-heads?b=layer.1")
    expect(page.get_by_text("MiniLM, layer 1, mean of heads").first).to_be_visible(timeout=60_000)
    settled(page)
    page.get_by_role("radio", name="sentence", exact=True).click()
    expect(page.get_by_text("Only in B: 10 wide")).to_be_visible()
    page.get_by_label("Sentence of B").fill("the animal was here")
    page.get_by_label("Sentence of B").press("Enter")
    expect(page).to_have_url(re.compile(r"b=sentence\.the(\+|%20)animal(\+|%20)was(\+|%20)here"))
    settled(page)
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("menuitem", name="Side by side").click()
    expect(page).to_have_url(re.compile("/side-by-side"))
    settled(page)
    for shown in ("Only in B: 3 here", "Only in B: 10 wide", "MiniLM, layer 1, mean of heads"):
        page.go_back()
        expect(page.get_by_text(shown).first).to_be_visible()
