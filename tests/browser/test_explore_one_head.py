"""One head in a real Chromium: cells are read, chosen and followed; the lines are taken away as a file."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import settled
from tests.browser.parts import query_box

pytestmark = pytest.mark.browser
TEXT = "Unbelievable transformers outperform antidisestablishmentarianism"


@pytest.fixture
def shown(page: Page, app_url: str) -> Page:
    page.goto(f"{app_url}/one-head?text={TEXT.replace(' ', '+')}")
    expect(heatmap(page)).to_be_visible(timeout=120_000)
    settled(page)
    return page


def heatmap(page: Page) -> Locator:
    return page.get_by_label("Attention weights of MiniLM, layer 5, head 11")


def reading(page: Page) -> Locator:
    return page.locator("figure").filter(has=heatmap(page)).get_by_role("status")


def softmax_says(page: Page, start: str) -> None:
    expect(page.get_by_text(start).first).to_be_visible()


def test_arrow_keys_read_the_weights_of_the_softmax_table_whatever_the_colours(shown: Page) -> None:
    shown.get_by_role("radio", name="log").click()
    expect(shown.get_by_text("log colours")).to_be_visible()
    table = shown.get_by_role("table").filter(has_text="q·k")
    weights = [row.split()[-1] for row in table.locator("tbody tr").all_inner_texts()]
    assert len(set(weights)) > 10
    heatmap(shown).focus()
    for _ in weights:
        heatmap(shown).press("ArrowLeft")
    for weight in weights:
        expect(reading(shown)).to_have_text(re.compile(f"^1 Unbelievable → .*: {weight}$"))
        heatmap(shown).press("ArrowRight")


def test_enter_on_a_merged_word_chooses_its_last_piece_as_the_query(shown: Page) -> None:
    shown.get_by_role("radio", name="words").click()
    expect(shown.get_by_text("pieces merged to words").first).to_be_visible()
    settled(shown)
    heatmap(shown).focus()
    for _ in range(3):
        heatmap(shown).press("ArrowDown")
    expect(reading(shown)).to_contain_text("6 antidisestablishmentarianism → ")
    heatmap(shown).press("Enter")
    softmax_says(shown, "13 ism → ")
    expect(query_box(shown)).to_have_value("3 antidisestablishmentarianism")


def test_a_click_chooses_the_cell_that_was_read_and_the_views_follow(shown: Page) -> None:
    box = heatmap(shown).bounding_box()
    assert box
    place = {"x": box["width"] * 0.6, "y": box["height"] - 12}
    heatmap(shown).hover(position=place)  # type: ignore[arg-type]
    expect(reading(shown)).to_contain_text("14 [SEP] → ")
    k_name = reading(shown).inner_text().split("→")[1].split(":")[0].strip()
    heatmap(shown).click(position=place)  # type: ignore[arg-type]
    softmax_says(shown, "14 [SEP] → ")
    shown.get_by_role("radio", name="Neurons").click()
    expect(shown.get_by_role("combobox", name="Key (offers)")).to_have_value(k_name)


def test_the_lines_are_taken_away_as_one_file(shown: Page) -> None:
    shown.get_by_role("radio", name="Lines").click()
    expect(shown.get_by_label("Attention of head 11 as lines")).to_be_visible()
    settled(shown)
    with shown.expect_download() as started:
        shown.get_by_role("button", name="These lines as one HTML file").click()
    assert started.value.suggested_filename.endswith(".html")
    html = started.value.path().read_text()
    assert "0 [CLS]" in html and "13 ism" in html and "src=" not in html
