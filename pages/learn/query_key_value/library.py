"""Lesson 5: the library. One word asks, the three titles that fit best are on the shelf, arrows are as wide as weights."""

import streamlit as st

from attention_core.analysis.breakdown import strongest
from pages.ui.reader.worlds import World
from pages.ui.widgets.diagram import Arrow, Box, diagram
from pages.ui.widgets.wording import number

BOOKS = 3
ASKS, HOME = "asks", "home"


def library(world: World) -> None:
    """The chosen word as a reader among the words as books; a click on a book lets that word ask."""
    assert world.trace is not None  # the toy has one
    scores = world.trace.scores[world.q_pos]
    shelf = [int(k) for k in strongest(world.row, BOOKS) if world.row[k] > 0]
    asks = world.queries[world.q_pos]
    boxes = [Box(ASKS, [asks, "has a question: q"], 2, 0, "query", 1.5)]
    arrows = []
    for i, k in enumerate(shelf):
        column = 2 + i - (len(shelf) - 1) / 2
        boxes.append(Box(str(k), [world.keys[k], f"fits: {number(scores[k])}"], column, 2, "key"))
        arrows.append(Arrow(ASKS, str(k), f"{world.row[k]:.2f}", "weights", float(world.row[k])))
        arrows.append(Arrow(str(k), HOME, role="value", strength=float(world.row[k])))
    boxes.append(Box(HOME, ["takes home", "a mix of contents: v"], 2, 3.8, "output", 1.5))
    diagram(
        boxes,
        arrows,
        key="qkv_library",
        label=f"A library: {asks} asks. "
        + "; ".join(f"{world.keys[k]} gets {world.row[k]:.2f}" for k in shelf)
        + ". Choose a book and that word asks.",
        on_pick=lambda name: world.pick_cell(int(name), None) if name.isdigit() else None,
    )
    rest = len(world.keys) - len(shelf)
    if rest:
        share = 1 - sum(float(world.row[k]) for k in shelf)
        st.markdown(f"{rest} more books get :violet[{max(share, 0.0):.2f}] together.")
