"""Where boxes and arrows come to lie."""

import pytest

from pages.ui.widgets.diagram import SAME_NAME, Arrow, Box, diagram, drawn_arrow

TOP, LEFT, RIGHT = (
    Box("top", ["top"], 1, 0),
    Box("left", ["left"], 0, 2),
    Box("right", ["right"], 2, 2),
)
EDGE = {"left": 0, "top": 1, "right": 2, "bottom": 3}


def ends(start: Box, end: Box) -> tuple[float, float, float, float]:
    """Where the arrow begins and where its tip ends, from its path."""
    drawn = drawn_arrow(Arrow(start.name, end.name), start, end)
    numbers = [float(word.strip(",")) for word in drawn["path"].split() if word not in "MC"]
    return (*numbers[:2], *numbers[-2:])


def test_an_arrow_down_leaves_at_the_bottom_and_arrives_at_the_top():
    x0, y0, x1, y1 = ends(TOP, LEFT)
    assert (x0, y0) == (130.0, TOP.edges[EDGE["bottom"]])
    assert x1 == 0.0
    assert y0 < y1 < LEFT.edges[EDGE["top"]]  # room for the tip


def test_an_arrow_up_goes_the_other_way():
    _, y0, _, y1 = ends(LEFT, TOP)
    assert y0 == LEFT.edges[EDGE["top"]]
    assert TOP.edges[EDGE["bottom"]] < y1 < y0


@pytest.mark.parametrize(("start", "end"), [(LEFT, RIGHT), (RIGHT, LEFT)])
def test_an_arrow_in_one_row_goes_from_side_to_side(start: Box, end: Box):
    x0, y0, x1, y1 = ends(start, end)
    assert y0 == y1 == 140.0
    assert x0 == (start.edges[EDGE["right"]] if start is LEFT else start.edges[EDGE["left"]])
    assert abs(x1 - x0) < abs(end.column - start.column) * 130


def test_more_strength_is_more_width():
    widths = [
        drawn_arrow(Arrow("top", "left", strength=s), TOP, LEFT)["width"]
        for s in (-1, 0, 0.5, 1, 9)
    ]
    assert widths[0] == widths[1] < widths[2] < widths[3] == widths[4]


def test_boxes_must_differ_by_name_and_arrows_must_have_boxes():
    with pytest.raises(ValueError, match=SAME_NAME):
        diagram([TOP, TOP], [], key="d", label="")
    with pytest.raises(ValueError, match="nowhere"):
        diagram([TOP], [Arrow("top", "nowhere")], key="d", label="")
