"""Home: what this is, in one screen with one live heatmap, and the way in."""

from pathlib import Path

import streamlit as st

from pages.ui.controls import chosen, toy_or_none
from pages.ui.panels import heatmap_panel
from pages.ui.worlds import toy_world

SIDE_BY_SIDE = Path(__file__).resolve().parent / "compare" / "side_by_side.py"

words, picture = st.columns([6, 5], gap="large")
with words:
    st.markdown(
        "To understand a word, a transformer asks: **which of the other words matter to me?** "
        "The answer is one share per word, the attention weights. "
        "One short NumPy function computes them here, in two worlds:"
    )
    st.markdown(
        "- :material/edit: **A toy** whose every number you can change and follow.\n"
        "- :material/neurology: **A real pretrained model** on the same sentence, every layer and head.\n"
        "- :material/verified: **The proof** that both ran the same function."
    )
    with st.container(border=True, width="content"):
        # not a button with st.switch_page: that would drop the sentence from the link
        st.page_link(
            SIDE_BY_SIDE, label="**See both worlds, side by side**", icon=":material/compare:"
        )
    st.markdown(
        ":violet[**weights**] = softmax( :blue[**Q**] :orange[**Kᵀ**] / √d ) and "
        ":red[**output**] = :violet[**weights**] :green[**V**]"
    )
    st.markdown(
        ":blue[Query]: what a word asks. :orange[Key]: what a word offers. "
        ":green[Value]: what it hands over."
    )
with picture:
    toy = toy_or_none()
    if toy is not None:
        st.markdown(
            "**The toy's weights, live.** Find the row of a word: "
            "the stronger the colour, the more it takes from that column."
        )
        heatmap_panel(toy_world(toy.current, chosen()))
