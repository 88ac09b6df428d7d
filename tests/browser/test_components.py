"""The components in a real Chromium: what pointer, finger and keyboard read and choose."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Position, Response, expect

from pages.ui.widgets.takeaway import TITLE
from tests.browser.conftest import served, settled, type_into_cell

pytestmark = pytest.mark.browser
NO_CELL = re.compile(r"^[^→]+$")  # the reading while nothing is pointed at


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served("tests/browser/components_page.py") as address:
        yield address


@pytest.fixture
def shown(page: Page, url: str) -> Page:
    page.goto(url)
    expect(page.get_by_text("run 1, picked None")).to_be_visible()
    expect(weights(page)).to_have_class("pointer pickable")
    return page


def weights(page: Page) -> Locator:
    return page.get_by_label("Weights.")


def reading(page: Page) -> Locator:
    return page.get_by_role("status").first


def at(page: Page, x: float, y_from_below: float) -> Position:
    box = weights(page).bounding_box()
    assert box
    return {"x": box["width"] * x, "y": box["height"] - y_from_below}


def test_hover_reads_a_value_and_python_does_not_run(shown: Page) -> None:
    expect(reading(shown)).to_have_text(NO_CELL)
    weights(shown).hover(position=at(shown, 0.6, 24))
    expect(reading(shown)).to_have_text("3 **it** → 1 animal: 0.647")
    weights(shown).hover(position=at(shown, 0.6, 160))
    expect(reading(shown)).to_have_text("0 the → 1 animal: blocked by the mask")
    expect(shown.get_by_text("run 1, picked None")).to_be_visible()


def test_click_picks_the_cell_that_was_read(shown: Page) -> None:
    weights(shown).click(position=at(shown, 0.6, 24))
    expect(shown.get_by_text("run 2, picked (3, 1)")).to_be_visible()
    weights(shown).click(position=at(shown, 0.05, 68))  # a row's label
    expect(shown.get_by_text("run 3, picked (2, None)")).to_be_visible()


def test_arrow_keys_and_enter_pick_and_keep_the_focus(shown: Page) -> None:
    weights(shown).focus()
    for key in ["ArrowDown", "ArrowDown", "ArrowRight"]:
        weights(shown).press(key)
    expect(reading(shown)).to_have_text("3 **it** → 1 animal: 0.647")
    weights(shown).press("Enter")
    expect(shown.get_by_text("run 2, picked (3, 1)")).to_be_visible()
    expect(weights(shown)).to_be_focused()


def test_a_pointer_that_leaves_takes_only_what_it_brought(shown: Page) -> None:
    weights(shown).hover(position=at(shown, 0.6, 160))
    for key in ["Escape", "ArrowDown", "ArrowDown", "ArrowRight"]:
        weights(shown).press(key)
    shown.mouse.move(0, 0)
    weights(shown).press("Enter")
    expect(shown.get_by_text("run 2, picked (3, 1)")).to_be_visible()
    weights(shown).hover(position=at(shown, 0.6, 160))
    shown.mouse.move(0, 0)
    expect(reading(shown)).to_have_text(NO_CELL)


def numbers(page: Page) -> Locator:
    return page.get_by_label("Numbers that sum to")


def test_a_number_is_changed_by_keyboard_and_the_next_one_by_tab(shown: Page) -> None:
    type_into_cell(numbers(shown), 1, 1, "0,5")  # many write a comma
    expect(shown.get_by_text("run 2, picked (1, 1, 0.5)")).to_be_visible()
    expect(numbers(shown)).to_have_attribute("aria-label", re.compile("sum to 5.75"))
    expect(numbers(shown)).to_be_focused()
    numbers(shown).press("7")  # opens the same cell with what is typed
    cell = shown.get_by_role("textbox", name="b, y")
    expect(cell).to_have_value("7")
    cell.press("Tab")
    expect(shown.get_by_text("run 3, picked (1, 1, 7.0)")).to_be_visible()
    expect(shown.get_by_role("textbox", name="c, x")).to_be_focused()


def test_a_click_opens_a_cell_with_all_its_digits(shown: Page) -> None:
    box = numbers(shown).bounding_box()
    assert box
    numbers(shown).click(position={"x": box["width"] - 20, "y": box["height"] - 40})
    cell = shown.get_by_role("textbox", name="b, y")
    expect(cell).to_have_value("0.125")
    cell.fill("-2e-1")
    shown.get_by_text("run 1").click()  # looking elsewhere keeps it
    expect(shown.get_by_text("run 2, picked (1, 1, -0.2)")).to_be_visible()


@pytest.mark.parametrize("typed", ["", "x", "1.2.3", "0x10", "Infinity", "NaN", "1 2", "--1"])
def test_what_is_no_number_is_not_taken(shown: Page, typed: str) -> None:
    type_into_cell(numbers(shown), 0, 1, typed)
    cell = shown.get_by_role("textbox", name="a, y")
    expect(cell).to_have_attribute("aria-invalid", "true")
    cell.press("Escape")
    expect(cell).to_have_count(0)
    expect(numbers(shown)).to_be_focused()
    expect(shown.get_by_text("run 1, picked None")).to_be_visible()


PIXEL = """(over, [x, y]) => {
    const plot = over.parentElement.querySelector(".plot");
    return [...plot.getContext("2d").getImageData(plot.width * x, plot.height * y, 1, 1).data]; }"""


def pixel(matrix: Locator, x: float, y: float) -> list[int]:
    """Red, green, blue and opacity of the picture at a share of its width and height."""
    return matrix.evaluate(PIXEL, [x, y])


def test_blank_cells_log_colours_and_marks_are_drawn_and_values_still_read(shown: Page) -> None:
    shares = shown.get_by_label("Shares.")
    figure = shown.locator("figure").filter(has=shares)
    expect(figure.locator(".legend")).to_have_text("log colours≤ 0.011below 0.05most")
    shares.focus()
    shares.press("ArrowRight")
    expect(figure.get_by_role("status")).to_have_text("a → y: 0.07")
    shares.press("ArrowRight")
    expect(figure.get_by_role("status")).to_have_text("a → z: 0.03 (blank)")
    strong, weak, blank = (pixel(shares, x, 0.65) for x in (0.25, 0.5, 0.82))
    assert blank[3] == 0  # the page itself
    assert sum(strong[:3]) < sum(weak[:3]) < 3 * 215  # 0.07 would be near paper on a linear scale
    assert pixel(shares, 0.25, 0.92)[0] > pixel(shares, 0.25, 0.92)[2] + 100  # the bar: orange


def test_a_run_that_changes_nothing_in_a_matrix_does_not_draw_it_again(shown: Page) -> None:
    scratch = """over => { const plot = over.parentElement.querySelector(".plot");
        plot.getContext("2d").fillRect(0, 0, 2, 2); }"""
    shown.wait_for_function("document.fonts.status === 'loaded'")
    weights(shown).click(position=at(shown, 0.6, 24))  # the first run after a late font draws
    expect(shown.get_by_text("run 2, picked (3, 1)")).to_be_visible()
    settled(shown)
    weights(shown).evaluate(scratch)
    kept = pixel(weights(shown), 0, 0)
    assert kept[3] == 255
    weights(shown).click(position=at(shown, 0.05, 68))
    expect(shown.get_by_text("run 3, picked (2, None)")).to_be_visible()
    weights(shown).click(position=at(shown, 0.6, 24))
    expect(shown.get_by_text("run 4, picked (3, 1)")).to_be_visible()
    assert pixel(weights(shown), 0, 0) == kept
    shown.emulate_media(color_scheme="dark")
    gone = "([over, [x, y]]) => (" + PIXEL + ")(over, [x, y])[3] === 0"
    shown.wait_for_function(gone, arg=[weights(shown).element_handle(), [0, 0]])


def test_tokens_that_look_like_html_stay_text(shown: Page) -> None:
    table = shown.get_by_role("region", name="Softmax").get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(6)
    expect(table.get_by_role("rowheader", name="2 <img src=x onerror=alert(1)>")).to_be_visible()
    assert table.locator("img").count() == 0


def test_a_row_of_the_table_and_a_head_can_be_picked(shown: Page) -> None:
    shown.get_by_role("cell", name="0.6470").click()
    expect(shown.get_by_text("run 2, picked (1,)")).to_be_visible()
    shown.get_by_role("button", name="3 **it**").press("Enter")
    expect(shown.get_by_text("run 3, picked (3,)")).to_be_visible()
    shown.get_by_role("button", name="head 11").click()
    expect(shown.get_by_text("run 4, picked (11,)")).to_be_visible()
    expect(shown.get_by_role("button", name="head 2")).to_have_attribute("aria-pressed", "true")


def test_narrow_and_dark_redraw_without_python(shown: Page) -> None:
    ink = """canvas => { const plot = canvas.parentElement.querySelector(".plot");
        return [...plot.getContext("2d").getImageData(0, 0, plot.width, plot.height).data]
            .reduce((sum, part) => sum + part, 0); }"""
    light = weights(shown).evaluate(ink)
    shown.emulate_media(color_scheme="dark")
    shown.wait_for_function("() => matchMedia('(prefers-color-scheme: dark)').matches")
    expect(shown.get_by_test_id("stApp")).to_have_css("background-color", "rgb(20, 22, 28)")
    dark = weights(shown).evaluate(ink)
    shown.set_viewport_size({"width": 320, "height": 1100})
    fits = "canvas => canvas.width <= canvas.parentElement.clientWidth"
    shown.wait_for_function(fits, arg=weights(shown).element_handle())
    assert dark < light
    expect(shown.get_by_text("run 1, picked None")).to_be_visible()


@pytest.mark.parametrize("way", ["click", "Enter", "finger"])
def test_the_corner_names_the_picture_and_opens_its_numbers(
    chromium: Browser, url: str, way: str
) -> None:
    context = chromium.new_context(has_touch=way == "finger", is_mobile=way == "finger")
    shown = context.new_page()
    shown.goto(url)
    settled(shown)
    figure = shown.locator("figure").filter(has=weights(shown))
    expect(figure.locator(".corner")).to_have_text("Weights of <b>one</b> heada **note**")
    button = figure.get_by_role("button", name=TITLE)
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box and box["width"] >= 24 and box["height"] >= 24
    if way == "click":
        button.click()
    elif way == "Enter":
        button.press("Enter")
    else:  # a finger has 44 pixels to aim at
        shown.touchscreen.tap(box["x"] - 14, box["y"] + 12)
    expect(shown.get_by_role("dialog", name=TITLE)).to_be_visible()
    shown.keyboard.press("Escape")
    expect(shown.get_by_role("dialog")).to_have_count(0)
    expect(shown.get_by_text("picked None")).to_be_visible()
    context.close()


def test_the_app_sends_each_component_once_under_a_name_of_its_content(
    page: Page, app_url: str
) -> None:
    answers: list[Response] = []
    page.on("response", lambda each: answers.append(each) if "/widgets/" in each.url else None)
    page.goto(f"{app_url}/side-by-side")
    expect(page.locator("canvas.pointer.pickable").first).to_be_visible(timeout=60_000)
    settled(page)
    assert len({each.url for each in answers}) == len(answers) > 0
    for each in answers:
        assert each.headers["content-type"] == "text/javascript; charset=utf-8"
        assert "immutable" in each.headers["cache-control"]
        assert re.search(r"/widgets/[a-z_]+-[0-9a-f]{16}\.js$", each.url)
    assert page.request.get(f"{app_url}/widgets/matrix-0000000000000000.js").status == 404
