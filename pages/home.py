"""Home: what this is, in one screen with one live heatmap, and the way in."""

import streamlit as st

from pages.contents import LESSONS, tool
from pages.frame import link_with, seen
from pages.ui.reader.controls import chosen, toy_or_none
from pages.ui.reader.worlds import toy_world
from pages.ui.widgets.panels import heatmap_panel

WAYS = {  # to a page, by its address
    "side-by-side": ("See both worlds, side by side", ":material/compare:"),
    "all-heads": ("Explore every head of the real model", ":material/apps:"),
    "knock-out": ("Knock out a head and see if it mattered", ":material/experiment:"),
}


def _way_into_the_lessons() -> None:
    """The first lesson that this reader has not opened yet; after all of them, the last."""
    onwards = next((each for each in LESSONS if each.number not in seen()), LESSONS[-1])
    st.page_link(
        onwards.file,
        label=f"**{'Go on' if seen() else 'Learn it from the start'}: {onwards.title}**",
        icon=":material/school:",
        query_params=link_with(onwards.number),
    )


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
    with st.container(horizontal=True):
        # not buttons with st.switch_page: that would drop the sentence from the link
        with st.container(border=True, width="content"):
            _way_into_the_lessons()
        for slug, (label, icon) in WAYS.items():
            with st.container(border=True, width="content"):
                st.page_link(tool(slug).file, label=f"**{label}**", icon=icon)
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
