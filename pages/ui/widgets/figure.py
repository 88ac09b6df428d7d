"""A matrix as one value: what is drawn, its table, its files and the text read in place of it all come from it.

It draws in the browser (matrix.js) and keeps no state: what is selected is part of it, and a pick only calls `on_pick`.
Every pick and every edit arrives, in order: see `delivery`. On paper it is a chart of `attention_core.charts`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from attention_core.charts.export import Picture
from attention_core.charts.heatmap import MOST_CELLS, heatmap
from pages.ui.widgets.component import Component, mount
from pages.ui.widgets.delivery import delivery
from pages.ui.widgets.packing import limits, pack, text
from pages.ui.widgets.takeaway import Numbers, matrix_frame

Role = Literal["weights", "query", "key", "value", "output", "diverging"]
QUERY, KEY = "query (asks)", "key (offers)"

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
    "matrix", _HTML, css=("base", "matrix"), js=("base", "palette", "matrix_draw", "matrix")
)


@dataclass(frozen=True)
class Emphasis:
    """What of the values catches the eye; the numbers that are read stay as they are."""

    floor: float | None = None  # colours follow log10 of the value, from here and all below
    threshold: float | None = None  # values below are left blank
    marks: Sequence[int] = ()  # columns that wear a bar in the chosen row
    marks_title: str = "marked"  # what the bars are, in the legend


@dataclass(frozen=True)
class Figure:
    """One matrix with its meaning. Frozen: picture, table and file cannot disagree.

    Weights run from paper (0) to violet (`high`, or 1); every other role from ochre over paper (0) to petrol,
    symmetric unless `low` and `high` say otherwise. Cells that are `blocked` or not finite are hatched; a nan that
    is not blocked is hatched the other way and read as "no number". Cells are square when the columns are keys,
    wider than high when they are dimensions.
    """

    title: str  # names the numbers in the table, in the files and in the text that is read
    values: np.ndarray  # (n_rows, n_columns), at full precision
    rows: Sequence[str]
    columns: Sequence[str]
    row_title: str = QUERY
    column_title: str = KEY
    role: Role = "weights"
    low: float | None = None
    high: float | None = None
    blocked: np.ndarray | None = None  # (n_rows, n_columns), True = may not attend
    row: int | None = None  # chosen
    cell: tuple[int, int] | None = None  # chosen
    summary: str = ""  # what to see in it, read after the title
    heading: str | None = None  # shown above the picture
    note: str | None = None  # beside the heading; may hold what a reader typed
    meaning: str = "weight"  # of one value, in the legend on paper
    decimals: int = 2
    prints_numbers: bool = True  # into cells that have room for them
    emphasis: Emphasis = Emphasis()
    whole: Numbers | None = None  # what its corner opens instead, where it draws a part

    @property
    def alt(self) -> str:
        """The text read in place of the picture."""
        return f"{self.title}. {self.summary}" if self.summary else self.title

    def frame(self) -> pd.DataFrame:
        return matrix_frame(self.values, self.rows, self.columns)

    def chart(self) -> Picture:
        """The picture on paper. Raises ValueError where it would have too many cells, or two labels alike."""
        known = np.isfinite(self.values)
        allowed = known if self.blocked is None else known & ~np.asarray(self.blocked, bool)
        return heatmap(
            np.asarray(self.values, float),
            self.rows,
            self.columns,
            title=self.title,
            meaning=self.meaning,
            row_title=self.row_title,
            column_title=self.column_title,
            allowed=allowed,
            high=self.high or 1.0,
            signed=self.role != "weights",
        )

    def numbers(self) -> Numbers:
        """With a picture on paper, unless it has more cells than anyone could read."""
        chart = self.chart if np.size(self.values) <= MOST_CELLS else None
        return self.whole or Numbers(self.title, self.frame, chart)

    def draw(
        self,
        key: str,
        on_pick: Callable[[int, int | None], None] | None = None,
        on_edit: Callable[[int, int, float], None] | None = None,
        *,
        about: str = "",
        has_files: bool = True,
    ) -> None:
        """The picture on the page, its numbers and files in the corner.

        A click, a tap, or Enter calls `on_pick(row, column)` before the page reruns; on a row's label,
        `on_pick(row, None)`. With `on_edit` a click opens the cell, and `on_edit(row, column, number)` is called
        with any finite number that was typed. `about` tells apart tables under one key that share their labels.
        """
        data = self._payload(is_exact=on_edit is not None) | {
            "pick": on_pick is not None,
            "edit": on_edit is not None,
        }
        n_rows, n_columns = np.shape(self.values)

        def take(sent: Any) -> None:  # JSON makes null of infinity
            match sent:
                case [int(r), None] if on_pick and 0 <= r < n_rows:
                    on_pick(r, None)
                case [int(r), int(c)] if on_pick and 0 <= r < n_rows and 0 <= c < n_columns:
                    on_pick(r, c)
                case [int(r), int(c), int() | float() as value] if (
                    on_edit and 0 <= r < n_rows and 0 <= c < n_columns and np.isfinite(value)
                ):
                    on_edit(r, c, float(value))

        event = "pick" if on_edit is None else "edit"
        picture = (about, data["rows"], data["columns"])
        told, arrived = delivery(key, event, take, picture)
        mount(
            MATRIX,
            data | told,
            key=key,
            numbers=self.numbers() if has_files else None,
            **{f"on_{event}_change": arrived},
        )

    def _payload(self, is_exact: bool) -> dict[str, Any]:
        """What the browser draws. Raises ValueError that names the sizes that do not fit."""
        values, emphasis = np.asarray(self.values, dtype=float), self.emphasis
        if values.ndim != 2 or values.shape != (len(self.rows), len(self.columns)):
            raise ValueError(
                f"values {values.shape} need {len(self.rows)} row and {len(self.columns)} column labels"
            )
        blocked = np.asarray(False if self.blocked is None else self.blocked, bool)
        if self.blocked is not None and blocked.shape != values.shape:
            raise ValueError(f"blocked {blocked.shape} does not fit values {values.shape}")
        hidden, lost = blocked | ~np.isfinite(values), ~blocked & np.isnan(values)
        low, high = limits(values[~hidden], self.role != "weights", self.low, self.high)
        n_to_mark = 0 if self.row is None else len(self.columns)
        _check(emphasis, values[~hidden], high, n_to_mark)
        return pack(values, hidden, is_exact) | {
            "low": low,
            "high": high,
            "rows": [str(label) for label in self.rows],
            "columns": [str(label) for label in self.columns],
            "rowTitle": self.row_title,
            "columnTitle": self.column_title,
            "role": self.role,
            "row": self.row,
            "cell": self.cell,
            "label": self.alt,
            "decimals": self.decimals,
            "tiny": max(abs(low), abs(high)) < 0.5 * 10**-self.decimals,  # all would read 0.00
            "numbers": self.prints_numbers,
            "blocked": bool((hidden & ~lost).any()),
            "lost": text(np.packbits(lost)) if lost.any() else None,
            "floor": emphasis.floor,
            "threshold": emphasis.threshold,
            "marks": [int(column) for column in emphasis.marks],
            "marksTitle": emphasis.marks_title,
            "heading": self.heading,
            "note": self.note,
        }


def _check(emphasis: Emphasis, seen: np.ndarray, high: float, n_to_mark: int) -> None:
    floor, marks = emphasis.floor, emphasis.marks
    if floor is not None and not 0 < floor < high:
        raise ValueError(f"the floor {floor} must lie between 0 and {high}")
    if floor is not None and seen.min(initial=0.0) < 0:
        raise ValueError(f"log colours need values of 0 or more, not {seen.min()}")
    if any(not 0 <= column < n_to_mark for column in marks):
        raise ValueError(f"marks {list(marks)} do not fit the {n_to_mark} columns of a chosen row")
