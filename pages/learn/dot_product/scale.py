"""Lesson 3: random vectors of growing size, their scores with and without ÷ √d, and what the softmax makes of them."""

from typing import Any

import numpy as np
import streamlit as st

from attention_core.analysis.saturation import Saturation, simulate
from attention_core.charts.export import as_spec, on_paper
from attention_core.charts.saturation import (
    PLAIN,
    SCALED,
    sharpness,
    sizes_frame,
    spread,
)
from pages.ui.reader.predict import predict
from pages.ui.server.cache import cached
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.parts import formula, notice_this
from pages.ui.widgets.takeaway import table_twin

D_HEADS = (4, 8, 16, 32, 64, 128, 256)
N_DRAWS, N_KEYS = 2000, 16
SHORT, LONG = D_HEADS.index(16), D_HEADS.index(64)  # the two sizes of the question
ANSWERS = ("sharper: one key takes more", "flatter: the keys share more evenly", "the same")
CHARTS = {"spread": spread, "sharpness": sharpness}
MARGIN = 0.02  # a difference of two averages below this one is chance


@cached(max_entries=64)
def simulated(seed: int) -> Saturation:
    """All sizes at once, for the charts."""
    return simulate(seed, D_HEADS, N_DRAWS, N_KEYS)


@cached(max_entries=2)
def _spec(chart: str) -> dict[str, Any]:
    return as_spec(CHARTS[chart]())


def question(drawn: Saturation) -> bool:
    """Predict what longer vectors do to an unscaled softmax."""
    before, after = drawn.largest[SHORT], drawn.largest[LONG]
    change = 2 if abs(after - before) < MARGIN else int(after < before)
    return predict(
        f"Queries and keys become {D_HEADS[LONG] // D_HEADS[SHORT]} times as long, and nobody divides "
        "by anything. The softmax of their scores becomes …",
        ANSWERS,
        change,
        lambda: (
            f"With d = {D_HEADS[SHORT]} numbers the strongest key takes {before:.2f} on average, with "
            f"d = {D_HEADS[LONG]} it takes {after:.2f}. More products add up to larger scores, so their "
            "differences grow, and softmax turns large differences into all or nothing. "
            "(Some demos tell this the other way round: here are the numbers.)"
        ),
        key="dot_product_longer",
    )


def simulation(drawn: Saturation) -> None:
    """The chosen size in numbers, both charts over all sizes, and one query of that size."""
    d_head = st.select_slider(
        "d, how many numbers a vector has", D_HEADS, D_HEADS[LONG], key="dot_product_d_head"
    )
    i = D_HEADS.index(d_head)
    formula(
        f"d = {d_head}: the scores :blue[q]·:orange[k] have variance **{drawn.variances[i]:.1f}**, "
        f"and the largest weight averages :violet[**{drawn.largest[i]:.2f}**].  \n"
        f"÷ √{d_head} = ÷ {np.sqrt(d_head):.4g}: variance **{drawn.scaled_variances[i]:.2f}**, "
        f"largest weight :violet[**{drawn.scaled_largest[i]:.2f}**].",
        key="dot_product_scale",
    )
    st.markdown(
        "Each of the d products has variance 1, and variances of independent numbers add up: the variance "
        "of :blue[q]·:orange[k] is **d**. Dividing a number by √d divides its variance by d: back to 1."
    )
    left, right = st.columns(2, gap="large")
    with left:
        _chart("spread", drawn.d_heads, drawn.variances, drawn.scaled_variances, d_head)
    with right:
        _chart("sharpness", drawn.d_heads, drawn.largest, drawn.scaled_largest, d_head)
    notice_this(
        f"From d = {D_HEADS[0]} to d = {D_HEADS[-1]} the strongest key's share grows from "
        f"{drawn.largest[0]:.2f} to {drawn.largest[-1]:.2f}, although all vectors are random and no key "
        f"deserves it. After ÷ √d it stays near {drawn.scaled_largest.mean():.2f} at every d."
    )
    st.markdown(f"One of these queries, d = {d_head}: the weights of its {N_KEYS} keys")
    weights = np.stack([drawn.weights[i], drawn.scaled_weights[i]])
    rows, columns = [PLAIN, SCALED], [str(k) for k in range(N_KEYS)]
    Figure(
        f"One random query, d = {d_head}",
        weights,
        rows=rows,
        columns=columns,
        row_title="softmax of",
        column_title="key (offers)",
        summary=f"Weights of {N_KEYS} random keys at d = {d_head}: the largest is {weights[0].max():.2f} "
        f"without and {weights[1].max():.2f} with division by the root of d.",
    ).draw("dot_product_draw")


def _chart(
    chart: str, d_heads: tuple[int, ...], plain: np.ndarray, scaled: np.ndarray, chosen: int
) -> None:
    frame, spec = sizes_frame(d_heads, plain, scaled, chosen), _spec(chart)
    name = spec["title"]
    st.vega_lite_chart(
        frame,
        spec,
        height=330,
        key=f"dot_product_{chart}",
        alt=f"{name}, for d from {d_heads[0]} to {d_heads[-1]}: from {plain[0]:.2f} to {plain[-1]:.2f} "
        f"without division, from {scaled[0]:.2f} to {scaled[-1]:.2f} with it",
    )
    table_twin(
        name,
        lambda: frame,
        key=f"dot_product_{chart}_twin",
        chart=lambda: on_paper(CHARTS[chart](), frame),
    )
