"""Two readers on one server, each with an experiment of their own on the same model and sentence: neither sees the other's."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import settled

pytestmark = pytest.mark.browser
PATHS = ("break-it?break=uniform", "break-it?break=twice", "knock-out")


def open_page(chromium: Browser, app_url: str, path: str) -> Page:
    page = chromium.new_context(viewport={"width": 1280, "height": 1000}).new_page()
    page.goto(
        f"{app_url}/{path}", wait_until="commit"
    )  # does not wait for the page: the others come at once
    return page


def seen(page: Page) -> list[str]:
    """What is read aloud of every picture of a changed run and of its control, and of the result."""
    expect(
        page.get_by_role("application", name=re.compile("^Control: .*layer 5, head 11"))
    ).to_be_visible(timeout=60_000)
    settled(page)
    names = [
        each.get_attribute("aria-label") or "" for each in page.get_by_role("application").all()
    ]
    results = page.get_by_text(re.compile("The sentence .* turned by")).all_inner_texts()
    assert results
    return [*names, *results]


def test_readers_at_once_see_what_each_would_see_alone(chromium: Browser, app_url: str):
    alone = []
    for path in PATHS:
        page = open_page(chromium, app_url, path)
        alone.append(seen(page))
        page.context.close()
    assert len({tuple(each) for each in alone}) == len(PATHS)
    readers = [open_page(chromium, app_url, path) for path in PATHS]
    assert [seen(reader) for reader in readers] == alone
    uniform, twice = readers[:2]
    for page, title in ((uniform, "Second softmax"), (twice, "Uniform attention")):
        page.get_by_role("radio", name=title, exact=True).click(no_wait_after=True)
    for page, title, expected in (
        (uniform, "Second softmax", alone[1]),
        (twice, "Uniform attention", alone[0]),
    ):
        expect(page.get_by_role("radio", name=title, exact=True)).to_be_checked()
        expect(page.get_by_text(expected[-1])).to_be_visible()
        assert seen(page) == expected
    for reader in readers:
        reader.context.close()
