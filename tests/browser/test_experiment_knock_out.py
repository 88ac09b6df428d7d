"""Heads are taken out by keyboard in a real browser, the address says so, and a long measurement can be stopped and gone on with."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import settled

pytestmark = pytest.mark.browser


def open_grid(page: Page, url: str) -> Locator:
    page.goto(url)
    grid = page.get_by_label(re.compile("^All \\d+ heads of"))
    expect(grid).to_be_visible(timeout=90_000)
    settled(page)
    return grid


def said(grid: Locator) -> str:
    return grid.get_attribute("aria-label") or ""


def test_a_head_is_taken_out_and_put_back_by_keyboard_and_back_leads_back(page: Page, app_url: str):
    grid = open_grid(page, f"{app_url}/knock-out?out=heads.h5-11")
    assert "1 out" in said(grid)
    reading = grid.locator("xpath=../..").get_by_role("status")
    grid.focus()
    for key in ("ArrowUp", "ArrowLeft"):
        grid.press(key)
    expect(reading).to_contain_text("layer 4 · head 10")
    grid.press("Enter")
    expect(page.get_by_text("Out: layer 4 · head 10, layer 5 · head 11")).to_be_visible()
    settled(page)
    assert "out=heads.h4-10_5-11" in page.url and "2 out" in said(grid)
    expect(page.get_by_role("combobox", name="Layer")).to_have_value("4")  # and looked at, below
    grid.press("Enter")
    expect(page.get_by_text("Out: layer 5 · head 11", exact=True)).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("menuitem", name="Side by side").click()
    expect(page).to_have_url(re.compile("/side-by-side"))
    settled(page)
    for out in ("Out: layer 5 · head 11", "Out: layer 4 · head 10, layer 5 · head 11"):
        page.go_back()
        expect(page.get_by_text(out, exact=True)).to_be_visible()


@pytest.mark.slow
def test_measuring_can_be_stopped_what_is_measured_stays_and_it_goes_on(page: Page, app_url: str):
    grid = open_grid(page, f"{app_url}/knock-out?model=SmolLM2")
    main = page.get_by_test_id("stMainBlockContainer")  # Streamlit has a button Stop of its own
    page.get_by_role("button", name="Measure all 270 heads").click()
    expect(main.get_by_text(re.compile(r"Layer [2-9] of 30"))).to_be_visible(timeout=60_000)
    main.get_by_role("button", name="Stop").click()
    go_on = main.get_by_role("button", name=re.compile(r"Go on: \d+ of 30 are left"))
    expect(go_on).to_be_visible(timeout=60_000)
    settled(page)
    left = int(re.findall(r"(\d+) of 30", go_on.inner_text())[0])
    assert 0 < left < 30
    measured = re.compile(f" {9 * (30 - left)} measured")
    expect(grid).to_have_attribute("aria-label", measured)
    go_on.click()
    expect(grid).not_to_have_attribute("aria-label", measured, timeout=60_000)
    main.get_by_role("button", name="Stop").click()
    expect(go_on).to_be_visible(timeout=60_000)
    settled(page)
    assert int(re.findall(r"(\d+) of 30", go_on.inner_text())[0]) < left


def test_a_deep_link_to_a_word_opens_cold_at_phone_width_without_anything_cut_off(
    page: Page, app_url: str
):
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(f"{app_url}/knock-out?out=word.w8.cuniform")
    expect(page.get_by_label(re.compile("^The sentence, each token"))).to_be_visible(timeout=90_000)
    settled(page)
    expect(page.get_by_role("button", name=re.compile("^street"))).to_have_attribute(
        "aria-pressed", "true"
    )
    assert page.evaluate("document.documentElement.scrollWidth") == 390
