"""Whether everyone can use what opens by a click. Each page as it opens: test_every_lesson.py and test_every_tool.py."""

import pytest
from playwright.sync_api import Locator, Page, expect

from pages.ui.widgets.takeaway import TITLE
from tests.browser.accessibility import (
    MOVING,
    PHONE,
    UNNAMED,
    resize,
    switch,
    too_wide,
    violations,
)
from tests.browser.conftest import settled
from tests.browser.visit import TITLES, assert_headings_in_order, read

pytestmark = pytest.mark.browser
# pages with the most to open, and what opens it
BEHIND_A_CLICK = {
    "side-by-side": ("Edit the toy", TITLE, "How to read this"),
    "self-attention": (TITLE,),
    "one-head": (TITLE,),
    "let-it-learn": ("How the toy is built",),
}


@pytest.mark.parametrize(
    ("path", "label"), [(path, label) for path in BEHIND_A_CLICK for label in BEHIND_A_CLICK[path]]
)
def test_what_opens_by_a_click_can_be_used_too(page: Page, app_url: str, path: str, label: str):
    page.goto(f"{app_url}/{path}")
    read(page, path)
    openers(page, label).first.click()
    settled(page)
    for scheme in ("light", "dark"):
        switch(page, scheme)
        assert violations(page) == []


@pytest.mark.slow
@pytest.mark.parametrize("path", TITLES, ids=lambda path: path or "home")
def test_colours_can_be_told_apart_on_a_dark_screen_and_a_light_phone_too(
    page: Page, app_url: str, path: str
):
    page.goto(f"{app_url}/{path}")
    read(page, path)
    switch(page, "dark")
    assert violations(page, "color-contrast") == []
    resize(page, PHONE)
    settled(page)
    switch(page, "light")
    assert violations(page, "color-contrast") == []


def openers(page: Page, label: str) -> Locator:
    return page.get_by_role("button", name=label).or_(page.locator("summary", has_text=label))


def test_what_is_chosen_has_a_frame_where_the_system_takes_the_colours(page: Page, app_url: str):
    page.goto(f"{app_url}/side-by-side")
    head = page.get_by_role("button", name="head 3", exact=True)
    expect(head).to_be_visible(timeout=60_000)
    settled(page)
    page.emulate_media(forced_colors="active")
    chosen = page.locator("[aria-pressed=true], [role=radio][aria-checked=true]")
    assert chosen.count() > 1
    for i in range(chosen.count()):
        expect(chosen.nth(i)).to_have_css("outline-style", "solid")
    expect(head).to_have_css("outline-style", "none")


@pytest.mark.parametrize("part", ["Questions to reveal", "Worksheet to print"])
def test_all_of_the_classroom_can_be_used(page: Page, app_url: str, part: str):
    page.goto(f"{app_url}/classroom?quiz=17")
    settled(page)
    page.get_by_role("radio", name=part).click()
    settled(page)
    if part == "Questions to reveal":
        page.get_by_role("button", name="Reveal all").click()
        settled(page)
    switch(page, "light")
    assert violations(page) == []
    assert page.evaluate(UNNAMED) == []
    switch(page, "dark")
    resize(page, PHONE)
    assert too_wide(page) == [0, 0]
    assert violations(page) == []


def test_a_picture_without_a_name_what_moves_and_what_is_too_wide_would_be_found(
    page: Page, app_url: str
):
    page.goto(app_url)
    settled(page)
    page.evaluate(
        """() => {
          const box = document.querySelector('[data-testid="stMain"]');
          box.append(document.createElement('canvas'), document.createElement('h4'));
          box.lastChild.textContent = 'too deep';
          box.querySelector('canvas').style.width = '3000px';
          box.lastChild.animate([{opacity: 0}, {opacity: 1}], {duration: 1000, iterations: Infinity});
        }"""
    )
    assert len(page.evaluate(UNNAMED)) == len(page.evaluate(MOVING)) == 1
    assert max(too_wide(page)) > 0
    with pytest.raises(AssertionError):
        assert_headings_in_order(page)
