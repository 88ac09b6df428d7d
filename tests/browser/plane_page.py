"""A page with planes to move marks in and to look at, for test_plane.py. Not part of the app."""

import streamlit as st

from pages.ui.widgets.plane import Mark, plane

st.set_page_config(page_icon="🔭")
state = st.session_state
state.setdefault("runs", 0)
state.setdefault("vectors", [(2.0, 1.0), (-1.0, 2.0)])
state.runs += 1


def moved(i: int, x: float, y: float) -> None:
    state.vectors[i] = (x, y)


st.text(f"run {state.runs}, {state.vectors}")
(ax, ay), (bx, by) = state.vectors
plane(
    [
        Mark("a", ax, ay, "query", (0, 0), movable=True),
        Mark("<b>b</b>", bx, by, "key", (0, 0), movable=True),
        Mark("fixed", -2, -2, faint=True),
    ],
    key="board",
    label="Two vectors.",
    x_title="first number",
    y_title="second number",
    reach=3,
    angle=(0, 1),
    on_move=moved,
)
st.button("Start again", on_click=lambda: state.update(vectors=[(2.0, 1.0), (-1.0, 2.0)]))
WORDS = ["the", "cat", "sat", "on", "the", "mat", "the", "a rather long token, cut"]
plane(
    [
        Mark(word, 0.2 + 0.01 * i, 0.9 - 0.02 * i, start=(0, 0) if i % 2 else None)
        for i, word in enumerate(WORDS)
    ],
    key="map",
    label="A crowded map.",
)
