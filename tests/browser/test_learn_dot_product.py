"""Lesson 3 in a real browser: arrows, inputs, table and formulas follow each other."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import settled, type_into_cell

pytestmark = pytest.mark.browser


@pytest.fixture
def lesson(page: Page, app_url: str) -> Page:
    page.goto(f"{app_url}/dot-product")
    expect(page.get_by_role("application", name="a (3, 1)")).to_be_visible()
    # the model's part comes last and pushes nothing above it
    expect(page.get_by_label("without the division").first).to_be_visible(timeout=60_000)
    settled(page)
    return page


def formula(page: Page, name: str) -> Locator:
    return page.locator(f".st-key-formula_dot_product_{name}")


def test_an_arrow_moved_by_keys_changes_inputs_and_product(lesson: Page) -> None:
    lesson.get_by_role("application", name="a (3, 1)").focus()
    for _ in range(5):
        lesson.keyboard.press("ArrowUp")
    expect(formula(lesson, "board")).to_contain_text("= 3 × 2.5 + 1.5 × 2 = 10.5")
    expect(lesson.get_by_role("spinbutton", name="a₂")).to_have_value("1.5")


def test_a_typed_number_and_a_button_move_the_arrows(lesson: Page) -> None:
    box = lesson.get_by_role("spinbutton", name="b₁")
    box.fill("-1.5")
    box.press("Enter")
    expect(lesson.get_by_role("application", name="b (−1.5, 2)")).to_be_visible()
    expect(formula(lesson, "board")).to_contain_text("= 3 × (−1.5) + 1 × 2 = −2.5")
    lesson.get_by_role("button", name="At a right angle").click()
    expect(lesson.get_by_role("application", name="b (−1, 3)")).to_be_visible()
    expect(formula(lesson, "board")).to_contain_text("cos 90°")


def test_an_edit_of_the_table_is_multiplied_at_once(lesson: Page) -> None:
    type_into_cell(lesson.get_by_label("Two vectors a and b"), 0, 0, "7")
    expect(formula(lesson, "long")).to_contain_text("= 28 + 10 + 18 = 56")


def test_the_prediction_opens_the_charts_and_the_slider_moves_the_numbers(lesson: Page) -> None:
    lesson.get_by_role("radio", name="sharper").click()
    expect(lesson.get_by_test_id("stVegaLiteChart")).to_have_count(2)
    expect(formula(lesson, "scale")).to_contain_text("d = 64:")
    slider = lesson.get_by_role("slider", name="d, how many numbers")
    slider.focus()
    slider.press("ArrowRight")
    expect(formula(lesson, "scale")).to_contain_text("d = 128:")
