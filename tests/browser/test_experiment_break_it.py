"""A click on a rule's row breaks the toy and the model, the address keeps it, and what is no number is read as none."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import settled

pytestmark = pytest.mark.browser


def opened(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.get_by_role("heading", name="How bad is each mistake")).to_be_visible(
        timeout=60_000
    )
    settled(page)


def picture(page: Page, label_start: str, which: int) -> Locator:
    """The toy's is 0, the model's 1."""
    name = re.compile(f"^{re.escape(label_start)}")
    return page.get_by_role("application", name=name).nth(which)


def reading(page: Page, label_start: str, which: int) -> Locator:
    return picture(page, label_start, which).locator("xpath=ancestor::figure").locator(".reading")


def test_a_click_on_a_row_of_the_rules_chooses_the_mistake_and_back_leads_through_both(
    page: Page, app_url: str
):
    opened(page, f"{app_url}/break-it")
    rules = page.get_by_role("region", name=re.compile("^Violations of four rules")).last
    failed = rules.locator("tr", has_text="wrong axis").locator("td.strong")
    expect(failed).to_have_text([re.compile("^✗"), re.compile("^✗")])  # row sums and shift
    rules.get_by_role("button", name="wrong axis").click()
    expect(page).to_have_url(re.compile("break=wrong-axis"))
    expect(picture(page, "Changed: attention weights of Softmax over queries", 1)).to_be_visible()
    settled(page)
    page.get_by_role("radio", name="In layer 5 only").click()
    expect(page).to_have_url(re.compile(r"break=wrong-axis\.one"))
    expect(page.get_by_role("heading", name="How bad is each mistake in layer 5?")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("menuitem", name="Side by side").click()
    expect(page).to_have_url(re.compile("/side-by-side"))
    settled(page)
    for where in ("layer 5", "all 6 layers"):
        page.go_back()
        heading = f"How bad is each mistake in {where}?"
        expect(page.get_by_role("heading", name=heading)).to_be_visible()


def test_what_is_no_number_is_read_as_none_and_a_blocked_key_as_blocked(page: Page, app_url: str):
    page.set_viewport_size({"width": 390, "height": 900})
    opened(page, f"{app_url}/break-it?break=no-max&text=the+hot+dog+was")
    for which in (0, 1):
        expect(reading(page, "Changed:", which)).to_contain_text("no number")
    toy = picture(page, "Changed:", 0)
    toy.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight"):
        toy.press(key)
    expect(reading(page, "Changed:", 0)).to_have_text("2 dog → 3 was: blocked by the mask")
    main = page.get_by_test_id("stMain")
    assert main.evaluate("box => box.scrollWidth <= box.clientWidth")  # nothing is cut off
