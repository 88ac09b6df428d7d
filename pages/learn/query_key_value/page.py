"""Lesson 5: what a word asks, what it offers, what it hands over, and the three matrices that make it so."""

import streamlit as st

from attention_core.analysis.breakdown import strongest
from pages.learn.query_key_value.projection import projection
from pages.learn.query_key_value.symmetry import real_parts, symmetry
from pages.ui.reader.controls import chosen
from pages.ui.reader.outside import outside
from pages.ui.reader.toy_state import Toy, write_edits_to_link
from pages.ui.reader.worlds import World, toy_world
from pages.ui.widgets.diagram import Arrow, Box, diagram
from pages.ui.widgets.parts import notice_this, real_heading, toy_of_sentence
from pages.ui.widgets.wording import number

BOOKS = 3
ASKS, HOME = "asks", "home"


def on_the_toy(toy: Toy) -> None:
    """All that is computed from the toy, redrawn alone unless the page around it must follow."""
    _sections(toy, outside(toy))


@st.fragment
def _sections(toy: Toy, seen_outside: object) -> None:
    if seen_outside != outside(toy):
        st.rerun()
    world = toy_world(toy.current, chosen())
    st.header("A library", anchor=False)
    picture, words = st.columns(2, gap="large", vertical_alignment="center")
    with words:
        st.markdown(
            "You come with a question in mind: your :blue[**query**]. Every book shows a title: its "
            ":orange[**key**]. You compare your question with all titles, and take home what is "
            "*in* the books: their :green[**values**], most from those whose titles fit best. "
            "How much from each is its :violet[**weight**]."
        )
        notice_this("Each word plays all three parts: it asks, it is a title, it is a content.")
    with picture:
        library(world)
    st.header("Three matrices make the three parts", anchor=False)
    st.markdown(
        "Asking, offering and handing over are learned apart. Each is the same embedding times "
        "another matrix. Click a word, or one of its results, to see it worked out."
    )
    projection(toy, world.q_pos)
    st.header("Why not one matrix for asking and offering?", anchor=False)
    symmetry(toy.current, world)
    if too_long := write_edits_to_link(toy):
        st.markdown(too_long)


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


toy = toy_of_sentence()
if toy is not None:
    on_the_toy(toy)
    real_heading("The same three parts in a real head")
    real_parts(chosen(), toy.current)
