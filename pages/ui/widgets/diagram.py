"""Boxes and arrows made from data: how things flow, and how strongly. Laid out here, drawn in the browser.

Not for numbers that one wants to compare: those belong in a matrix or a table.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pages.ui.widgets.component import Component, mount, sent
from pages.ui.widgets.takeaway import Numbers

COLUMN, ROW = 130.0, 70.0  # pixels from centre to centre
LINE, PADDING = 17.0, 9.0  # of the text in a box
MARGIN = 6.0
THINNEST, THICKEST, SMALLEST_TIP = 1.5, 10.0, 8.0  # of arrows
SAME_NAME = "each box needs a name of its own"

DIAGRAM = Component(
    "diagram",
    '\n<div class="diagram"></div>\n<!-- filled by diagram.js -->\n',
    css=("base", "diagram"),
    js=("base", "diagram"),
)


@dataclass(frozen=True)
class Box:
    """A box with its centre at (`column`, `row`) of a grid, `width` columns wide; its first line is bold.

    `role` is query, key, value, weights or output, whose colour it wears; None is plain.
    """

    name: str
    lines: Sequence[str]
    column: float
    row: float
    role: str | None = None
    width: float = 0.9

    @property
    def edges(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom, in pixels."""
        x, y = self.column * COLUMN, self.row * ROW
        half_width, half_height = self.width * COLUMN / 2, PADDING + LINE * len(self.lines) / 2
        return x - half_width, y - half_height, x + half_width, y + half_height


@dataclass(frozen=True)
class Arrow:
    """From one box to another by their names; `strength` from 0 to 1 is its width."""

    start: str
    end: str
    label: str = ""
    role: str | None = None
    strength: float = 0.3


def diagram(
    boxes: Sequence[Box],
    arrows: Sequence[Arrow],
    *,
    key: str,
    label: str,
    selected: str | None = None,
    on_pick: Callable[[str], None] | None = None,
    numbers: Numbers | None = None,
) -> None:
    """Show `boxes` and `arrows`. A click, or Enter, on a box calls `on_pick(name)` before the page reruns.

    `label` is read in place of the picture. Raises ValueError for an arrow whose box is not there
    and for boxes of the same name.
    """
    named = {box.name: box for box in boxes}
    if len(named) != len(boxes):
        raise ValueError(SAME_NAME)
    missing = {name for arrow in arrows for name in (arrow.start, arrow.end)} - named.keys()
    if missing:
        raise ValueError(f"arrows need boxes that are not there: {', '.join(sorted(missing))}")
    lefts, tops, rights, bottoms = zip(*(box.edges for box in boxes), strict=True)
    left, top, right, bottom = min(lefts), min(tops), max(rights), max(bottoms)
    data = {
        "view": [left - MARGIN, top - MARGIN, right - left + 2 * MARGIN, bottom - top + 2 * MARGIN],
        "boxes": [_drawn_box(box) for box in boxes],
        "arrows": [drawn_arrow(arrow, named[arrow.start], named[arrow.end]) for arrow in arrows],
        "label": label,
        "selected": selected,
        "pick": on_pick is not None,
    }

    def picked() -> None:
        name = sent(key, "pick")
        if on_pick and name in named:
            on_pick(name)

    mount(DIAGRAM, data, key=key, numbers=numbers, on_pick_change=picked)


def _drawn_box(box: Box) -> dict[str, object]:
    left, top, right, bottom = box.edges
    return {
        "name": box.name,
        "lines": [str(line) for line in box.lines],
        "role": box.role,
        "x": left,
        "y": top,
        "width": right - left,
        "height": bottom - top,
    }


def drawn_arrow(arrow: Arrow, start: Box, end: Box) -> dict[str, object]:
    """A curve that leaves and arrives at right angles: downwards or upwards between rows, else sideways."""
    width = THINNEST + (THICKEST - THINNEST) * min(max(arrow.strength, 0.0), 1.0)
    tip = max(SMALLEST_TIP, 1.7 * width)  # the line ends where its tip begins
    (left0, top0, right0, bottom0), (left1, top1, right1, bottom1) = start.edges, end.edges
    x0, y0, x1, y1 = start.column * COLUMN, start.row * ROW, end.column * COLUMN, end.row * ROW
    if bottom0 < top1:
        y0, y1 = bottom0, top1 - tip
    elif bottom1 < top0:
        y0, y1 = top0, bottom1 + tip
    elif start.column <= end.column:
        x0, x1 = right0, left1 - tip
    else:
        x0, x1 = left0, right1 + tip
    sideways = bottom0 >= top1 and bottom1 >= top0
    dx, dy = ((x1 - x0) / 2, 0.0) if sideways else (0.0, (y1 - y0) / 2)
    return {
        "path": f"M {x0:.1f} {y0:.1f} C {x0 + dx:.1f} {y0 + dy:.1f}, "
        f"{x1 - dx:.1f} {y1 - dy:.1f}, {x1:.1f} {y1:.1f}",
        "middle": [(x0 + x1) / 2, (y0 + y1) / 2],
        "width": width,
        "tip": tip,
        "label": arrow.label,
        "role": arrow.role,
    }
