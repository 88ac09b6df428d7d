"""Rows of weights as they are printed: two decimals each, and a sum that is often not 1.00."""

import numpy as np
import streamlit as st

from attention_core.analysis.rows import misses_one, printed_sums, random_rows
from pages.learn.softmax.columns import shares
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.widgets.breakdown import Column, breakdown

N_ROWS = 10_000
DECIMALS = 2


def rounding_panel() -> None:
    """Thousands of made-up rows: how many of them would not add up on paper, and one that does not."""
    words, table = st.columns([2, 5], gap="medium")
    with words:
        n_keys = st.slider("Keys in a row", 3, 24, 6, key="softmax_row", persist_state="session")
    rows = random_rows(N_ROWS, n_keys, seed=n_keys)
    missed = misses_one(rows, DECIMALS)
    with words:
        st.markdown(
            f"Of {N_ROWS:,} random rows of {n_keys} weights, **{missed.mean():.0%}** do not add up to "
            f"{1:.{DECIMALS}f} once each weight is printed with two decimals. "
            "Nothing is wrong with them: so compute with all digits, and round only to show."
        )
    with table:
        _example(rows[missed.argmax()])


def _example(row: np.ndarray) -> None:
    breakdown(
        [
            shares("weight", row),
            Column("printed", [f"{weight:.{DECIMALS}f}" for weight in row]),
        ],
        key="softmax_printed_row",
        row_labels=[f"key {i}" for i in range(len(row))],
        footer=["sum", f"{row.sum():.4f}", f"{printed_sums(row, DECIMALS).item():.{DECIMALS}f}"],
        label="A row of weights that does not add up once it is printed",
    )


def rounding_of_model(model_id: str, text: str) -> None:
    """The same count over every row of every head of the pretrained model. It must be loaded."""
    n_rows, n_missed = _count(model_id, text)
    st.markdown(
        f"Printed with two decimals, **{n_missed / n_rows:.0%}** of this model's {n_rows:,} rows "
        f"(all its heads, on your sentence) do not add up to {1:.{DECIMALS}f}."
    )


@cached(max_entries=16, show_spinner="Adding up all rows …")
def _count(model_id: str, text: str) -> tuple[int, int]:
    """(rows, rows that miss 1 once printed) over all layers and heads."""
    missed = [
        misses_one(layer.weights, DECIMALS) for layer in models.captured(model_id, text).layers
    ]
    return sum(each.size for each in missed), sum(int(each.sum()) for each in missed)
