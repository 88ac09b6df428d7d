"""How to read a heatmap, in six lines, for whoever opens the page for the first time."""

import streamlit as st

LINES = """
- **A row asks, a column offers.** Find a word on the left: its row says how much it takes from each word on top.
- **The stronger the colour, the larger the share.** Each row adds up to 1. Hatched cells are blocked by the mask.
- **Click a cell** and everything below follows: the :violet[softmax] of that row, :blue[q], :orange[k] and \
:green[v], and the arithmetic of that one :violet[weight]. Arrow keys and Enter do the same.
- **:blue[q]** is what a word asks, **:orange[k]** what a word offers, **:green[v]** what it hands over.
- **Left** are numbers made for people: change them. **Right** are the numbers of a model that learned from text; \
nobody wrote them by hand.
- Layers, heads and positions are counted from 0. A number before a token is its position.
"""


def how_to_read() -> None:
    """A button that explains the page."""
    with st.popover("How to read this page", icon=":material/help:"):
        st.markdown(LINES)
