"""A heatmap of this lesson: its title, the picture, what one row says in words, and the table twin."""

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from pages.ui.reader.controls import chosen
from pages.ui.reader.sentence import ask
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.panels import full_scale
from pages.ui.widgets.wording import summary


def heatmap(
    title: str,
    weights: np.ndarray,
    names: Sequence[str],
    *,
    key: str,
    row: int | None = None,
    cell: tuple[int, int] | None = None,
    mask: np.ndarray | None = None,
    on_pick: Callable[[int, int | None], None] | None = None,
    columns: Sequence[str] | None = None,
) -> None:
    """Weights between the words of `names` (or from them to `columns`). `title` is ours, the names are the reader's."""
    keys = names if columns is None else columns
    said = "" if row is None else summary(names[row], weights[row], keys)
    st.markdown(f"**{title}**")
    Figure(
        title,
        weights,
        rows=names,
        columns=keys,
        high=full_scale(weights),
        blocked=None if mask is None else ~mask,
        row=row,
        cell=cell,
        summary=said,
    ).draw(key, on_pick=on_pick)
    if said:
        st.text(said)


def ask_row(q_pos: int, _: int | None) -> None:
    """The word of the row that was picked is the one that asks, on the whole page."""
    ask(q_pos)


def follow_query(query: int) -> None:
    """At the top of a fragment that was given `query`: once a pick has changed it, draw the whole page anew."""
    if chosen().query != query:
        st.rerun()
