"""The average over heads, and why it is not the attention: heads of one word each, the critics, a real layer."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from attention_core.analysis.patterns import averaged, rows_and_average
from attention_core.toy.critics import TOKENS, one_word_each
from pages.learn.multi_head.state import WORDS, Critics
from pages.ui.reader.predict import predict
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.wording import number

MOST = 8  # made-up heads
LOOKS = {  # how an average may look → its largest weight
    "One word stands out": 1.0,
    "Two words share it": 1 / 2,
    "Nearly flat: no word stands out": 1 / MOST,
}
SOURCES = ("heads of one word each", "the critics above")


@st.fragment
def average(state: Critics) -> None:
    """Sharp heads, flat average: first guessed, then seen on made-up heads and on the critics."""
    st.markdown(
        "With many heads on screen it is tempting to average them into one heatmap. That average is "
        "the attention of no head."
    )
    top = averaged(one_word_each(MOST, len(TOKENS))).average_top
    answer = min(range(len(LOOKS)), key=lambda i: abs(list(LOOKS.values())[i] - top))
    answered = predict(
        f"{MOST} heads, each puts all its weight on one word of its own. What does their average look like?",
        list(LOOKS),
        answer,
        lambda: (
            f"No word gets more than {number(top)} of the average, although each head is as sure as a head "
            "can be. Whoever sees only the average would say: this layer looks at nothing in particular."
        ),
        key="multi_head_average",
    )
    if not answered:
        return
    left, right = st.columns(2, gap="large")
    source = left.segmented_control(
        "Average of",
        SOURCES,
        default=SOURCES[0],
        key="multi_head_average_of",
        required=True,
        persist_state="session",
    )
    weights, q_pos = state.trace.heads.weights, state.query
    if source == SOURCES[0]:
        n_heads = right.slider(
            "How many of them?", 1, MOST, MOST, key="multi_head_one_word", persist_state="session"
        )
        weights, q_pos = one_word_each(n_heads, len(TOKENS)), 0
    average_panel(
        weights,
        q_pos,
        WORDS,
        key="multi_head_average_rows",
        label=f"{len(weights)} heads and their average",
    )


def average_panel(
    weights: np.ndarray,
    q_pos: int,
    keys: Sequence[str],
    *,
    key: str,
    label: str,
    mask: np.ndarray | None = None,
) -> None:
    """One query in every head, their average below, and how much sharper the heads are than it."""
    values = rows_and_average(weights, q_pos)
    rows = [*(f"head {i}" for i in range(len(weights))), "average"]
    Figure(
        "The heads and their average",
        values,
        rows=rows,
        columns=keys,
        row=len(weights),
        row_title="the same query, in each head",
        column_title="what keys get",
        blocked=None if mask is None else np.repeat(~mask[[q_pos]], len(values), axis=0),
        summary=label,
    ).draw(key)
    sharp = averaged(weights, mask)
    if np.isnan(sharp.heads_top):  # a single word has nothing to choose from
        return
    st.markdown(
        f"The largest weight of a row: **{number(sharp.heads_top)}** in a head, on average over heads; "
        f"**{number(sharp.average_top)}** in the average head. A row spreads as wide as over "
        f"**{sharp.heads_spread:.1f}** equal words in a head, over **{sharp.average_spread:.1f}** "
        "in the average head."
    )
