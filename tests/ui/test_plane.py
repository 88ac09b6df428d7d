"""What the plane sends to the browser, and what it refuses."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.widgets.plane import AIR, Mark, fitting_reach, plane

ARROW = Mark("a", 1, 2, "query", (0, 0))


def page() -> None:
    from pages.ui.widgets.plane import Mark, plane, plane_numbers

    marks = [
        Mark("<b>a</b>", 1, 2, "query", (0, 0), movable=True),
        Mark("**b**", -3, 0.5, start=(0, 0)),
        Mark("c", 0, 0, faint=True),
    ]
    plane(marks, key="moves", label="Three marks.", angle=(0, 1), on_move=lambda i, x, y: None)
    numbers = plane_numbers("Three marks", marks)
    plane(marks, key="rests", label="", reach=2, x_title="first", y_title="second", numbers=numbers)


def sent(index: int) -> dict:
    app = AppTest.from_function(page, default_timeout=30).run()
    assert not app.exception
    return json.loads(app.get("bidi_component")[index].proto.json)


def test_marks_travel_as_they_are() -> None:
    data = sent(0)
    assert data["marks"][0] == {
        "name": "<b>a</b>", "x": 1, "y": 2, "role": "query", "start": [0, 0],
        "movable": True, "faint": False,
    }  # fmt: skip
    assert [mark["name"] for mark in data["marks"]] == ["<b>a</b>", "**b**", "c"]
    assert (data["angle"], data["label"]) == ([0, 1], "Three marks.")


def test_nothing_moves_where_nobody_listens() -> None:
    assert [mark["movable"] for mark in sent(0)["marks"]] == [True, False, False]
    assert not any(mark["movable"] for mark in sent(1)["marks"])


def test_the_world_holds_every_mark_unless_told_otherwise() -> None:
    assert sent(0)["reach"] == pytest.approx(3 * AIR)
    assert (sent(1)["reach"], sent(1)["titles"]) == (2, ["first", "second"])


@pytest.mark.parametrize(
    ("marks", "farthest"),
    [([Mark("a", 1, -4)], 4), ([Mark("a", 0, 0, start=(-5, 1))], 5)],
)
def test_the_farthest_place_decides_the_reach(marks: list[Mark], farthest: float) -> None:
    assert fitting_reach(marks) == pytest.approx(AIR * farthest)


@pytest.mark.parametrize("marks", [[], [Mark("a", 0, 0)]])
def test_a_world_without_extent_still_has_a_size(marks: list[Mark]) -> None:
    assert fitting_reach(marks) == 1


@pytest.mark.parametrize(
    ("marks", "options", "says"),
    [
        ([Mark("far", np.nan, 0)], {}, r"'far'.*\(nan, 0\)"),
        ([Mark("far", 0, 0, start=(0, np.inf))], {}, r"'far'.*\(0, 0\)"),
        ([ARROW], {"reach": 0}, r" 0\.0 "),
        ([ARROW], {"reach": np.inf}, " inf "),
        ([ARROW], {"snap": 0}, " 0 "),
        ([ARROW], {"angle": (0, 1)}, r"\(0, 1\).* 1 "),
        ([ARROW, Mark("dot", 1, 1)], {"angle": (0, 1)}, r"\(0, 1\).* 2 "),
    ],
)
def test_what_cannot_be_drawn_is_refused(marks: list[Mark], options: dict, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        plane(marks, key="p", label="", **options)
