"""The way through the lessons in a real browser. Whether everyone can use them: test_every_lesson.py."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from pages.contents import LESSONS
from tests.browser.conftest import settled

pytestmark = pytest.mark.browser
OWN = "My hot dog was cold"


def sentence(page: Page) -> Locator:
    """The box is on every page, though hidden where nobody needs it."""
    return page.get_by_role("textbox", name="Your sentence", include_hidden=True)


def opened(page: Page, n: int) -> Locator:
    """The bar that counts the lessons that were opened, if it says so many."""
    return page.get_by_test_id("stProgress").filter(
        has_text=re.compile(rf"^{n}\D+{len(LESSONS)}\b")
    )


def test_a_reader_walks_through_all_lessons_and_loses_nothing(page: Page, app_url: str):
    page.goto(f"{app_url}/{LESSONS[0].slug}?text={OWN.replace(' ', '+')}")
    for lesson in LESSONS:
        expect(page.get_by_role("heading", name=lesson.heading, level=1)).to_be_visible()
        settled(page)
        expect(sentence(page)).to_have_value(OWN)
        if lesson is not LESSONS[-1]:
            page.get_by_role("link", name=LESSONS[lesson.number].heading).last.click()
    assert "seen=" + "-".join(str(lesson.number) for lesson in LESSONS) in page.url
    expect(opened(page, len(LESSONS))).to_be_visible()
    for lesson in reversed(LESSONS[-4:-1]):  # Back is one step for each page
        page.go_back()
        expect(page.get_by_role("heading", name=lesson.heading, level=1)).to_be_visible()
        settled(page)
        expect(sentence(page)).to_have_value(OWN)


def test_a_link_opens_a_lesson_with_its_progress(page: Page, app_url: str):
    page.goto(f"{app_url}/softmax?seen=1-2-3")
    expect(opened(page, 4)).to_be_visible()
