"""Lesson 3: a real head as its model runs it, and as it would be if nobody divided its scores by √d_head."""

import numpy as np
import streamlit as st

from attention_core.analysis.saturation import mean_largest_weight, score_variance, unscaled
from attention_core.attention import AttentionTrace
from pages.ui.reader.controls import chosen
from pages.ui.reader.real import read_or_wait
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.panels import full_scale, only_weights
from pages.ui.widgets.parts import formula
from pages.ui.widgets.wording import labels, scaling


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
            st.text(f"{title}, {how}")
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
        st.markdown("This model never divides: training made its q and k small instead.")


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
    ).draw(key)
