"""Pictures drawn as one component act as if each stood alone: picks, focus, numbers, literal words, columns on a phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from pages.ui.widgets.takeaway import TITLE
from pages.ui.widgets.together import KINDS, scripts
from tests.browser.conftest import served, settled

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served("tests/browser/together_page.py") as address:
        yield address


@pytest.fixture
def shown(page: Page, url: str) -> Page:
    page.goto(url)
    expect(page.get_by_label("Figure b")).to_be_visible()
    settled(page)
    return page


def picked(page: Page, what: str) -> None:
    expect(page.get_by_text(f"picked {what}", exact=False)).to_be_visible()
    settled(page)


def test_each_picture_picks_for_itself(shown: Page) -> None:
    shown.get_by_role("button", name="head 2").click()
    picked(shown, "(2,)")
    figure = shown.get_by_label("Figure b")
    figure.focus()
    figure.press("ArrowDown")
    figure.press("ArrowRight")
    figure.press("Enter")
    picked(shown, "('b', 1, 1)")
    expect(figure).to_be_focused()
    shown.get_by_role("button", name="1 y").click()
    picked(shown, "('rows', 1)")


def test_the_corner_of_one_picture_opens_its_numbers_alone(shown: Page) -> None:
    shown.get_by_role("button", name=TITLE).nth(1).click()
    dialog = shown.get_by_role("dialog")
    csv = dialog.get_by_role("button", name="CSV").last  # the table has one of its own
    with shown.expect_download() as found:
        csv.click()
    assert found.value.suggested_filename == "Figure b.csv"
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)


def test_words_are_literal_and_a_new_line_leaves_the_pictures_in_place(shown: Page) -> None:
    for words in ("words **as they are**", "left <b>"):
        expect(shown.get_by_text(words, exact=True)).to_be_visible()
    shown.get_by_text("One more", exact=True).click()
    expect(shown.get_by_text("one more line", exact=True)).to_be_visible()
    shown.get_by_role("button", name="head 0").click()
    picked(shown, "(0,)")


def test_our_own_sentences_have_bold_slanted_and_coloured_words_and_an_icon(shown: Page) -> None:
    note = shown.get_by_role("blockquote")
    expect(note).to_have_text("visibility Row q gives 0.75 to y [1]")
    expect(note.get_by_role("img", name="visibility icon")).to_be_visible()
    expect(note.get_by_role("strong")).to_have_text("0.75")
    expect(note.get_by_role("emphasis")).to_have_text("y")
    q, weight = note.get_by_text("q", exact=True), note.get_by_text("0.75", exact=True)
    colours = {each.evaluate("it => getComputedStyle(it).color") for each in (note, q, weight)}
    assert len(colours) == 3


def test_columns_stand_beside_each_other_or_on_a_phone_below(shown: Page) -> None:
    left, right = shown.get_by_label("head 0"), shown.get_by_label("Figure a")
    shown.set_viewport_size({"width": 1366, "height": 900})
    expect(shown.get_by_text("Right on a phone")).to_be_hidden()
    assert right.bounding_box()["x"] > left.bounding_box()["x"] + 300  # type: ignore[index]
    shown.set_viewport_size({"width": 390, "height": 900})
    expect(shown.get_by_text("Right on a phone")).to_be_visible()
    assert right.bounding_box()["y"] > left.bounding_box()["y"] + 40  # type: ignore[index]


def test_what_is_mounted_once_more_in_its_place_is_drawn_again(shown: Page) -> None:
    drawn = shown.evaluate(
        """async (script) => {
          const component = (await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })))).default;
          const parentElement = document.createElement("div"), nothing = () => {};
          parentElement.innerHTML = '<div class="together"></div>';
          document.body.append(parentElement);
          const table = { label: "", columns: [], rows: ["one"], rowTitle: "row", selected: null, delivery: { heard: 0 } };
          const data = { gap: "0", columns: [{ items: [{ kind: "breakdown", key: "rows", data: table }] }] };
          const mount = () => component({ data, parentElement, setStateValue: nothing, setTriggerValue: nothing });
          mount()();
          mount();
          return parentElement.querySelector(".column > div").shadowRoot.querySelector("tbody").innerText;
        }""",
        scripts(KINDS),
    )
    assert drawn == "one"
