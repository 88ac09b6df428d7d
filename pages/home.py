"""Home: what this is, in one screen, and the way in."""

from pathlib import Path

import streamlit as st

from pages.ui.controls import sentence_bar

st.title("Attention, with every number in sight", anchor=False)
st.markdown(
    "A transformer reads a word by asking: **which of the other words matter to me?** "
    "Here one short NumPy function answers that question twice."
)
toy, real, proof = st.columns(3, gap="medium")
with toy, st.container(border=True, height="stretch"):
    st.markdown("##### :material/edit: A toy you can edit")
    st.markdown(
        "A sentence, four numbers per word, three small matrices. Change any cell; all follows."
    )
with real, st.container(border=True, height="stretch"):
    st.markdown("##### :material/neurology: A real model")
    st.markdown(
        "The same sentence inside a pretrained transformer: every layer, every head, every weight."
    )
with proof, st.container(border=True, height="stretch"):
    st.markdown("##### :material/verified: The proof")
    st.markdown(
        "The function you read runs inside the real model too, and its answers are compared on the page."
    )

sentence_bar()
st.page_link(
    Path(__file__).resolve().parent / "compare" / "side_by_side.py",
    label="See it side by side",
    icon=":material/arrow_forward:",
)
st.markdown(
    ":violet[**weights**] = softmax( :blue[**Q**] :orange[**Kᵀ**] / √d ) and "
    ":red[**output**] = :violet[**weights**] :green[**V**].  \\n"
    ":blue[**Q**uery]: what a word asks. :orange[**K**ey]: what a word offers. "
    ":green[**V**alue]: what it hands over."
)
