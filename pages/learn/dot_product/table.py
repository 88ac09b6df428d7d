"""Lesson 3: two longer vectors to change number by number, the product of each pair, and their sum."""

import numpy as np
import streamlit as st

from attention_core.toy.claims import DOT_PRODUCT
from attention_core.vectors import cosine_steps
from pages.learn.dot_product.board import factor, short
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.parts import formula

LONGEST = 8  # numbers in a vector: one line of arithmetic
LIMIT = 1000.0  # of a number, so that its product can still be read
NAMES = ("a", "b")
VECTORS = "dot_product_vectors"  # session: both vectors in full length


def long_vectors() -> None:
    """The two vectors, and what their dot product is made of."""
    table, words = st.columns([4, 5], gap="large")
    with table:
        d = st.number_input(
            "How many numbers", 1, LONGEST, len(DOT_PRODUCT[0]), key="dot_product_d"
        )
        vectors = readers_vectors()[:, :d]
        Figure(
            "Two vectors a and b, number by number.",
            vectors,
            rows=NAMES,
            columns=[str(i + 1) for i in range(d)],
            row_title="vector",
            column_title="number",
            role="diverging",
            decimals=1,
        ).draw("dot_product_long", on_edit=change, has_files=False)
    steps = cosine_steps(*vectors)
    with words:
        st.markdown("**Click a number and change it**, or make the lists longer.")
        pairs = " + ".join(
            f":blue[{factor(p)}]·:orange[{factor(q)}]" for p, q in zip(*vectors, strict=True)
        )
        formula(
            f":blue[**a**] · :orange[**b**] = {pairs}  \n"
            f"= {' + '.join(factor(product) for product in steps.products)} "
            f"= **{short(steps.dot)}**",
            key="dot_product_long",
        )
        st.markdown(
            "In books it is also written :blue[**a**]ᵀ:orange[**b**]: a list standing upright is laid "
            "flat (ᵀ, *transposed*) and meets the other one number by number. Both lists must be equally long."
        )


def readers_vectors() -> np.ndarray:
    """(2, LONGEST): the tutorial's two vectors, then zeros, until the reader changes them."""
    if VECTORS not in st.session_state:
        begin = np.zeros((len(NAMES), LONGEST))
        begin[:, : len(DOT_PRODUCT[0])] = DOT_PRODUCT
        st.session_state[VECTORS] = begin
    vectors: np.ndarray = st.session_state[VECTORS]
    return vectors


def change(row: int, column: int, value: float) -> None:
    """Take over one number, cut to ±LIMIT."""
    vectors = readers_vectors().copy()
    vectors[row, column] = min(max(value, -LIMIT), LIMIT)
    st.session_state[VECTORS] = vectors
