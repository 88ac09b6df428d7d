"""The line view in a real Chromium: what pointer and keyboard read and choose; and the file it can be taken away as."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from pages.ui.widgets.head_lines import head_lines_file
from tests.browser.conftest import served

pytestmark = pytest.mark.browser
ONE, THREE, LONG = "Lines of one head.", "Lines of three heads.", "Lines of a long text."


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served("tests/browser/head_lines_page.py") as address:
        yield address


@pytest.fixture
def shown(page: Page, url: str) -> Page:
    page.goto(url)
    for label in (ONE, THREE):
        expect(page.get_by_label(label)).to_be_visible()
    return page


def view(page: Page, label: str) -> Locator:
    return page.locator("figure").filter(has=page.get_by_label(label))


def token(page: Page, side: str, place: int, label: str = ONE) -> Locator:
    return view(page, label).get_by_role("listbox", name=side).get_by_role("option").nth(place)


def reading(page: Page, label: str = ONE) -> Locator:
    return view(page, label).get_by_role("status")


def inked(page: Page, label: str) -> int:
    """How many pixels of the canvas are not empty."""
    return page.get_by_label(label).evaluate(
        "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data"
        ".reduce((sum, part, i) => sum + (i % 4 === 3 && part > 0), 0)"
    )


def test_at_rest_the_chosen_query_is_read(shown: Page) -> None:
    expect(reading(shown)).to_have_text(
        "3 **it** asks: 1 animal 0.647 · 3 **it** 0.200 · 0 the 0.100"
    )
    expect(token(shown, "query", 3)).to_have_attribute("aria-selected", "true")
    expect(token(shown, "key", 2)).to_have_text("2 <img src=x onerror=alert(1)>")


def test_pointing_leaves_only_the_lines_of_one_token_and_python_does_not_run(shown: Page) -> None:
    at_rest = inked(shown, ONE)
    token(shown, "query", 2).hover()
    # 0.5, 0.375 and 0.125 in 254 shades
    expect(reading(shown)).to_have_text(
        "2 <img src=x onerror=alert(1)> asks: 2 <img src=x onerror=alert(1)> ≈ 0.50"
        " · 1 animal ≈ 0.37 · 0 the ≈ 0.13"
    )
    token(shown, "query", 0).hover()
    expect(reading(shown)).to_have_text("0 the asks: 0 the ≈ 1.00")
    assert 0 < inked(shown, ONE) < at_rest
    token(shown, "key", 1).hover()
    expect(reading(shown)).to_have_text("3 **it** → 1 animal: 0.647")
    shown.mouse.move(5, 5)
    expect(reading(shown)).to_contain_text("3 **it** asks")
    expect(shown.get_by_text("run 1, ")).to_be_visible()


def test_a_click_chooses_a_query_and_then_a_key(shown: Page) -> None:
    token(shown, "query", 1).click()
    expect(shown.get_by_text("run 2, picked 1, None")).to_be_visible()
    expect(reading(shown)).to_have_text("1 animal asks: 1 animal 0.750 · 0 the 0.250")
    token(shown, "key", 2).click()
    expect(shown.get_by_text("run 3, picked 1, 2")).to_be_visible()
    expect(reading(shown)).to_have_text(
        "1 animal → 2 <img src=x onerror=alert(1)>: blocked by the mask"
    )


def test_the_keyboard_moves_chooses_and_keeps_the_focus(shown: Page) -> None:
    token(shown, "query", 3).focus()
    for key in ("Home", "ArrowDown", "Enter"):
        shown.keyboard.press(key)
    expect(shown.get_by_text("run 2, picked 1, None")).to_be_visible()
    expect(token(shown, "query", 1)).to_be_focused()
    for key in ("ArrowRight", "End", "ArrowUp", "ArrowUp", "Enter"):
        shown.keyboard.press(key)
    expect(shown.get_by_text("run 3, picked 1, 1")).to_be_visible()
    expect(token(shown, "key", 1)).to_be_focused()
    expect(reading(shown)).to_have_text("1 animal → 1 animal: 0.750")


def test_a_head_is_hidden_by_keyboard_and_what_has_no_line_is_counted_anew(shown: Page) -> None:
    figure, every = view(shown, THREE), re.compile(r"16 of 36 weights, under 0\.200; .* 1\.4 %")
    expect(figure.locator(".note")).to_have_text(every)
    token(shown, "key", 1, THREE).hover()
    expect(reading(shown, THREE)).to_have_text(
        "2 <img src=x onerror=alert(1)> → 1 animal: head 0 0.375 · head 12 0.250 · head 4 0.000"
    )
    before = inked(shown, THREE)
    button = figure.get_by_role("button", name="head 12")
    button.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(figure.locator(".note")).to_have_text(re.compile("16 of 24 weights"))
    assert inked(shown, THREE) < before
    figure.get_by_role("button", name="show all").click()
    expect(figure.locator(".note")).to_have_text(every)
    figure.get_by_role("button", name="hide all").click()
    expect(reading(shown, THREE)).to_have_text(re.compile(r"^[^\d→]+$"))


def test_a_long_text_scrolls_in_its_box_with_its_lines(page: Page, url: str) -> None:
    page.goto(f"{url}/?long")
    figure = view(page, LONG)
    expect(figure).to_be_visible()
    box = figure.locator(".stage").bounding_box()
    assert box and box["height"] < 480
    expect(token(page, "query", 300, LONG)).to_be_in_viewport()
    expect(figure.locator(".note")).to_contain_text(" of 3,145,728 weights, under 0.002 or beyond")
    token(page, "query", 300, LONG).focus()
    page.keyboard.press("End")
    expect(token(page, "query", 511, LONG)).to_be_in_viewport()
    expect(reading(page, LONG)).to_contain_text("511 word asks: head ")
    assert inked(page, LONG) > 100


def test_a_phone_has_room_for_tokens_and_lines(shown: Page) -> None:
    shown.set_viewport_size({"width": 390, "height": 800})
    for label in (ONE, THREE):
        figure = view(shown, label).bounding_box()
        assert figure and figure["x"] >= 0 and figure["x"] + figure["width"] <= 390
    left, right = token(shown, "query", 2).bounding_box(), token(shown, "key", 2).bounding_box()
    assert left and right
    assert right["x"] - left["x"] - left["width"] > 120
    assert min(left["height"], right["height"]) >= 18


def test_the_file_works_alone_with_hostile_tokens(chromium: Browser, tmp_path: Path) -> None:
    tokens = ["</script><script>alert(1)</script>", "🦊", "<img src=x onerror=alert(2)>"]
    weights = np.random.default_rng(1).dirichlet(np.ones(3), (1, 3))
    file = tmp_path / "lines.html"
    file.write_bytes(
        head_lines_file(weights, heads=[5], queries=tokens, keys=tokens, title="<b>Lines</b>")
    )
    context = chromium.new_context(offline=True)
    page = context.new_page()
    dialogs: list[str] = []
    asked: list[str] = []
    errors: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.goto(file.as_uri())
    expect(page.get_by_role("heading", name="<b>Lines</b>")).to_be_visible()
    for side in ("query", "key"):
        options = page.get_by_role("listbox", name=side).get_by_role("option")
        assert options.all_text_contents() == tokens
    assert inked(page, "<b>Lines</b>: lines from 3 queries to 3 keys.") > 100
    page.get_by_role("option").nth(3 + 1).hover()
    expect(page.get_by_role("status")).to_have_text(f"{tokens[0]} → 🦊: {weights[0, 0, 1]:.3f}")
    page.get_by_role("option").nth(2).click()
    expect(page.get_by_role("heading", name=tokens[2])).to_be_visible()
    cells = page.locator("tbody td").all_text_contents()
    assert cells == [f"{weight:.4f}" for weight in weights[0, 2]]
    assert asked == [file.as_uri()]
    assert (dialogs, errors) == ([], [])
    context.close()
