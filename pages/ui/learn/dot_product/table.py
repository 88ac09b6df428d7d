"""Lesson 3: two longer vectors in one table to edit, the product of each pair beside them, and their sum."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.toy.claims import DOT_PRODUCT
from attention_core.vectors import cosine_steps
from pages.ui.learn.dot_product.board import factor, short
from pages.ui.learn.parts import formula

LONGEST = 8  # numbers in a vector: one line of arithmetic
LIMIT = 1000.0  # of a cell, so that its product can still be read
COLUMNS = ("a", "b")


def long_vectors() -> None:
    """The table and the sum. An edit is seen in the products at once: they are part of the table's data."""
    table, words = st.columns([4, 5], gap="large")
    with table:
        d = st.number_input(
            "How many numbers", 1, LONGEST, len(DOT_PRODUCT[0]), key="dot_product_d"
        )
        key = f"dot_product_long_{d}"
        seed = np.zeros((d, len(COLUMNS)))
        n_quoted = min(d, len(DOT_PRODUCT[0]))
        seed[:n_quoted] = np.stack(DOT_PRODUCT, axis=1)[:n_quoted]
        now, n_empty = _edited(seed, key)
        steps = cosine_steps(*now.T)
        _editor(seed, steps.products, key)
    with words:
        st.markdown("**Change any number**, or make the lists longer. The products follow.")
        a, b = now.T
        pairs = " + ".join(
            f":blue[{factor(p)}]·:orange[{factor(q)}]" for p, q in zip(a, b, strict=True)
        )
        formula(
            f":blue[**a**] · :orange[**b**] = {pairs}  \n"
            f"= {' + '.join(factor(product) for product in steps.products)} "
            f"= **{short(steps.dot)}**",
            key="dot_product_long",
        )
        if n_empty:
            st.markdown("An empty cell counts as 0.")
        st.markdown(
            "In books it is also written :blue[**a**]ᵀ:orange[**b**]: a list standing upright is laid "
            "flat (ᵀ, *transposed*) and meets the other one number by number. Both lists must be equally long."
        )


def _edited(seed: np.ndarray, key: str) -> tuple[np.ndarray, int]:
    """The seed with the reader's edits so far, and how many cells were left empty."""
    now, n_empty = seed.copy(), 0
    edits = st.session_state.get(key, {}).get("edited_rows", {})
    for row, cells in edits.items():
        for name in set(COLUMNS) & set(cells):
            value = cells[name]
            n_empty += value is None
            now[int(row), COLUMNS.index(name)] = min(max(value or 0.0, -LIMIT), LIMIT)
    return now, n_empty


def _editor(seed: np.ndarray, products: np.ndarray, key: str) -> None:
    frame = pd.DataFrame(seed, columns=list(COLUMNS)).assign(product=products)
    frame.index = pd.Index([str(i + 1) for i in range(len(frame))], name="place")
    config: dict[str, Any] = {
        name: st.column_config.NumberColumn(name, min_value=-LIMIT, max_value=LIMIT, format="%.4g")
        for name in COLUMNS
    }
    config["product"] = st.column_config.NumberColumn("a × b", disabled=True, format="%.6g")
    st.data_editor(
        frame,
        key=key,
        num_rows="fixed",
        column_config=config,
        height=35 * (len(frame) + 1) + 3,
        alt="Two vectors a and b, number by number, and the product of each pair",
    )
