"""What is done in a component while the server is busy: all of it arrives, once, in order, and the picture shows it."""

import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import held_up, running, settled

pytestmark = pytest.mark.browser
Server = tuple[str, "subprocess.Popen[bytes]"]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running("tests/browser/busy_page.py") as found:
        yield found


@pytest.fixture
def shown(page: Page, server: Server) -> Page:
    page.goto(server[0])
    expect(numbers(page)).to_be_visible()
    settled(page)
    return page


def numbers(page: Page) -> Locator:
    return page.get_by_label("Numbers.")


def type_cells(page: Page, values: list[float], pause: int = 0) -> None:
    """From the first cell on, each left by Tab, the last one by Enter; `pause` milliseconds after each."""
    numbers(page).focus()
    numbers(page).press("Escape")
    numbers(page).press("Enter")
    for i, value in enumerate(values):
        page.keyboard.insert_text(f"{value:g}")
        page.keyboard.press("Tab" if i + 1 < len(values) else "Enter")
        page.wait_for_timeout(pause)


def has(page: Page, values: list[float], n: int = 25) -> None:
    """Python has these numbers and zeros after them, and so has the picture."""
    told = [f"{value:g}" for value in [*values, *[0] * (n - len(values))]]
    expect(page.get_by_text(f"numbers {' '.join(told)}", exact=True)).to_be_visible()
    settled(page)
    figure = page.locator("figure").filter(has=numbers(page))
    numbers(page).focus()
    numbers(page).press("Escape")
    for column, value in zip("wxyz", told[1:5], strict=True):  # drawn from the same values as all
        numbers(page).press("ArrowRight")
        expect(figure.get_by_role("status")).to_have_text(f"a → {column}: {float(value):.2f}")


def runs(page: Page) -> int:
    settled(page)
    return int(page.get_by_text("runs ").inner_text().split()[1])


def test_four_cells_typed_while_the_server_stands_still_all_arrive(
    shown: Page, server: Server
) -> None:
    with held_up(server[1]):
        type_cells(shown, [1, 2, 3, 4], pause=500)
    has(shown, [1, 2, 3, 4])
    assert runs(shown) <= 6


def test_twenty_four_cells_in_a_hurry_all_arrive(shown: Page) -> None:
    typed = [1 + i / 8 for i in range(24)]
    type_cells(shown, typed, pause=140)
    has(shown, typed)
    assert runs(shown) <= 26


def test_what_is_on_its_way_is_shown_and_can_be_changed_again(shown: Page, server: Server) -> None:
    figure = shown.locator("figure").filter(has=numbers(shown))
    with held_up(server[1]):
        type_cells(shown, [7])
        expect(figure.get_by_role("status")).to_have_text("a → v: 7.00")
        type_cells(shown, [0])  # as before: also that must arrive
    expect(shown.get_by_text("runs 1", exact=True)).to_have_count(0)
    has(shown, [])


def test_a_number_that_python_refuses_goes_back_and_does_not_come_again(
    shown: Page, server: Server
) -> None:
    with held_up(server[1]):
        type_cells(shown, [5, 500, 6])
    has(shown, [5, 0, 6])
    assert runs(shown) <= 5


def test_undo_takes_back_what_was_typed_before_it_and_nothing_is_played_again(shown: Page) -> None:
    type_cells(shown, [9])
    has(shown, [9])
    type_cells(shown, [1, 2, 3])
    has(shown, [1, 2, 3])
    shown.get_by_role("button", name="Undo").click()
    has(shown, [1, 2])
    shown.get_by_role("button", name="Undo").click()
    has(shown, [1])
    type_cells(shown, [1, 8])  # the first as it is: no edit
    has(shown, [1, 8])
    shown.reload()
    settled(shown)
    has(shown, [])


def test_undo_on_a_busy_server_takes_back_the_last_edit_alone(shown: Page, server: Server) -> None:
    with held_up(server[1]):
        type_cells(shown, [1, 2, 3])
        shown.get_by_role("button", name="Undo").click()
    has(shown, [1, 2])


def test_an_edit_belongs_to_the_table_it_was_typed_in(shown: Page, server: Server) -> None:
    with held_up(server[1]):
        shown.get_by_role("radio", name="1").click()
        type_cells(shown, [4])  # the picture is still that of table 0
    expect(shown.get_by_text("table 1", exact=True)).to_be_visible()
    has(shown, [4])
    type_cells(shown, [5])
    has(shown, [1005])


def test_clicks_that_turn_cells_over_are_counted(shown: Page, server: Server) -> None:
    flips = shown.get_by_label("Flips.")
    with held_up(server[1]):
        flips.focus()
        for key in ["Enter", "ArrowRight", "Enter", "ArrowRight", "Enter", "Enter"]:
            flips.press(key)
    expect(shown.get_by_text("flips 1 1 0 0 0 0 0 0")).to_be_visible()


def test_a_mark_that_moved_meanwhile_stays_where_it_is(shown: Page, server: Server) -> None:
    mark = shown.get_by_role("application", name="m (")
    with held_up(server[1]):
        mark.focus()
        for key in ["ArrowUp"] * 3 + ["ArrowRight"] * 2:
            shown.keyboard.press(key)
    expect(shown.get_by_text("place (0.2, 0.3)")).to_be_visible()
    expect(mark).to_have_attribute("aria-label", "m (0.2, 0.3). Arrow keys move it.")


def test_two_tabs_do_not_see_each_others_edits(shown: Page, server: Server) -> None:
    other = shown.context.new_page()
    other.goto(server[0])
    expect(numbers(other)).to_be_visible()
    settled(other)
    with held_up(server[1]):
        type_cells(other, [3, 4])
        shown.bring_to_front()
        type_cells(shown, [1, 2])
    has(shown, [1, 2])
    other.bring_to_front()
    has(other, [3, 4])
