"""Lesson 5 on the toy: library, projection and symmetry in one fragment, because one edit moves all three."""

import streamlit as st

from pages.learn.query_key_value.library import library
from pages.learn.query_key_value.projection import projection
from pages.learn.query_key_value.symmetry import symmetry
from pages.ui.reader.controls import chosen
from pages.ui.reader.outside import outside
from pages.ui.reader.toy_state import Toy, write_edits_to_link
from pages.ui.reader.worlds import toy_world
from pages.ui.widgets.parts import notice_this


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
    if said := write_edits_to_link(toy):
        st.markdown(said)
