"""Early words receive more under a causal mask, even where every word shares its attention evenly."""

import streamlit as st

from attention_core.analysis.masking import even_weights, received
from attention_core.masks import causal_mask
from pages.learn.masks_and_order.masks_heatmap import heatmap
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import formula


@st.fragment
def received_panel() -> None:
    """Scores of 0 under a causal mask, and the mean of each column."""
    st.header("First come, most served", anchor=False)
    st.markdown(
        "Set every score to 0: no word likes any other better. Each row is then shared evenly among the words "
        "it may see. What does a word **receive** on average? The mean of its column."
    )
    n = st.slider("Words", 2, 16, 8, key="masks_and_order_n", persist_state="session")
    weights = even_weights(n, n, causal_mask(n))
    shares = received(weights)
    names = [f"word {i}" for i in range(n)]
    left, right = st.columns([6, 5], gap="large")
    with left:
        heatmap(
            "All scores 0, causal mask", weights, names, key="masks_even", mask=causal_mask(n)
        )  # fmt: skip
    with right:
        column = Column(
            "receives", [f"{share:.3f}" for share in shares], "weights", shares.tolist()
        )
        breakdown(
            [column],
            key="masks_receives",
            row_labels=names,
            label=f"What each of {n} words receives on average",
        )
        column_of_first = " + ".join(f"1/{i}" for i in range(1, n + 1))
        formula(
            f"word 0: ({column_of_first}) ÷ {n} = :violet[**{shares[0]:.3f}**]  \n"
            f"word {n - 1}: 1/{n} ÷ {n} = :violet[**{shares[-1]:.3f}**]",
            key="masks_received",
        )
