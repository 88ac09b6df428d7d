"""The browser's Back: one step for a run of edits, whatever was written into the address meanwhile; and reloads."""

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from attention_core.toy.edits import apply_edits
from attention_core.toy.presets import PRESETS
from tests.browser.conftest import settled, type_into_cell
from tests.browser.parts import editor_of_toy, embeddings_of_toy, reset_of_toy

pytestmark = pytest.mark.browser
BASE = PRESETS[0]


def length(page: Page) -> int:
    settled(page)
    return int(page.evaluate("history.length"))


def edits(page: Page) -> str:
    settled(page)
    return parse_qs(urlsplit(page.url).query).get("edits", [""])[0]


def table(page: Page) -> Locator:
    return embeddings_of_toy(page)


def opened(page: Page, url: str, address: str = "side-by-side") -> None:
    page.goto(f"{url}/{address}")
    expect(page.get_by_label("Attention weights of Toy").first).to_be_visible(timeout=60_000)
    settled(page)
    open_editor(page)


def open_editor(page: Page) -> None:
    if not table(page).count():
        editor_of_toy(page).click()
    expect(table(page)).to_be_visible()
    settled(page)


def test_twelve_edits_are_one_entry_and_back_leads_to_where_they_began(
    page: Page, app_url: str
) -> None:
    opened(page, app_url)
    before = length(page)
    for i in range(12):
        type_into_cell(table(page), i // 4, i % 4, f"{2.125 + i / 8:g}")
        expect(page).to_have_url(re.compile(f"x{i // 4}.{i % 4}%3A"))
    assert length(page) == before + 1
    address, twelve = page.url, edits(page)
    expected = BASE.x.copy()
    expected.flat[:12] = 2.125 + np.arange(12) / 8
    np.testing.assert_array_equal(apply_edits(BASE, twelve).x, expected)

    page.go_back()
    expect(page).not_to_have_url(re.compile("edits="))
    settled(page)
    assert "side-by-side" in page.url
    expect(reset_of_toy(page)).to_be_disabled()
    page.go_forward()
    expect(page).to_have_url(address)
    expect(reset_of_toy(page)).to_be_enabled()
    page.reload()
    settled(page)
    open_editor(page)
    assert edits(page) == twelve
    expect(reset_of_toy(page)).to_be_enabled()


def test_a_page_that_was_left_is_one_step_back_and_the_edits_are_still_there(
    page: Page, app_url: str
) -> None:
    opened(page, app_url)
    type_into_cell(table(page), 0, 0, "0.75")
    expect(page).to_have_url(re.compile("edits=x0.0%3A0.75"))
    settled(page)
    before = length(page)
    page.get_by_role("button", name="Learn", exact=True).click()
    page.get_by_role("menuitem", name="6 · Self-attention").click()
    expect(page).to_have_url(re.compile("self-attention.*edits=x0.0%3A0.75"))
    assert length(page) == before + 1
    page.go_back()
    expect(page).to_have_url(re.compile("side-by-side.*edits=x0.0%3A0.75"))


def test_what_a_slow_page_writes_on_the_old_address_is_one_step(page: Page, app_url: str) -> None:
    """In this order Streamlit writes it while the server is busy."""
    opened(page, app_url, "side-by-side?edits=x0.0%3A0.75")
    before = length(page)
    page.mouse.click(5, 500)
    for to in ("side-by-side?seen=6", "side-by-side?seen=6&edits=x0.0%3A0.75", "self-attention"):
        page.evaluate("to => history.pushState({}, '', '/' + to)", to)
    assert int(page.evaluate("history.length")) == before + 1
    assert urlsplit(page.url).path == "/self-attention"
