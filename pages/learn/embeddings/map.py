"""Lesson 2: words as places on a flat map, along two of their numbers or where they differ most."""

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import streamlit as st

from attention_core.toy.claims import WORD_DIMENSIONS
from attention_core.vectors import principal_components
from pages.learn.embeddings.table import LIMIT, Words, WordTable
from pages.ui.widgets.plane import Mark, plane, plane_numbers

AXES = {f"{x} and {y}": (x, y) for x, y in combinations(WORD_DIMENSIONS, 2)}
FLATTENED = "all three"
EDGE = 1.15 * LIMIT  # the world's half width: a word on its border stays in sight


def table_map(table: WordTable, words: Words) -> None:
    """The map of the table. Along two of its columns words can be dragged, and the table follows."""
    shown = st.pills(
        "Directions of the map",
        [*AXES, FLATTENED],
        default=next(iter(AXES)),
        key="embeddings_axes",
        required=True,
        wrap=True,
        persist_state="session",
    )
    if shown == FLATTENED:
        flattened_map(words.names, words.x, key="embeddings_flat")
        return
    across, up = AXES[shown]
    columns = [WORD_DIMENSIONS.index(axis) for axis in (across, up)]

    def move(i: int, x: float, y: float) -> None:
        x, y = (min(max(number, -LIMIT), LIMIT) for number in (x, y))
        table.put(words.rows[i], {across: round(x, 2), up: round(y, 2)})

    st.markdown(
        f"Across: *{across}*. Up: *{up}*. **Drag a word**, and its numbers in the table follow."
    )
    _map(words.names, words.x[:, columns], (across, up), key="embeddings_map", on_move=move)


def flattened_map(names: Sequence[str], x: np.ndarray, *, key: str) -> None:
    """All numbers of each word, flattened to the two directions along which the words differ most."""
    coordinates, share = principal_components(x, 2)
    st.markdown(
        f"{x.shape[1]} numbers are too many for a flat map. This one keeps the two directions along "
        "which these words differ most (their *principal components*), and with them "
        f"**{share:.0%}** of the differences."
    )
    _map(names, coordinates, ("most different", "next most different"), key=key)


def _map(
    names: Sequence[str],
    places: np.ndarray,
    titles: tuple[str, str],
    *,
    key: str,
    on_move: Callable[[int, float, float], None] | None = None,
) -> None:
    marks = [
        Mark(name, x, y, movable=on_move is not None)
        for name, (x, y) in zip(names, places.tolist(), strict=True)
    ]
    label = f"Map of {len(marks)} words, across {titles[0]}, up {titles[1]}: "
    plane(
        marks,
        key=key,
        label=label + ", ".join(f"{mark.name} at {mark.x:.2f}, {mark.y:.2f}" for mark in marks),
        reach=EDGE if on_move else None,
        snap=0.05,
        on_move=on_move,
        numbers=plane_numbers("Map of words", marks, *titles),
    )
