"""The way through the lessons in a real browser, and whether everyone can use every page."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from pages.ui.learn.lessons import LESSONS
from pages.ui.tools import TOOLS
from tests.browser.conftest import settled

pytestmark = pytest.mark.browser
OWN = "My hot dog was cold"
PAPER: dict[Literal["light", "dark"], str] = {  # backgroundColor of .streamlit/config.toml
    "light": "rgb(255, 255, 255)",
    "dark": "rgb(20, 22, 28)",
}
PATHS = ["", *(page.slug for page in (*LESSONS, *TOOLS))]


def sentence(page: Page) -> Locator:
    """The box is on every page, though hidden where nobody needs it."""
    return page.get_by_role("textbox", name="Your sentence", include_hidden=True)


def test_a_reader_walks_through_all_lessons_and_loses_nothing(page: Page, app_url: str):
    page.goto(f"{app_url}/{LESSONS[0].slug}?text={OWN.replace(' ', '+')}")
    for lesson in LESSONS:
        expect(page.get_by_role("heading", name=lesson.heading, level=1)).to_be_visible()
        settled(page)
        expect(sentence(page)).to_have_value(OWN)
        if lesson is not LESSONS[-1]:
            page.get_by_role("link", name=LESSONS[lesson.number].heading).last.click()
    assert "seen=" + "-".join(str(lesson.number) for lesson in LESSONS) in page.url
    expect(page.get_by_text(f"{len(LESSONS)} of {len(LESSONS)} lessons opened")).to_be_visible()
    for lesson in reversed(LESSONS[-4:-1]):  # Back is one step for each page
        page.go_back()
        expect(page.get_by_role("heading", name=lesson.heading, level=1)).to_be_visible()
        settled(page)
        expect(sentence(page)).to_have_value(OWN)


def test_a_link_opens_a_lesson_with_its_progress(page: Page, app_url: str):
    page.goto(f"{app_url}/softmax?seen=1-2-3")
    expect(page.get_by_text(f"4 of {len(LESSONS)} lessons opened")).to_be_visible()


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path or "home")
def test_axe_finds_nothing_serious(chromium: Browser, app_url: str, path: str):
    context = chromium.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    page.goto(f"{app_url}/{path}")
    settled(page)
    found = [violation for scheme in PAPER for violation in violations(page, scheme)]
    context.close()
    assert found == []


def violations(page: Page, scheme: Literal["light", "dark"]) -> list[tuple]:
    """What axe holds against the page in this scheme, which the page follows without running again."""
    page.emulate_media(color_scheme=scheme)
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", PAPER[scheme])
    return [
        (scheme, each["id"], node["target"], node["html"][:150])
        for each in Axe().run(page).response["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
