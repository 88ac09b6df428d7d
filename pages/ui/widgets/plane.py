"""Vectors and points in a plane, as a picture to read, to point at and, where marks are movable, to drag.

It draws in the browser (plane.js) and keeps no vectors: positions come in as arguments, and a move
only calls `on_move`; every move arrives, in order: see `delivery`. It is not a chart for export; see `attention_core.charts.plane`.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from attention_core.charts.export import Picture
from attention_core.charts.plane import plane_chart, plane_frame
from pages.ui.widgets.component import Component, mount
from pages.ui.widgets.delivery import delivery
from pages.ui.widgets.takeaway import Numbers

AIR = 1.2  # the world is so many times wider than its farthest mark

_HTML = """
<figure>
  <div class="stage"><svg><g class="picture" aria-hidden="true"></g><g class="handles"></g></svg></div>
  <figcaption><div class="reading" role="status" aria-live="polite"></div></figcaption>
</figure>
"""
PLANE = Component("plane", _HTML, css=("base", "plane"), js=("base", "plane"))


@dataclass(frozen=True)
class Mark:
    """An arrow from `start` to (x, y), or a dot at (x, y)."""

    name: str
    x: float
    y: float
    role: str | None = None  # query, key, value, weights or output: its colour; None: text colour
    start: tuple[float, float] | None = None  # None: a dot
    movable: bool = False
    faint: bool = False


def plane(
    marks: Sequence[Mark],
    *,
    key: str,
    label: str,
    x_title: str = "",
    y_title: str = "",
    reach: float | None = None,
    angle: tuple[int, int] | None = None,
    on_move: Callable[[int, float, float], None] | None = None,
    snap: float = 0.1,
    height: int = 360,
    numbers: Numbers | None = None,
) -> None:
    """Show `marks` in a square world from −`reach` to `reach` on both axes (None: as far as they go).

    `angle` names two arrows to write the angle between. A movable mark follows pointer, finger and
    arrow keys in steps of `snap`; when it is let go, `on_move(i, x, y)` is called before the page
    reruns, with x and y inside the world. `label` is the text read in place of the picture.
    """
    world = fitting_reach(marks) if reach is None else float(reach)
    _check(marks, world, angle, snap)
    data = {
        "marks": [
            asdict(mark) | {"movable": mark.movable and on_move is not None} for mark in marks
        ],
        "reach": world,
        "angle": angle,
        "snap": snap,
        "height": height,
        "titles": [x_title, y_title],
        "label": label,
    }

    def moved(move: Any) -> None:
        match move:
            case [int(i), int() | float() as x, int() | float() as y] if 0 <= i < len(marks):
                if on_move and marks[i].movable and np.isfinite([x, y]).all():
                    on_move(i, *(float(min(max(at, -world), world)) for at in (x, y)))

    told, arrived = delivery(key, "move", moved, [mark.name for mark in marks])
    mount(PLANE, data | told, key=key, numbers=numbers, on_move_change=arrived)


def plane_numbers(
    name: str, marks: Sequence[Mark], x_title: str = "", y_title: str = ""
) -> Numbers:
    """The places of the marks as a table; the picture is drawn anew for paper, by Altair."""

    def picture() -> Picture:
        starts = np.array([mark.start or (np.nan, np.nan) for mark in marks], dtype=float)
        columns = plane_frame(names, xs, ys, [mark.role for mark in marks], starts)
        return plane_chart(columns, name, x_title, y_title)

    names, xs, ys = ([getattr(mark, field) for mark in marks] for field in ("name", "x", "y"))
    return Numbers(name, lambda: plane_frame(names, xs, ys), picture)


def fitting_reach(marks: Sequence[Mark]) -> float:
    """Half the width of a world that holds all marks, with some air around them."""
    places = [place for mark in marks for place in (mark.x, mark.y, *(mark.start or ()))]
    return AIR * float(np.abs(places).max(initial=0.0)) or 1.0


def _check(marks: Sequence[Mark], world: float, angle: tuple[int, int] | None, snap: float) -> None:
    for mark in marks:
        if not np.isfinite([mark.x, mark.y, *(mark.start or ())]).all():
            raise ValueError(f"{mark.name!r} is at ({mark.x}, {mark.y}): not a place in the plane")
    if not (np.isfinite(world) and world > 0 and snap > 0):
        raise ValueError(f"reach {world} and snap {snap} must be above 0")
    if angle and not all(0 <= i < len(marks) and marks[i].start is not None for i in angle):
        raise ValueError(f"an angle needs two arrows, got {angle} of {len(marks)} marks")
