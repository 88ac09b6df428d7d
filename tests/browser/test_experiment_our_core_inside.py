"""The switch between library and ours, tiny differences that can be read, and float64 on demand, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import settled
from tests.browser.parts import picture, reading

pytestmark = pytest.mark.browser


def test_switching_shows_the_same_numbers_and_the_difference_in_powers_of_ten(
    page: Page, app_url: str
):
    page.goto(f"{app_url}/our-core-inside?core=library.weights")
    expect(picture(page, "Library")).to_be_visible(timeout=60_000)
    settled(page)
    theirs = reading(page, "Library").text_content()
    page.get_by_role("radio", name="ours", exact=True).click()
    expect(reading(page, "Ours:")).to_have_text(theirs)
    page.get_by_role("radio", name="difference", exact=True).click()
    expect(reading(page, "Ours −")).to_have_text(re.compile(r"2 animal: -?\d\.\de-0[6-9]$"))
    expect(page).to_have_url(re.compile(r"core=difference\.weights"))


def test_float64_is_computed_on_demand_and_draws_its_line(page: Page, app_url: str):
    page.goto(f"{app_url}/our-core-inside?core=all.weights.wrong")
    chart = page.get_by_test_id("stVegaLiteChart")
    expect(chart).to_be_visible(timeout=60_000)
    settled(page)
    drawn = chart.locator("[aria-roledescription='circle']")
    expect(drawn).to_have_count(2 * 6)
    page.get_by_role("button", name="Settle it in float64").click()
    expect(page.get_by_text("it was rounding")).to_be_visible(timeout=60_000)
    expect(drawn).to_have_count(4 * 6)
    settled(page)
