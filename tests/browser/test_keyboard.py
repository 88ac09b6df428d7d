"""The main tasks without a mouse: every step is a press of a key, and the focus can always be seen and moved on."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from attention_core.quiz.quiz import make_quiz
from pages.ui.reader.predict import NOT_QUITE, RIGHT
from pages.ui.widgets.takeaway import TITLE
from tests.browser.conftest import settled
from tests.browser.keyboard import has_focus, tab_to, walk
from tests.browser.parts import CAT, editor_of_toy, embeddings_of_toy, heatmap_of, line

pytestmark = pytest.mark.browser
VERDICTS = [re.escape(each.strip("*")) for each in (RIGHT, NOT_QUITE)]
# between them they hold every component of ours, Streamlit's table and all kinds of controls
WALKED = (
    "",
    "start",
    "dot-product",
    "self-attention",
    "side-by-side",
    "all-heads",
    "one-head",
    "classroom",
)


def opened(page: Page, url: str, path: str = "") -> Page:
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{url}/{path}")
    settled(page)
    return page


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


@pytest.mark.parametrize("path", WALKED, ids=lambda path: path or "home")
def test_tab_leads_through_the_page_in_order_with_a_ring_and_out_of_it(
    page: Page, app_url: str, path: str
):
    found = walk(opened(page, app_url, path))
    assert len(found.stops) > 5
    assert (found.without_ring, found.backwards, found.out_of_sight) == ([], [], [])


def test_from_home_by_the_menu_to_a_lesson(page: Page, app_url: str):
    opened(page, app_url)
    tab_to(page, page.get_by_role("button", name="Learn", exact=True))
    press(page, "Enter")
    softmax = page.get_by_role("menuitem", name="4 · Softmax")
    expect(softmax).to_be_visible()
    for _ in range(4):  # a menu is walked by arrows
        if not has_focus(softmax):
            press(page, "ArrowDown")
    assert has_focus(softmax)
    press(page, "Enter")
    expect(page.get_by_role("heading", name="4 · Softmax", level=1)).to_be_visible()
    expect(page).to_have_title("4 · Softmax · Attention Workbench")


def test_a_sentence_a_head_a_cell_a_number_and_a_file(page: Page, app_url: str, tmp_path: Path):
    opened(page, app_url, "side-by-side")
    tab_to(page, page.get_by_role("combobox", name="Head"))
    press(page, "3", "Enter")
    settled(page)
    expect(page).to_have_url(re.compile("head=3"))

    tab_to(page, page.get_by_role("textbox", name="Your sentence"))
    press(page, "ControlOrMeta+a")
    page.keyboard.type(CAT)
    press(page, "Enter")
    settled(page)

    heatmap = tab_to(page, heatmap_of(page, "Toy"))
    press(page, "ArrowUp", "Enter")
    expect(line(page, "6 because → ")).to_be_visible()
    settled(page)
    assert has_focus(heatmap)
    press(page, "Tab")
    assert not has_focus(heatmap)

    corners = page.locator("figure").get_by_role("button", name=TITLE)
    tab_to(page, corners.nth(1))  # of the model
    press(page, "Enter")
    dialog = page.get_by_role("dialog")
    tab_to(page, dialog.get_by_role("button", name="CSV").last)
    with page.expect_download() as download:
        press(page, "Enter")
    download.value.save_as(tmp_path / "weights.csv")
    assert "cat" in (tmp_path / "weights.csv").read_text(encoding="utf-8")
    press(page, "Escape", "Escape")  # the first one may close the hint of the button in focus
    expect(dialog).to_have_count(0)

    tab_to(page, editor_of_toy(page))
    press(page, "Enter")
    settled(page)
    tab_to(page, embeddings_of_toy(page))
    press(page, "Enter", "ControlOrMeta+a")
    page.keyboard.type("0.5")
    press(page, "Enter")
    expect(page).to_have_url(re.compile("edits=x0.0%3A0.5"))


def test_a_prediction_is_made_and_its_answer_revealed(page: Page, app_url: str):
    opened(page, app_url, "start")
    group = page.locator("[class*='st-key-predict_']").first
    first = group.get_by_role("radio").or_(group.get_by_role("button")).first
    for _ in range(100):
        page.keyboard.press("Tab")
        if group.evaluate("(each) => each.contains(document.activeElement)"):
            break
    assert first.evaluate("(each) => each.getRootNode().activeElement === each")
    press(page, "Enter")
    expect(group.get_by_text(re.compile("|".join(VERDICTS)))).to_be_visible()


def test_a_teacher_reveals_an_answer_and_takes_the_worksheet(page: Page, app_url: str):
    opened(page, app_url, "classroom?quiz=17")
    tab_to(page, page.get_by_role("radio", name="Links for the class"))
    press(page, "ArrowRight", "Enter")
    settled(page)
    tab_to(page, page.get_by_role("switch", name="Answer to question 1", exact=True))
    press(page, "Space")
    expect(page.get_by_text(make_quiz(17)[0].reason)).to_be_visible()
    tab_to(page, page.get_by_role("radio", name="Questions to reveal"))
    press(page, "ArrowRight", "Enter")
    settled(page)
    tab_to(page, page.get_by_role("button", name="Worksheet as PDF"))
    with page.expect_download() as download:
        press(page, "Enter")
    assert download.value.suggested_filename == "attention-worksheet-17-a4.pdf"
