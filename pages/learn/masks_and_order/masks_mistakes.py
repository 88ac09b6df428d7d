"""Two ways to get a mask wrong: after the softmax instead of before, and 0 instead of −∞."""

import numpy as np
import streamlit as st

from attention_core.analysis.masking import (
    mask_after_softmax,
    weight_on_blocked,
    zero_for_blocked,
)
from attention_core.masks import causal_mask
from attention_core.toy.one_head import under_mask
from attention_core.toy.scenario import Scenario
from pages.learn.masks_and_order.masks_heatmap import heatmap
from pages.ui.reader.predict import predict
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import formula, one_of
from pages.ui.widgets.wording import labels

MISTAKES = {"after": "Mask after the softmax", "zero": "0 instead of −∞"}
NOISE = 1e-9  # sums that are off by less are 1
MOST_ROWS = 24


@st.fragment
def mask_mistakes(scenario: Scenario) -> None:
    """The causal mask applied wrongly; what its rows add up to, and what blocked keys still get."""
    mask = causal_mask(len(scenario.tokens))
    free = under_mask(scenario, None)
    sums = mask_after_softmax(free, mask).sum(axis=-1)
    st.header("Before the softmax, not after", anchor=False)
    answered = predict(
        "someone computes the weights without a mask, and then multiplies blocked ones by 0. "
        "What do the rows add up to?",
        ("All to 1", "Some to less than 1", "Some to more than 1"),
        1 if sums.min() < 1 - NOISE else 0,
        lambda: f"The row sums run from {sums.min():.2f} to {sums.max():.2f}.",
        key="masks_and_order_after_guess",
    )
    if not answered:
        return
    kind = one_of(
        "The mistake",
        MISTAKES,
        key="masks_and_order_mistake",
        default="after",
        format_func=MISTAKES.__getitem__,
    )
    wrong = (mask_after_softmax if kind == "after" else zero_for_blocked)(free, mask)
    right_way = under_mask(scenario, mask).weights
    names = labels(scenario.tokens)
    left, right = st.columns([6, 5], gap="large")
    with left:
        heatmap(MISTAKES[kind], wrong, names, key="masks_wrong")
    with right:
        st.markdown("**What each row adds up to**")
        _row_sums(right_way, wrong, weight_on_blocked(wrong, mask), names)
        _lesson(kind, wrong, mask)


def _row_sums(
    right_way: np.ndarray, wrong: np.ndarray, leaked: np.ndarray, names: list[str]
) -> None:
    def column(title: str, values: np.ndarray, help_text: str) -> Column:
        shares = values[:MOST_ROWS]
        return Column(title, [f"{v:z.2f}" for v in shares], "weights", shares.tolist(), help_text)

    breakdown(
        [
            column(
                "right way", right_way.sum(axis=-1), "−∞ before the softmax: the sum of the row"
            ),
            column("this way", wrong.sum(axis=-1), "The sum of the row with the mistake"),
            column("to blocked", leaked, "What goes to keys that the query may not see"),
        ],
        key="masks_sums",
        row_labels=names[:MOST_ROWS],
        row_title="query (asks)",
        label="Row sums: the right way, with the mistake, and the weight on blocked keys",
    )


def _lesson(kind: str, wrong: np.ndarray, mask: np.ndarray) -> None:
    worst = weight_on_blocked(wrong, mask).max()
    if kind == "after":
        formula(
            ":violet[softmax](scores) · mask: too late, blocked keys have had their part of the sum. "
            f"The first row keeps :violet[**{wrong[0].sum():.2f}**].  \n"
            ":violet[softmax](scores + mask), −∞ where blocked: only allowed keys are in the sum.",
            key="masks_after",
        )
    else:
        formula(
            f"exp(0) = **{np.exp(0):.0f}**: a score of 0 is a score like any other. Up to "
            f":violet[**{worst:.2f}**] of a row goes to keys that should not be seen.  \n"
            f"exp(−∞) = **{np.exp(-np.inf):.0f}**: only −∞ leaves nothing.",
            key="masks_zero",
        )
