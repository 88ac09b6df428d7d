"""Predictions and two sentences in a real browser: rows are clicked and typed on, charts are drawn."""

import pytest
from playwright.sync_api import Page, expect

from pages.compare.two_sentences.sentences import NO_SHARED_WORD
from tests.browser.conftest import settled

pytestmark = pytest.mark.browser


@pytest.mark.slow
def test_a_row_is_appended_by_click_and_by_keyboard_and_taken_back(
    page: Page, app_url: str
) -> None:
    page.goto(f"{app_url}/predictions?text=the+hot+dog+was&model=SmolLM2")
    listed = page.get_by_role("region", name="likeliest next tokens")
    expect(listed).to_be_visible(timeout=90_000)
    settled(page)
    listed.get_by_role("button", name="served").click()
    box = page.get_by_role("textbox", name="Your sentence")
    expect(box).to_have_value("the hot dog was served")
    settled(page)
    first = listed.get_by_role("button").first
    token = first.inner_text()
    first.focus()
    page.keyboard.press("Enter")
    expect(box).to_have_value("the hot dog was served" + token.replace("␣", " "))
    settled(page)
    expect(page.get_by_role("region", name="Surprisal of 5 tokens")).to_be_visible()
    for text in ("the hot dog was served", "the hot dog was"):
        page.locator(".st-key-predictions_undo").get_by_role("button").click()
        expect(box).to_have_value(text)
    settled(page)


def test_each_question_about_two_sentences_draws_its_picture(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/two-sentences")
    charts = page.get_by_test_id("stVegaLiteChart")
    expect(charts).to_have_count(1, timeout=90_000)
    settled(page)
    page.get_by_role("radio", name="Which words is it like").click()
    expect(charts).to_have_count(2)
    for chart in charts.all():
        expect(chart.locator("canvas, svg.marks").first).to_be_visible()
    page.get_by_role("radio", name="Where does it look").click()
    table = page.get_by_role("region", name="Attention weights of one word")
    expect(table.get_by_role("rowheader", name="hot")).to_be_visible()
    page.get_by_role("textbox", name="Second sentence").fill("nothing here")
    page.keyboard.press("Enter")
    expect(page.get_by_text(NO_SHARED_WORD)).to_be_visible()
    settled(page)
