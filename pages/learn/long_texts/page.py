"""Lesson: what attention costs, measured; and the online softmax, which never holds the n × n matrix."""

import streamlit as st

from pages.learn.long_texts.blocks import blocks_panel, heads_in_blocks
from pages.learn.long_texts.costs import how_much, measured_here

st.markdown(
    "Every word asks every word. A text of n words has n rows and n columns, so its heatmap has "
    ":violet[**n × n**] cells, in every head of every layer. That square is the price of attention."
)
how_much()
measured_here()
blocks_panel()
heads_in_blocks()
