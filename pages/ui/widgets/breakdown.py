"""One row of attention, taken apart: a table with a column for each step of the softmax.

A real HTML table, so that it can be read aloud, searched and copied. Every number arrives in the
browser as the text that is shown.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pages.ui.widgets.component import Component, mount
from pages.ui.widgets.delivery import delivery
from pages.ui.widgets.takeaway import Numbers

BREAKDOWN = Component(
    "breakdown",
    '\n<div class="box" role="region" tabindex="0"><table></table></div>\n<!-- -->\n',
    css=("base", "breakdown"),
    js=("base", "breakdown"),
)


@dataclass(frozen=True)
class Column:
    """One step: its title, one text a row, and whose colour it wears.

    `role` is query, key, value, weights or output (None: plain); `bars` are fractions from 0 to 1,
    drawn beside the texts; `help` is shown when the pointer rests on the title; `strong` cells catch the eye.
    """

    title: str
    cells: list[str]
    role: str | None = None
    bars: list[float] | None = None
    help: str | None = None
    strong: list[bool] | None = None


def column_of(
    title: str,
    values: np.ndarray,
    role: str = "weights",
    *,
    decimals: int = 2,
    full: float = 1.0,
    help: str | None = None,
) -> Column:
    """Numbers with so many decimals, each with a bar that is full at `full`; what is no number has no bar."""
    bars = np.clip(np.nan_to_num(np.asarray(values, float) / full), 0, 1).tolist()
    return Column(title, [f"{value:z.{decimals}f}" for value in values], role, bars, help)


def bars_of(values: Sequence[float] | np.ndarray) -> list[float]:
    """The size of each value, whatever its sign, as a share of the largest; what is no number has no bar."""
    sizes = np.abs(np.nan_to_num(np.asarray(values, float), posinf=0, neginf=0))
    return (sizes / max(sizes.max(initial=0), 1e-12)).tolist()


def breakdown(
    columns: Sequence[Column],
    *,
    key: str,
    row_labels: Sequence[str],
    label: str,
    row_title: str = "key (offers)",
    selected: int | None = None,
    footer: Sequence[str] | None = None,
    on_pick: Callable[[int], None] | None = None,
    heading: str | None = None,
    note: str | None = None,
    numbers: Numbers | None = None,
) -> None:
    """Show `columns` as a table with one row for each of `row_labels`.

    `footer` has one text for the first column and one for each of `columns` ("" = nothing). The
    `selected` row is marked and kept in view; a click on a row, or Enter on its label, calls
    `on_pick(row)` before the page reruns. `label` names the table for those who cannot see it;
    `heading` and `note` stand above it.
    """
    n_rows = len(row_labels)
    for column in columns:
        lists = (column.cells, column.bars or column.cells, column.strong or column.cells)
        if any(len(each) != n_rows for each in lists):
            raise ValueError(f"column {column.title!r} does not have {n_rows} cells")
    if footer is not None and len(footer) != len(columns) + 1:
        raise ValueError(f"{len(footer)} footer texts for {len(columns) + 1} columns")
    data = {
        "columns": [asdict(column) for column in columns],
        "rowTitle": row_title,
        "rows": [str(text) for text in row_labels],
        "footer": list(footer) if footer is not None else None,
        "selected": selected,
        "label": label,
        "pick": on_pick is not None,
        "heading": heading,
        "note": note,
    }

    def picked(row: Any) -> None:
        if on_pick and isinstance(row, int) and 0 <= row < n_rows:
            on_pick(row)

    told, arrived = delivery(key, "pick", picked, data["rows"])
    mount(BREAKDOWN, data | told, key=key, numbers=numbers, on_pick_change=arrived)
