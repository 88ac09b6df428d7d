"""Lesson 6 in a real browser: through all eight steps by button and by key, the numbers follow; links and edits too."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from attention_core.heads import head_of
from attention_core.toy.presets import PRESETS
from attention_core.toy.scenario import run, set_cell
from pages.ui.widgets.wording import number
from tests.browser.conftest import settled, type_into_cell
from tests.browser.parts import editor_of_toy, embeddings_of_toy, query_box

pytestmark = pytest.mark.browser
SCENARIO = PRESETS[0]
LAYER = run(SCENARIO)
TRACE = head_of(LAYER.heads, 0)
IT, ANIMAL, BEING = 7, 1, 0
SCORES, SOFTMAX = "Step 3 scores", "Step 6 softmax"
STEPS = [
    ("Step 1 embeddings", "being", SCENARIO.x[IT, BEING], "vectors.get(token, (0, 0, 0, 0))"),
    ("Step 2 q, k, v: q", "q 0", TRACE.q[IT, BEING], "q, k, v = project(x, projections)"),
    (SCORES, "1 animal", TRACE.scores[IT, ANIMAL], "scores = q @ k.swapaxes(-1, -2)"),
    ("Step 4 scale", "1 animal", TRACE.scaled_scores[IT, ANIMAL], "scores * scale"),
    ("Step 5 mask", "1 animal", TRACE.masked_scores[IT, ANIMAL], "masked_scores = biased_scores"),
    (SOFTMAX, "1 animal", TRACE.weights[IT, ANIMAL], "exps = np.exp(shifted)"),
    ("Step 7 weighted sum", "v 0", TRACE.context[IT, BEING], "context = weights @ v"),
    ("Step 8 output", "being", LAYER.output[IT, BEING], "merged @ projections.W_O"),
]


def open_lesson(page: Page, url: str, link: str = "") -> None:
    page.goto(f"{url}/self-attention{link}")
    settled(page)


def the_matrix(page: Page, title: str) -> Locator:
    return page.get_by_label(re.compile(rf"^{title}\. "))


def expect_step(page: Page, i: int) -> None:
    """The matrix, the marked cell's number in its label, the arithmetic and the source are those of the step."""
    title, column, value, source = STEPS[i]
    expect(the_matrix(page, title)).to_have_attribute(
        "aria-label", re.compile(rf"^{title}\. 7 it, {column} is {re.escape(number(value))}\.")
    )
    result = f"{value:.4f}" if title == SOFTMAX else number(value)
    expect(page.locator(".st-key-formula_steps")).to_contain_text(result)
    expect(page.get_by_test_id("stCode").filter(has_text=source)).to_have_count(1)
    chosen = page.get_by_test_id("stRadio").get_by_role("radio", checked=True)
    expect(chosen).to_have_value(str(i))


def test_next_leads_through_all_eight_steps_and_the_numbers_follow(page: Page, app_url: str):
    open_lesson(page, app_url)
    for i in range(len(STEPS)):
        if i:
            page.get_by_role("button", name="Next").click()
        expect_step(page, i)
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    page.get_by_role("button", name="Back").click()
    expect_step(page, 6)


def test_letters_step_on_and_back_but_not_while_one_types(page: Page, app_url: str):
    open_lesson(page, app_url)
    expect_step(page, 0)
    for i in range(1, len(STEPS)):
        page.keyboard.press("n")
        expect_step(page, i)
    page.keyboard.press("b")
    expect_step(page, 6)
    box = page.get_by_role("textbox", name="Your sentence")
    box.press("End")
    box.press_sequentially("bn")
    expect(box).to_have_value(f"{SCENARIO.sentence}bn")
    expect_step(page, 6)


def test_arrow_keys_choose_a_cell_and_the_arithmetic_follows(page: Page, app_url: str):
    open_lesson(page, app_url, "?step=3")
    expect_step(page, 2)
    matrix = the_matrix(page, SCORES)
    matrix.focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowRight", "ArrowRight", "Enter"):
        matrix.press(key)
    expect(matrix).to_have_attribute(
        "aria-label",
        re.compile(rf"^{SCORES}\. 5 street, 3 cross is {number(TRACE.scores[5, 3])}\."),
    )
    expect(query_box(page)).to_have_value("5 street")
    expect(page.locator(".st-key-formula_steps")).to_contain_text("q₅ · k₃")


def test_the_browsers_back_undoes_steps_and_a_change_of_lesson_in_one_press_each(
    page: Page, app_url: str
):
    open_lesson(page, app_url)
    for i in (1, 2):
        page.get_by_role("button", name="Next").click()
        expect_step(page, i)
        expect(page).to_have_url(re.compile(f"step={i + 1}"))
    page.get_by_role("link", name="7 · Heatmaps and rows").last.click()
    expect(page).to_have_url(re.compile("/heatmaps"))
    settled(page)
    page.go_back()
    expect_step(page, 2)
    page.go_back()
    expect_step(page, 1)
    page.go_forward()
    expect_step(page, 2)


def test_an_edit_of_the_toy_moves_the_step_and_is_in_the_link(page: Page, app_url: str):
    open_lesson(page, app_url, "?step=6")
    expect_step(page, 5)
    editor_of_toy(page).click()
    embeddings = embeddings_of_toy(page)
    expect(embeddings).to_be_visible()
    settled(page)
    type_into_cell(embeddings, 5, 0, "1")
    after = head_of(run(set_cell(SCENARIO, "x", 5, 0, 1.0)).heads, 0)
    assert int(after.weights[IT].argmax()) == 5
    expect(the_matrix(page, SOFTMAX)).to_have_attribute(
        "aria-label",
        re.compile(rf"^{SOFTMAX}\. 7 it, 5 street is {number(after.weights[IT, 5])}\."),
    )
    expect(page).to_have_url(re.compile("edits=x5.0%3A1"))


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_sticks_out_at_any_step(page: Page, app_url: str, width: int):
    page.set_viewport_size({"width": width, "height": 900})
    for step in (2, 6):
        open_lesson(page, app_url, f"?step={step}")
        expect_step(page, step - 1)
        main = page.get_by_test_id("stMain")
        assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
