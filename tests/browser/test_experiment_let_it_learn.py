"""The toy trains in front of the reader: it grows by itself, Stop is heard at once, the scrubber goes back, a cell is checked."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import settled

pytestmark = pytest.mark.browser


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=re.compile(name))


def expect_step(page: Page, step: int) -> None:
    """The heatmap beside the one before training shows this step."""
    now = page.locator(".corner").filter(has=page.get_by_text("Now", exact=True))
    expect(now).to_have_text(re.compile(rf"step {step}$"))


def said(page: Page) -> tuple[int, int]:
    """The step and the goal that the progress bar says."""
    found = re.search(r"Step (\d+) of (\d+)", page.get_by_test_id("stProgress").inner_text())
    assert found
    return int(found[1]), int(found[2])


def test_training_grows_by_itself_stops_at_once_and_goes_on(page: Page, app_url: str):
    page.goto(f"{app_url}/let-it-learn?train=copy_Adam_0.03_2000_0_1_fixed")
    button(page, "Train 2000 steps$").click()
    bar = page.get_by_test_id("stProgress")
    seen = set()
    for _ in range(2):  # two pieces without a click
        expect(bar).to_contain_text(re.compile(r"Step [1-9]\d* of 2000"))
        expect(bar).not_to_contain_text(re.compile(f"Step ({'|'.join(seen) or 'none'}) of"))
        seen.add(str(said(page)[0]))
    page.get_by_test_id("stMain").get_by_role("button", name=re.compile("Stop$")).click()
    expect(button(page, "Continue to step 2000")).to_be_visible()
    settled(page)
    step, _ = said(page)
    assert 0 < step < 2000
    expect_step(page, step)
    page.get_by_role("slider", name="Film: which step is shown").press("Home")
    expect_step(page, 0)
    settled(page)
    assert said(page) == (step, 2000)  # it has not gone on meanwhile
    button(page, "Continue to step 2000").click()
    expect(bar).not_to_contain_text(f"Step {step} of")
    page.get_by_test_id("stMain").get_by_role("button", name=re.compile("Stop$")).click()
    expect(button(page, "Continue to step 2000")).to_be_visible()


def test_after_training_the_pictures_show_the_last_step_and_a_cell_is_checked_by_keyboard(
    page: Page, app_url: str
):
    page.goto(f"{app_url}/let-it-learn?train=copy_Adam_0.1_50_0_1_fixed")
    button(page, "Train 50 steps$").click()
    expect(button(page, "Train 50 steps more")).to_be_visible()
    settled(page)
    expect_step(page, 50)
    expect(page.get_by_role("img", name=re.compile(r"^Now: weights\. 7 lamp → 6 lamp (1\.00|0\.9)"))).to_be_visible()  # fmt: skip
    expect(page.get_by_text("Solved, and by looking")).to_be_visible()
    expect(page.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg").first).to_be_visible()  # fmt: skip
    gradient = page.get_by_role("application", name=re.compile("^Gradient of W_V"))
    gradient.focus()
    for key in ("ArrowDown", "ArrowRight", "Enter"):
        gradient.press(key)
    expect(page.get_by_text("w is the number of W_V in row moon, column moon")).to_be_visible()
    button(page, "Start over").click()
    expect_step(page, 0)
