"""Lesson 3: what ÷ √d does to the softmax of random vectors of growing size, and to a real head."""

from typing import Any

import numpy as np
import streamlit as st

from attention_core.analysis.saturation import (
    Saturation,
    mean_largest_weight,
    score_variance,
    simulate,
    unscaled,
)
from attention_core.attention import AttentionTrace
from attention_core.charts.export import as_spec, on_paper
from attention_core.charts.saturation import (
    PLAIN,
    SCALED,
    sharpness,
    sizes_frame,
    spread,
)
from pages.ui.reader.controls import chosen
from pages.ui.reader.predict import predict
from pages.ui.reader.real import read_or_wait
from pages.ui.server.cache import cached
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.panels import full_scale, only_weights
from pages.ui.widgets.parts import formula, notice_this
from pages.ui.widgets.takeaway import table_twin
from pages.ui.widgets.wording import labels, scaling

D_HEADS = (4, 8, 16, 32, 64, 128, 256)
N_DRAWS, N_KEYS = 2000, 16
SHORT, LONG = D_HEADS.index(16), D_HEADS.index(64)  # the two sizes of the question
ANSWERS = ("sharper: one key takes more", "flatter: the keys share more evenly", "the same")
CHARTS = {"spread": spread, "sharpness": sharpness}
NEVER_DIVIDES = "This model never divides: training made its q and k small instead."
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
        heading=f"One of these queries, d = {d_head}: the weights of its {N_KEYS} keys",
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


def real_head() -> None:
    """The chosen head on the shared sentence, with and without the division."""
    choice = chosen()
    if not choice.sentence:
        st.info(
            "The sentence of the other lessons is empty: type one there.", icon=":material/edit:"
        )
        return
    capture = read_or_wait(choice.model_id, choice.sentence, key="dot_product")
    if capture is None:
        return
    layer = capture.layers[choice.layer]
    head = min(choice.head, layer.n_heads - 1)
    trace = layer.head_trace(head)
    if trace is None:
        only_weights()
        return
    title = f"{choice.model_id}, layer {choice.layer}, head {head}"
    plain = unscaled(trace)
    _in_numbers(trace, plain)
    queries, keys = (
        labels([token.text for token in tokens])
        for tokens in (capture.queries(layer), capture.keys(layer))
    )
    pictures = {"as the model does it": trace, "without the division": plain}
    for column, (how, each) in zip(st.columns(2, gap="large"), pictures.items(), strict=True):
        with column:
            _heatmap(each, queries, keys, f"{title}, {how}", key=f"dot_product_{how.split()[0]}")


def _in_numbers(trace: AttentionTrace, plain: AttentionTrace) -> None:
    d_head, spread = trace.q.shape[-1], score_variance(trace)
    largest, plain_largest = mean_largest_weight(trace), mean_largest_weight(plain)
    lines = [
        f"d = {d_head}, √d = {np.sqrt(d_head):.2f}; variance of :blue[q]·:orange[k] in this head: "
        f"**{spread:.1f}** (random numbers would have {d_head})"
    ]
    if np.isfinite(largest):
        lines.append(
            f"largest weight of a row, on average: {scaling(trace)} :violet[**{largest:.2f}**], "
            f"without :violet[**{plain_largest:.2f}**]"
        )
    formula("  \n".join(lines), key="dot_product_real")
    if np.isclose(trace.scale, 1):
        st.markdown(NEVER_DIVIDES)


def _heatmap(
    trace: AttentionTrace, queries: list[str], keys: list[str], name: str, *, key: str
) -> None:
    Figure(
        f"Attention weights: {name}",
        trace.weights,
        rows=queries,
        columns=keys,
        high=full_scale(trace.weights),
        blocked=None if trace.mask is None else ~trace.mask,
        summary=f"Largest weight of a row, on average: {mean_largest_weight(trace):.2f}",
        heading=name,
    ).draw(key)
