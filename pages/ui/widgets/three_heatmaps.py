"""Two heatmaps and their difference, always in this order; the row and the cell chosen in one are chosen in all."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pages.ui.reader.worlds import World
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.panels import full_scale
from pages.ui.widgets.together import together
from pages.ui.widgets.wording import number, summary

MOST_ABREAST = 32  # keys up to which three pictures stand side by side; beyond, one below the other


@dataclass(frozen=True)
class Side:
    """One of the two: what it is called on the page, whose weights these are, and which pairs may attend."""

    title: str  # ours: "A", "Control"
    name: str  # shown literally: may hold what the reader typed
    weights: np.ndarray  # (n_q, n_k); nan where there is no number any more
    allowed: np.ndarray  # (n_q, n_k), True = may attend


@dataclass(frozen=True)
class Grid:
    """What both have in common: tokens, the chosen row and column, and what a click does."""

    rows: list[str]
    columns: list[str]
    row: int
    column: int
    pick: Callable[[int, int | None], None]


def heatmaps_of_head(
    world: World,
    first: tuple[str, np.ndarray],
    second: tuple[str, np.ndarray],
    *,
    key: str,
    shown: int | None = None,
) -> None:
    """Two versions of a world's chosen head, each with its title; a click chooses in the world."""
    blocked = world.blocked
    allowed = np.ones(world.head_weights.shape, bool) if blocked is None else ~np.asarray(blocked)
    a, b = (
        Side(title, world.title, weights.astype(np.float64), allowed)
        for title, weights in (first, second)
    )
    grid = Grid(world.queries, world.keys, world.q_pos, world.k_pos, world.pick_cell)
    three_heatmaps(a, b, grid, key=key, shown=shown)


def three_heatmaps(
    first: Side, second: Side, grid: Grid, *, key: str, shown: int | None = None
) -> None:
    """`first`, `second`, and second − first, on the same rows and columns and the same scale.

    With `shown` only that one of the three, always in the same place: what differs then blinks.
    """
    high = full_scale(np.nan_to_num(np.stack([first.weights, second.weights])))
    figures = {
        first.title: _side(first, grid, high),
        second.title: _side(second, grid, high),
        "difference": _difference(first, second, grid),
    }
    if shown is not None:
        list(figures.values())[shown].draw(f"{key}_one", on_pick=grid.pick)
        return
    columns = [[each] for each in figures] if len(grid.columns) <= MOST_ABREAST else [[*figures]]
    with together(f"{key}_three", gap="medium") as pictures:
        for column in columns:
            with pictures.column():
                for name in column:
                    figures[name].draw(f"{key}_{name}", on_pick=grid.pick)


def _side(side: Side, grid: Grid, high: float | None) -> Figure:
    return Figure(
        f"{side.title}: attention weights of {side.name}",
        side.weights,
        rows=grid.rows,
        columns=grid.columns,
        high=high,
        blocked=~side.allowed,
        row=grid.row,
        cell=(grid.row, grid.column),
        summary=_chosen_row(side, grid),
        heading=side.title,
        note=side.name,
    )


def _chosen_row(side: Side, grid: Grid) -> str:
    """The chosen row in one line of plain text."""
    name, row = grid.rows[grid.row], side.weights[grid.row]
    return f"{name} → no number" if np.isnan(row).any() else summary(name, row, grid.columns)


def _difference(first: Side, second: Side, grid: Grid) -> Figure:
    difference, seen = second.weights - first.weights, first.allowed | second.allowed
    reach = float(np.abs(np.nan_to_num(difference)).max()) or 1.0
    title = f"{second.title} − {_inside(first.title)}"
    return Figure(
        f"{title}: {second.name} minus {first.name}",
        difference,
        rows=grid.rows,
        columns=grid.columns,
        role="diverging",
        low=-reach,
        high=reach,
        blocked=~seen,
        row=grid.row,
        cell=(grid.row, grid.column),
        summary=f"In the chosen cell, {grid.rows[grid.row]} → {grid.columns[grid.column]}: "
        f"{number(difference[grid.row, grid.column])}",
        heading=title,
        note="blue: more · ochre: less",
        meaning="difference",
    )


def _inside(title: str) -> str:
    """A title in the middle of a sentence; a single letter stays what it is."""
    return title if len(title) == 1 else title.lower()
