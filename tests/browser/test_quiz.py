"""The quiz as a reader takes it: a right answer, a wrong one, a number with a comma, the result, the link."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from attention_core.quiz.question import Choice, Number
from attention_core.quiz.quiz import LENGTH, make_quiz
from attention_core.quiz.wording import NO_NUMBER
from pages.contents import LESSONS
from pages.ui.reader.predict import NOT_QUITE, RIGHT
from tests.browser.conftest import settled

pytestmark = pytest.mark.browser
SEED = 3
QUIZ = make_quiz(SEED)


def card(page: Page) -> Locator:
    return page.locator(".st-key-quiz_card")


def counted(page: Page, right: int, answered: int) -> Locator:
    """The line above the card, if it counts so many."""
    line = re.compile(rf"^\D+{right}\D+{answered}\D+$")
    return page.get_by_test_id("stMainBlockContainer").locator("p").filter(has_text=line)


def open_quiz(page: Page, url: str) -> None:
    page.goto(f"{url}/recap?quiz={SEED}")
    expect(page.get_by_label("Quiz number")).to_have_value(str(SEED))
    settled(page)


def turn_to(page: Page, at: int) -> None:
    """Press the pill of a question; it may already carry its mark."""
    page.get_by_role("radio", name=re.compile(rf"^{at + 1}( |$)")).click()
    expect(card(page).get_by_text(f"{at + 1}.", exact=True)).to_be_visible()
    settled(page)


def choose(page: Page, option: int) -> None:
    card(page).get_by_role("button", name=re.compile(f"^{'ABCD'[option]} ")).click()


def type_in(page: Page, typed: str) -> None:
    box = card(page).get_by_role("textbox")
    box.fill(typed)
    box.press("Enter")


def positions(answer: type) -> list[int]:
    """Of the questions with such an answer."""
    return [i for i, question in enumerate(QUIZ) if isinstance(question.answer, answer)]


def test_a_right_and_a_wrong_choice_are_graded_with_a_reason(page: Page, app_url: str):
    open_quiz(page, app_url)
    first, second, *_ = positions(Choice)
    turn_to(page, first)
    choose(page, QUIZ[first].answer.right)
    expect(card(page).get_by_text(RIGHT.strip("*"), exact=True)).to_be_visible()
    expect(counted(page, 1, 1)).to_be_visible()
    turn_to(page, second)
    choose(page, (QUIZ[second].answer.right + 1) % len(QUIZ[second].answer.options))
    expect(card(page).get_by_text(NOT_QUITE.strip("*"))).to_be_visible()
    expect(counted(page, 1, 2)).to_be_visible()
    expect(page.get_by_role("radio", name=f"{first + 1} ✓")).to_be_visible()
    expect(page.get_by_role("radio", name=f"{second + 1} ✗")).to_be_checked()


def test_a_number_takes_a_decimal_comma_and_says_what_it_cannot_read(page: Page, app_url: str):
    open_quiz(page, app_url)
    at = positions(Number)[0]
    turn_to(page, at)
    type_in(page, "a <b>lot</b>")
    expect(card(page).get_by_text(NO_NUMBER.format("a <b>lot</b>"))).to_be_visible()
    type_in(page, f"{QUIZ[at].answer.value:.2f}".replace(".", ","))
    expect(card(page).get_by_text(RIGHT.strip("*"), exact=True)).to_be_visible()
    expect(counted(page, 1, 1)).to_be_visible()


def test_next_leads_through_all_questions_to_the_result(page: Page, app_url: str):
    open_quiz(page, app_url)
    for at in range(LENGTH):
        expect(card(page).get_by_text(f"{at + 1}.", exact=True)).to_be_visible()
        settled(page)
        page.get_by_role("button", name="Next" if at + 1 < LENGTH else "Result").click()
    expect(card(page).get_by_role("heading")).to_have_text(re.compile(rf"^0\D+{LENGTH}\D"))
    left = card(page).locator("p").filter(has_text=re.compile(rf"^\D+{LENGTH}\.$"))
    expect(left).to_be_visible()


def test_a_new_quiz_stands_in_the_link_and_survives_another_page(page: Page, app_url: str):
    open_quiz(page, app_url)
    page.get_by_role("button", name="New quiz").click()
    expect(page).not_to_have_url(re.compile(rf"quiz={SEED}(&|$)"))
    expect(page).to_have_url(re.compile(r"quiz=\d+"))
    expect(page.get_by_label("Quiz number")).not_to_have_value(str(SEED))
    number = page.get_by_label("Quiz number").input_value()
    assert f"quiz={number}" in page.url
    page.get_by_role("link", name=LESSONS[-2].heading).last.click()
    expect(page.get_by_role("heading", name=LESSONS[-2].heading, level=1)).to_be_visible()
    settled(page)
    page.get_by_role("link", name=LESSONS[-1].heading).last.click()
    expect(page.get_by_label("Quiz number")).to_have_value(number)
