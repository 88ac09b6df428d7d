"""A matrix as a picture one can read, point at and pick from: weights, scores, q, k and v tables.

It draws in the browser (matrix.js) and keeps no state: what is selected comes in as arguments,
and a pick only calls `on_pick`. Every pick and every edit arrives, in order: see `delivery`.
It is not a chart for export; see `attention_core.charts`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from pages.ui.widgets.component import Component, mount
from pages.ui.widgets.delivery import Take, delivery
from pages.ui.widgets.packing import limits, pack, text
from pages.ui.widgets.takeaway import Numbers

Role = Literal["weights", "query", "key", "value", "output", "diverging"]

_HTML = """
<figure>
  <div class="titles"></div>
  <div class="stage"><canvas class="plot"></canvas><canvas class="pointer"></canvas></div>
  <figcaption>
    <div class="reading" role="status" aria-live="polite"></div>
    <div class="legend"></div>
  </figcaption>
</figure>
"""


MATRIX = Component(
    "matrix",
    _HTML,
    css=("base", "matrix"),
    js=("base", "palette", "delivery", "matrix_cells", "matrix_draw", "matrix_edit", "matrix"),
)


@dataclass(frozen=True)
class Emphasis:
    """What of the values catches the eye; the numbers that are read stay as they are."""

    floor: float | None = None  # colours follow log10 of the value, from here and all below
    threshold: float | None = None  # values below are left blank
    marks: Sequence[int] = ()  # columns that wear a bar in the chosen row
    marks_title: str = "marked"  # what the bars are, in the legend


PLAIN = Emphasis()


def matrix(
    values: np.ndarray,
    *,
    key: str,
    rows: Sequence[str],
    columns: Sequence[str],
    label: str,
    row_title: str = "query (asks)",
    column_title: str = "key (offers)",
    role: Role = "weights",
    low: float | None = None,
    high: float | None = None,
    blocked: np.ndarray | None = None,
    row: int | None = None,
    cell: tuple[int, int] | None = None,
    decimals: int = 2,
    on_pick: Callable[[int, int | None], None] | None = None,
    on_edit: Callable[[int, int, float], None] | None = None,
    about: str = "",
    prints_numbers: bool = True,
    emphasis: Emphasis = PLAIN,
    heading: str | None = None,
    note: str | None = None,
    numbers: Numbers | None = None,
) -> None:
    """Show `values` (n_rows, n_columns) as coloured cells with labels on both sides.

    Weights run from paper (0) to violet; everything else from ochre over paper (0) to petrol,
    symmetric unless `low` and `high` say otherwise. Cells that are `blocked` (True) or not finite
    are hatched; a nan that is not blocked is hatched the other way and read as "no number". Cells
    are square when the columns are keys, wider than high when they are dimensions. `row` and `cell`
    are marked. A click, a tap, or Enter on the focused picture calls
    `on_pick(row, column)` before the page reruns; on a row's label, `on_pick(row, None)`.
    With `on_edit` a click opens the cell instead, to be typed over, and `on_edit(row, column, number)`
    is called with any finite number: what becomes of it is what the next `values` show. `about` tells
    apart tables under one key that share their labels, so that an edit never lands in the next table.
    `emphasis` changes colours, leaves cells blank and marks columns, never the number that is read.
    `label` is the text read in place of the picture; `heading` and `note` are shown above it. With `numbers`
    a button in the corner opens them.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 2 or values.shape != (len(rows), len(columns)):
        raise ValueError(
            f"values {values.shape} need {len(rows)} row and {len(columns)} column labels"
        )
    hidden, lost = ~np.isfinite(values), np.isnan(values)
    if blocked is not None:
        if np.shape(blocked) != values.shape:
            raise ValueError(f"blocked {np.shape(blocked)} does not fit values {values.shape}")
        hidden |= np.asarray(blocked, dtype=bool)
        lost &= ~np.asarray(blocked, dtype=bool)
    low, high = limits(values[~hidden], role != "weights", low, high)
    _check(emphasis, values[~hidden], high, 0 if row is None else len(columns))
    data = pack(values, hidden, exact=on_edit is not None) | {
        "low": low,
        "high": high,
        "rows": [str(text) for text in rows],
        "columns": [str(text) for text in columns],
        "rowTitle": row_title,
        "columnTitle": column_title,
        "role": role,
        "row": row,
        "cell": cell,
        "label": label,
        "decimals": decimals,
        "tiny": max(abs(low), abs(high)) < 0.5 * 10**-decimals,  # all would read 0.00
        "numbers": prints_numbers,
        "pick": on_pick is not None,
        "edit": on_edit is not None,
        "blocked": bool((hidden & ~lost).any()),
        "lost": text(np.packbits(lost)) if lost.any() else None,
        "floor": emphasis.floor,
        "threshold": emphasis.threshold,
        "marks": [int(column) for column in emphasis.marks],
        "marksTitle": emphasis.marks_title,
        "heading": heading,
        "note": note,
    }

    picture = (about, data["rows"], data["columns"])
    if on_edit is None:
        told, arrived = delivery(key, "pick", _picked(on_pick, values.shape), picture)
        callback = {"on_pick_change": arrived}
    else:
        told, arrived = delivery(key, "edit", _edited(on_edit, values.shape), picture)
        callback = {"on_edit_change": arrived}
    mount(MATRIX, data | told, key=key, numbers=numbers, **callback)


def _picked(on_pick: Callable[[int, int | None], None] | None, shape: tuple[int, ...]) -> Take:
    n_rows, n_columns = shape

    def take(at: Any) -> None:
        match at:
            case [int(r), None] if on_pick and 0 <= r < n_rows:
                on_pick(r, None)
            case [int(r), int(c)] if on_pick and 0 <= r < n_rows and 0 <= c < n_columns:
                on_pick(r, c)

    return take


def _edited(on_edit: Callable[[int, int, float], None], shape: tuple[int, ...]) -> Take:
    n_rows, n_columns = shape

    def take(cell: Any) -> None:  # JSON makes null of infinity
        match cell:
            case [int(r), int(c), int() | float() as value] if (
                0 <= r < n_rows and 0 <= c < n_columns
            ):
                if np.isfinite(value):
                    on_edit(r, c, float(value))

    return take


def _check(emphasis: Emphasis, seen: np.ndarray, high: float, n_to_mark: int) -> None:
    floor, marks = emphasis.floor, emphasis.marks
    if floor is not None and not 0 < floor < high:
        raise ValueError(f"the floor {floor} must lie between 0 and {high}")
    if floor is not None and seen.min(initial=0.0) < 0:
        raise ValueError(f"log colours need values of 0 or more, not {seen.min()}")
    if any(not 0 <= column < n_to_mark for column in marks):
        raise ValueError(f"marks {list(marks)} do not fit the {n_to_mark} columns of a chosen row")
