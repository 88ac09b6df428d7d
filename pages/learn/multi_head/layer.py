"""From the heads to the output of the layer: side by side, through W_O; and why a computer needs no loop for it."""

import streamlit as st

from attention_core.analysis.fused import three_ways
from attention_core.toy.critics import D_HEAD, D_MODEL, TOKENS, X
from pages.learn.multi_head import pictures
from pages.learn.multi_head.state import Critics


def merge(state: Critics) -> None:
    """What becomes of the heads: laid side by side, then mixed by W_O."""
    n_heads, size = len(state.watching), len(state.watching) * D_HEAD
    st.markdown(
        f"Each head hands back {D_HEAD} numbers a word. They are laid side by side (**concatenated**): "
        f"{n_heads} × {D_HEAD} = {size} numbers a word. Those of head {state.chosen} carry a ▼."
    )
    pictures.side_by_side(state)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f":red[**W_O**] mixes them: {size} numbers of all heads in, {D_MODEL} out.")
        pictures.mixer(state)
    with right:
        st.markdown(f":red[**output**] = side by side · W_O: {D_MODEL} numbers a word again.")
        pictures.output(state)


def one_product(state: Critics) -> None:
    """Why one product is enough: blocks glued together, heads added up, and how far the ways are apart."""
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(
            "A computer does not loop over heads. It glues their blocks to one wide :blue[W_Q], "
            ":orange[W_K] and :green[W_V], multiplies once, and cuts the result into heads."
        )
        pictures.wide(state)
    with right:
        st.markdown(
            f"On the way out too: each head owns {D_HEAD} rows of :red[W_O], and what it writes "
            f"through them for “{TOKENS[state.query]}” is **added** to what the others write."
        )
        pictures.additions(state)
    left, right = st.columns(2, gap="large")
    with left:
        pictures.ways_table(state, three_ways(X, state.layer))
    with right:
        st.markdown(
            "The first three are the same layer, up to rounding. One head of the full width is "
            "another layer: it has a single softmax, where the others have one each."
            if len(state.watching) > 1
            else "With one head there is nothing to glue: all ways are the same. Add a second one."
        )
        pictures.code_of_the_ways()
