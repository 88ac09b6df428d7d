"""Lesson: how similar two vectors are in one number, and why attention divides that number by √d."""

import streamlit as st

from pages.learn.dot_product.board import board, long_vectors
from pages.learn.dot_product.scale import (
    N_DRAWS,
    N_KEYS,
    question,
    real_head,
    simulated,
    simulation,
)
from pages.ui.widgets.parts import real_heading


@st.fragment
def two_arrows() -> None:
    st.markdown(
        "A vector of two numbers is an arrow: so far to the right, so far up. The **dot product** "
        "multiplies two vectors number by number and adds up the products. One number comes out, and "
        "it says how much the two agree.  \n"
        "Attention works with nothing else: a word that asks sends out a :blue[**query**] (here **a**), "
        "a word that may answer shows a :orange[**key**] (here **b**), and their dot product is the "
        "**score** of that pair."
    )
    board()


@st.fragment
def longer_lists() -> None:
    st.header("The same with longer lists", anchor=False)
    long_vectors()


@st.fragment
def why_divide() -> None:
    st.header("Why attention divides by √d", anchor=False)
    words, seed_side = st.columns([4, 1], gap="large")
    with seed_side:
        seed = st.number_input(
            "Seed",
            0,
            9999,
            0,
            key="dot_product_seed",
            persist_state="session",
            help="Another seed draws other numbers; the same seed always draws the same.",
        )
    with words:
        st.markdown(
            f"Let us draw vectors at random: {N_DRAWS:,} queries, each with {N_KEYS} keys of its own, "
            "every number around 0 with *variance* 1 (the average of its square). The next lesson, "
            "softmax, turns scores into shares of one whole, the **weights**; here only the largest "
            "share matters. How does it depend on d, the length of the vectors?"
        )
    drawn = simulated(seed)
    if question(drawn):
        simulation(drawn)


two_arrows()
longer_lists()
why_divide()
real_heading("The same division in a real head")
st.markdown(
    "Choose layer and head in the sidebar. A model learns with ÷ √d in place: take it away, and the "
    "same queries and keys give sharper rows. A softmax that is all or nothing hardly answers to "
    "small changes, and small changes are what a model learns from."
)
real_head()
