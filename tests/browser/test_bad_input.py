"""What only a browser can be given: numbers typed into cells of the toy, and a word without an end."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from attention_core.pretrained.catalogue import MINILM
from pages.ui.reader.sentence import how_much
from tests.bad_input.reader import EDIT, SENTENCE
from tests.browser.conftest import settled
from tests.browser.parts import editor_of_toy, embeddings_of_toy

pytestmark = pytest.mark.browser
NO_NUMBERS = ("abc", "", "٣", "1,2,3", "--1", "NaN", "Infinity", "1e999", "0x10", "1 2", "<b>1</b>")
PASTED = 200_000  # characters; ten million go over a websocket in tests/faults


@pytest.fixture(scope="module")
def reader(chromium: Browser, app_url: str) -> Iterator[Page]:
    """A reader who has edited the toy of their sentence, with its editor open."""
    page = chromium.new_context(viewport={"width": 1280, "height": 1000}).new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    link = f"text={SENTENCE.replace(' ', '+')}&edits={EDIT.replace(':', '%3A')}"
    page.goto(f"{app_url}/side-by-side?{link}")
    settled(page)
    expect(page.get_by_text(MINILM.weights.distribution)).to_be_visible(timeout=90_000)
    editor_of_toy(page).click()
    settled(page)
    yield page
    page.context.close()
    assert errors == []


@pytest.mark.parametrize("entered", NO_NUMBERS)
def test_a_cell_takes_no_number_only_and_keeps_its_own(reader: Page, entered: str):
    matrix = embeddings_of_toy(reader)
    matrix.focus()
    matrix.press("Escape")
    matrix.press("Enter")
    cell = matrix.locator("xpath=..").locator("input")
    expect(cell).to_have_value("0.125")
    said = matrix.locator("xpath=ancestor::figure").locator(".reading")
    before = said.inner_text()
    cell.fill(entered)
    cell.press("Enter")
    expect(said).not_to_have_text(before)
    expect(said).not_to_be_empty()
    expect(cell).to_have_attribute("aria-invalid", "true")
    cell.press("Escape")
    expect(cell).to_have_count(0)
    expect(reader).to_have_url(re.compile("edits=x0.0%3A0.125"))


def test_an_endless_word_is_cut_and_said_and_the_reader_can_come_back(reader: Page):
    box = reader.get_by_role("textbox", name="Your sentence")
    box.evaluate(
        "(box, n) => { box.focus(); box.select(); document.execCommand('insertText', false, 'я'.repeat(n)) }",
        PASTED,
    )
    box.press("Enter")
    told = reader.get_by_text(str(how_much("я" * PASTED)))
    expect(told).to_be_visible(timeout=60_000)
    settled(reader)
    assert len(box.input_value()) == 8_000
    reader.reload()
    settled(reader)
    assert len(box.input_value()) == 8_000
    box.fill(SENTENCE)
    box.press("Enter")
    settled(reader)
    expect(told).to_have_count(0)
