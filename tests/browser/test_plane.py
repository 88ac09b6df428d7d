"""The plane in a real Chromium: marks follow pointer, finger and keys, and Python hears of it once they rest."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from attention_core.charts.colours import ROLE_COLOURS
from tests.browser.conftest import served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served("tests/browser/plane_page.py") as address:
        yield address


@pytest.fixture
def shown(page: Page, url: str) -> Page:
    return opened(page, url)


def opened(page: Page, url: str) -> Page:
    page.goto(url)
    expect(mark(page, "a")).to_be_visible()
    expect(page.get_by_label("A crowded map.")).to_be_visible()
    return page


def mark(page: Page, name: str) -> Locator:
    return page.get_by_role("application", name=f"{name} (")


def reading(page: Page) -> Locator:
    return page.get_by_role("status").first


def texts(page: Page, label: str) -> list[str]:
    return page.get_by_label(label).locator("text").all_text_contents()


def middle(page: Page, name: str) -> tuple[float, float]:
    box = mark(page, name).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def unit(page: Page) -> float:
    """Pixels of 1: "a" begins at (2, 1), "b" at (−1, 2)."""
    return (middle(page, "a")[0] - middle(page, "<b>b</b>")[0]) / 3


def test_a_dragged_mark_follows_at_once_and_python_hears_at_the_end(shown: Page) -> None:
    x, y = middle(shown, "a")
    one = unit(shown)
    shown.mouse.move(x, y)
    shown.mouse.down()
    shown.mouse.move(x - one, y - one / 2, steps=4)
    expect(reading(shown)).to_have_text("a (1, 1.5)")
    assert "a (1, 1.5)" in texts(shown, "Two vectors.")
    expect(shown.get_by_text("run 1, [(2.0, 1.0), (-1.0, 2.0)]")).to_be_visible()
    shown.mouse.up()
    expect(shown.get_by_text("run 2, [(1.0, 1.5), (-1.0, 2.0)]")).to_be_visible()


def test_a_mark_stays_in_the_world(shown: Page) -> None:
    x, y = middle(shown, "a")
    shown.mouse.move(x, y)
    shown.mouse.down()
    shown.mouse.move(x + 900, y - 900)
    shown.mouse.up()
    expect(shown.get_by_text("run 2, [(3.0, 3.0), (-1.0, 2.0)]")).to_be_visible()


def test_a_click_without_a_move_does_not_run_python(shown: Page) -> None:
    shown.mouse.click(*middle(shown, "a"))
    expect(reading(shown)).to_have_text("a (2, 1)")
    expect(shown.get_by_text("run 1, ")).to_be_visible()


def test_each_press_of_an_arrow_key_is_one_step_and_none_is_lost(shown: Page) -> None:
    mark(shown, "<b>b</b>").focus()
    for key in ["ArrowUp"] * 3 + ["ArrowRight"] * 4 + ["ArrowDown"]:
        shown.keyboard.press(key)  # faster than Python answers
    expect(mark(shown, "<b>b</b>")).to_have_attribute(
        "aria-label", "<b>b</b> (−0.6, 2.2). Arrow keys move it."
    )
    expect(shown.get_by_text("[(2.0, 1.0), (-0.6, 2.2)]")).to_be_visible()
    expect(mark(shown, "<b>b</b>")).to_be_focused()


def test_tab_goes_from_mark_to_mark(shown: Page) -> None:
    mark(shown, "a").focus()
    shown.keyboard.press("Tab")
    expect(mark(shown, "<b>b</b>")).to_be_focused()
    expect(reading(shown)).to_have_text("<b>b</b> (−1, 2)")


def test_escape_puts_a_dragged_mark_back(shown: Page) -> None:
    mark(shown, "a").focus()
    shown.keyboard.down("ArrowUp")
    expect(reading(shown)).to_have_text("a (2, 1.1)")
    shown.keyboard.press("Escape")
    shown.keyboard.up("ArrowUp")
    expect(reading(shown)).to_have_text("a (2, 1)")
    expect(shown.get_by_text("run 1, ")).to_be_visible()


def test_the_angle_follows_and_python_can_set_the_marks(shown: Page) -> None:
    assert "90°" in texts(shown, "Two vectors.")
    mark(shown, "a").focus()
    for _ in range(10):
        shown.keyboard.press("ArrowDown")
    expect(shown.get_by_text("[(2.0, 0.0), (-1.0, 2.0)]")).to_be_visible()
    assert "117°" in texts(shown, "Two vectors.")
    shown.get_by_role("button", name="Start again").click()
    expect(mark(shown, "a")).to_have_attribute("aria-label", re.compile(r"a \(2, 1\)"))
    assert "90°" in texts(shown, "Two vectors.")


def test_a_picture_without_movable_marks_is_one_image_that_can_be_read(shown: Page) -> None:
    crowd = shown.get_by_role("img", name="A crowded map.")
    written = crowd.locator(".name").all_text_contents()
    assert sorted(written)[-3:] == ["the", "the", "the"]
    assert "a rather long token…" in written
    assert shown.get_by_role("application").count() == 2


def overlaps(page: Page, label: str) -> int:
    """How many pairs of names cover each other by more than the edge of a letter."""
    boxes = (
        page.get_by_label(label)
        .locator(".name")
        .evaluate_all(
            "all => all.map(name => name.getBBox()).map(b => [b.x, b.y, b.x + b.width, b.y + b.height])"
        )
    )
    pairs = [(a, b) for i, a in enumerate(boxes) for b in boxes[:i]]
    return sum(
        min(a[2], b[2]) - max(a[0], b[0]) > 1 and min(a[3], b[3]) - max(a[1], b[1]) > 3
        for a, b in pairs
    )


def test_names_stand_free_of_each_other(shown: Page) -> None:
    assert overlaps(shown, "A crowded map.") == 0


def test_a_finger_drags_and_the_picture_fits_a_phone(chromium: Browser, url: str) -> None:
    context = chromium.new_context(viewport={"width": 358, "height": 800}, has_touch=True)
    page = opened(context.new_page(), url)
    picture = page.get_by_label("Two vectors.").bounding_box()
    assert picture and picture["width"] <= 358
    x, y = middle(page, "a")
    one = unit(page)
    touch = context.new_cdp_session(page)
    for kind, places in (
        ("touchStart", [(x, y)]),
        ("touchMove", [(x - one / 4, y)]),
        ("touchMove", [(x - one, y + one)]),
        ("touchEnd", []),
    ):
        points = [{"x": at, "y": down} for at, down in places]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    expect(page.get_by_text("[(1.0, 0.0), (-1.0, 2.0)]")).to_be_visible()
    context.close()


def test_both_themes_without_python(shown: Page) -> None:
    name = shown.get_by_label("Two vectors.").locator(".name").first
    blue = ", ".join(str(part) for part in bytes.fromhex(ROLE_COLOURS["query"][1:]))
    expect(name).to_have_css("fill", f"rgb({blue})")
    shown.emulate_media(color_scheme="dark")
    expect(name).to_have_css("fill", "rgb(76, 151, 255)")
    expect(shown.get_by_text("run 1, ")).to_be_visible()
