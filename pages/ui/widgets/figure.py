"""A matrix as one value: what is drawn, its table, its files and the text read in place of it all come from it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from attention_core.charts.export import Picture
from attention_core.charts.heatmap import MOST_CELLS, heatmap
from pages.ui.widgets.matrix import PLAIN, Emphasis, Role, matrix
from pages.ui.widgets.takeaway import Numbers, matrix_frame

QUERY, KEY = "query (asks)", "key (offers)"


@dataclass(frozen=True)
class Figure:
    """One matrix with its meaning. Frozen: picture, table and file cannot disagree.

    Weights run from paper (0) to violet (`high`, or 1); every other role from ochre over paper (0) to petrol,
    symmetric unless `low` and `high` say otherwise. `blocked` cells and those that are not finite are hatched.
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
    emphasis: Emphasis = PLAIN
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

    @property
    def has_chart(self) -> bool:
        """Whether there is a picture on paper: not of more cells than anyone could read."""
        return np.size(self.values) <= MOST_CELLS

    def numbers(self) -> Numbers:
        return self.whole or Numbers(self.title, self.frame, self.chart if self.has_chart else None)

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
        matrix(
            self.values,
            key=key,
            rows=self.rows,
            columns=self.columns,
            label=self.alt,
            row_title=self.row_title,
            column_title=self.column_title,
            role=self.role,
            low=self.low,
            high=self.high,
            blocked=self.blocked,
            row=self.row,
            cell=self.cell,
            decimals=self.decimals,
            on_pick=on_pick,
            on_edit=on_edit,
            about=about,
            prints_numbers=self.prints_numbers,
            emphasis=self.emphasis,
            heading=self.heading,
            note=self.note,
            numbers=self.numbers() if has_files else None,
        )
