"""A page with one of each component, for test_components.py. Not part of the app."""

import numpy as np
import streamlit as st

from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.figure import Emphasis, Figure
from pages.ui.widgets.head_grid import head_grid
from pages.ui.widgets.takeaway import Numbers, matrix_frame

TOKENS = ["0 the", "1 animal", "2 <img src=x onerror=alert(1)>", "3 **it**"]
WEIGHTS = np.array(
    [[1, 0, 0, 0], [0.25, 0.75, 0, 0], [0.125, 0.375, 0.5, 0], [0.1, 0.647, 0.053, 0.2]]
)
FUTURE = np.triu(np.ones((4, 4), dtype=bool), 1)
st.set_page_config(page_icon="🔭")
state = st.session_state
state.setdefault("runs", 0)
state.runs += 1


def remember(*picked: object) -> None:
    state.picked = picked


st.text(f"run {state.runs}, picked {state.get('picked')}")
head_grid(
    np.stack([WEIGHTS] * 12),
    key="heads",
    selected=2,
    label="Heads",
    on_pick=remember,
    blocked=FUTURE,
)
Figure(
    "Weights.",
    WEIGHTS,
    rows=TOKENS,
    columns=TOKENS,
    blocked=FUTURE,
    row=1,
    decimals=3,
    heading="Weights of <b>one</b> head",
    note="a **note**",
    whole=Numbers("Weights", lambda: matrix_frame(WEIGHTS, TOKENS, TOKENS)),
).draw("weights", on_pick=remember)
state.setdefault("table", np.array([[1.0, 2.25], [-3.0, 0.125], [0.0, 5.0]]))


def change(row: int, column: int, value: float) -> None:
    state.table[row, column] = value
    remember(row, column, value)


Figure(
    f"Numbers that sum to {state.table.sum():g}.",
    state.table,
    rows="abc",
    columns="xy",
    role="query",
).draw("numbers", on_edit=change, has_files=False)
breakdown(
    [Column("weight", [f"{w:.4f}" for w in WEIGHTS[3]], "weights", list(WEIGHTS[3]))],
    key="softmax",
    row_labels=TOKENS,
    footer=["sum", "1.0000"],
    label="Softmax",
    on_pick=remember,
)
Figure(
    "Shares.",
    np.array([[0.9, 0.07, 0.03]]),
    rows="a",
    columns="xyz",
    row=0,
    emphasis=Emphasis(floor=0.01, threshold=0.05, marks=[0], marks_title="most"),
).draw("shares", on_pick=remember, has_files=False)
