"""A table to change, with undo, on a server that takes its time, for test_components_busy.py. Not part of the app."""

import time

import numpy as np
import streamlit as st

from pages.ui.widgets.delivery import after_delivery
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.plane import Mark, plane

st.set_page_config(page_icon="🔭")
state = st.session_state
state.setdefault("runs", 0)
state.setdefault("history", [np.zeros((5, 5)), np.zeros((5, 5))])
state.setdefault("flipped", np.zeros((2, 4)))
state.setdefault("place", (0.0, 0.0))
state.runs += 1


def change(table: int, row: int, column: int, value: float) -> None:
    if value > 100:
        return  # refused: the table keeps its number
    state.history.append(state.history[-1].copy())
    state.history[-1][row, column] = value + 1000 * table


def flip(row: int, column: int | None) -> None:
    state.flipped[row, column] = 1 - state.flipped[row, column]


table = st.segmented_control("Table", [0, 1], default=0, key="table")
st.button("Undo", on_click=after_delivery(state.history.pop))
time.sleep(0.2)  # the work of a page
values = state.history[-1]
Figure("Numbers.", values, rows="abcde", columns="vwxyz", role="query").draw(
    "numbers",
    on_edit=lambda r, c, value: change(table, r, c, value),
    about=str(table),
    has_files=False,
)
Figure("Flips.", state.flipped, rows="ab", columns="wxyz").draw(
    "flips", on_pick=flip, has_files=False
)
plane(
    [Mark("m", *state.place, "query", (0, 0), movable=True)],
    key="moves",
    label="One arrow.",
    reach=3,
    on_move=lambda i, x, y: state.update(place=(x, y)),
)
st.text(f"table {table}")
st.text(f"numbers {' '.join(f'{value:g}' for value in values.flat)}")
st.text(f"flips {' '.join(f'{value:g}' for value in state.flipped.flat)}")
st.text(f"place {state.place}")
st.text(f"runs {state.runs}")
