"""One visit of a page: everyone can use it, hostile text stays text, and nothing beyond this machine is asked for."""

from itertools import pairwise
from urllib.parse import quote

from playwright.sync_api import Page, expect

from pages.contents import LESSONS, TOOLS
from pages.ui.server.models import ON_ITS_WAY
from pages.ui.widgets.proof_panel import HEADING
from tests.browser.accessibility import (
    HEADINGS,
    MARKDOWN_NAMES,
    MOVING,
    PHONE,
    UNNAMED,
    WIDE,
    ZOOMED,
    resize,
    switch,
    too_wide,
    violations,
)
from tests.browser.conftest import settled
from tests.browser.hostile import hostile_sentence, seen, shown_at_last

PRODUCT = "Attention Workbench"
TITLES = {"": "", **{each.slug: each.heading for each in LESSONS}}
TITLES |= {each.slug: each.title for each in TOOLS}
NAME_THE_WORDS = {
    "query-key-value", "self-attention", "heatmaps", "masks-and-order", "whole-flow", "one-head", "find-a-head",
    "beyond-one-layer", "side-by-side", "two-heads", "our-core-inside", "break-it", "knock-out",
    "edit-a-score",
}  # fmt: skip
BY_LINK = {"query-key-value"}  # where a typed sentence leaves its plain word asking
THERE = {each.slug: each.heading for each in LESSONS}  # a heading that must be there
THERE["side-by-side"] = HEADING  # of the model itself
OPEN_ALL = (
    "document.querySelectorAll('details:not([open]) > summary').forEach(each => each.click())"
)


def visit(page: Page, url: str, path: str, word: str) -> None:
    """All that is asked of a page. A page that reads no sentence has the hostile one in its link from the start."""
    page.set_viewport_size({"width": WIDE, "height": 1000})
    page.goto(f"{url}/{path}")
    read(page, path)
    assert_everyone_can_use(page, path)
    resize(page, WIDE)
    settled(page)
    box = page.get_by_role("textbox", name="Your sentence")
    if box.count() and path not in BY_LINK:
        box.fill(hostile_sentence(word))
        box.press("Enter")
        read(page, path)
    else:
        page.goto(f"{url}/{path}?text={quote(hostile_sentence(word))}")
        read(page, path)
    assert_hostile_text_is_text(page, word, 5 if path in NAME_THE_WORDS else 1)


def read(page: Page, path: str) -> None:
    """Wait until the page is there, with its model."""
    settled(page)
    on_its_way = page.get_by_text(ON_ITS_WAY)
    expect(on_its_way).to_have_count(0, timeout=90_000)
    settled(page)
    if path in THERE:
        expect(page.get_by_role("heading", name=THERE[path])).to_be_visible(timeout=60_000)


def assert_everyone_can_use(page: Page, path: str) -> None:
    """By axe, on a light screen and on a dark phone; and not too wide, enlarged either. The other two: test_everyone.py."""
    expect(page).to_have_title(f"{TITLES[path]} · {PRODUCT}" if path else PRODUCT)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert_headings_in_order(page)
    switch(page, "light")
    assert violations(page) == []
    assert page.evaluate(UNNAMED) == page.evaluate(MARKDOWN_NAMES) == page.evaluate(MOVING) == []
    switch(page, "dark")
    resize(page, ZOOMED)
    assert too_wide(page) == [0, 0]
    resize(page, PHONE)
    settled(page)
    assert too_wide(page) == [0, 0]
    assert violations(page) == []


def assert_headings_in_order(page: Page) -> None:
    levels = page.evaluate(HEADINGS)
    assert levels[:1] == [1] and levels.count(1) == 1, levels
    assert all(below <= above + 1 for above, below in pairwise(levels)), levels


def assert_hostile_text_is_text(page: Page, word: str, n_places: int) -> None:
    """Of the sentence, then of every other box that the page has."""
    box = page.get_by_role("textbox", name="Your sentence", include_hidden=True)
    expect(box).to_have_value(hostile_sentence(word))
    page.evaluate(OPEN_ALL)
    settled(page)
    shown_at_last(page, n_places)  # one is the box itself
    for typed in page.get_by_test_id("stMain").get_by_role("textbox").all():
        if typed.get_attribute("aria-label") != "Your sentence" and typed.is_editable():
            typed.fill(word)
            typed.press("Enter")
            settled(page)
    seen(page)
