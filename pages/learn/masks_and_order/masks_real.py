"""Whose mask is it? The mask that a pretrained model hands to our core, and what its early tokens receive."""

from __future__ import annotations

import numpy as np
import streamlit as st

from attention_core.analysis.masking import allowed_share, even_weights, received
from attention_core.heads import of_head
from attention_core.pretrained.catalogue import MINILM, SMOLLM2
from pages.learn.masks_and_order.masks_heatmap import heatmap
from pages.ui.reader.controls import Choice
from pages.ui.reader.real import model_or_wait, read_or_wait
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.panels import only_weights
from pages.ui.widgets.parts import notice_this, real_heading
from pages.ui.widgets.wording import labels

FIRST = 8  # tokens whose share is listed


def real_masks(choice: Choice, text: str) -> None:
    """The chosen model's mask, and on demand that of the other default model."""
    real_heading("The mask comes with the model")
    st.markdown(
        "A model that was trained to write may not peek at the next word: its mask is causal. "
        "A model that was trained to read whole sentences sees all of their words. This is not ours to choose: "
        "a model must run as it was trained, so our core takes the mask that the model hands to it."
    )
    _mask_of(choice.model_id, text, choice.layer, choice.head)
    other = MINILM if choice.model_id == SMOLLM2.key else SMOLLM2
    if st.toggle(f"And in {other.title}?", key="masks_and_order_other", persist_state="session"):
        _mask_of(other.key, text, *other.showcase)
    notice_this(
        "Under a causal mask the first tokens receive more than others even when nobody prefers them. "
        "Compare a head with “evenly” before you call a token important."
    )


def _mask_of(model_id: str, text: str, layer_number: int, head: int) -> None:
    loaded = model_or_wait(model_id, key=f"masks_{model_id}")
    if loaded is None:
        return
    capture = read_or_wait(model_id, text, key=f"masks_read_{model_id}")
    if capture is None:
        return
    layer = capture.layers[layer_number]
    head = min(head, layer.n_heads - 1)
    st.text(f"{loaded.title}, layer {layer_number}, head {head}")
    trace = layer.head_trace(head)
    if trace is None:
        only_weights()
        return
    mask = of_head(trace.mask, 0)
    n_q, n_k = trace.weights.shape
    queries, keys = (
        labels([token.text for token in tokens])
        for tokens in (capture.queries(layer), capture.keys(layer))
    )
    said = "no mask" if mask is None else "a mask (hatched)"
    st.markdown(
        f"It hands over **{said}**: {allowed_share(mask):.0%} of {n_q * n_k} pairs may attend."
    )
    left, right = st.columns([6, 5], gap="large")
    with left:
        heatmap(
            f"Weights of layer {layer_number}, head {head}",
            trace.weights,
            queries,
            columns=keys,
            key=f"masks_real_{model_id}",
            mask=mask,
        )
    with right:
        st.markdown("**What each token receives on average**")
        _received(trace.weights, even_weights(n_q, n_k, mask), keys, model_id)


def _received(weights: np.ndarray, even: np.ndarray, names: list[str], model_id: str) -> None:
    def column(title: str, values: np.ndarray, help_text: str) -> Column:
        shares = received(values)[:FIRST].astype(float)
        return Column(title, [f"{v:.2f}" for v in shares], "weights", shares.tolist(), help_text)

    breakdown(
        [
            column("this head", weights, "The mean of the token's column"),
            column("evenly", even, "The same mask with every score 0"),
        ],
        key=f"masks_real_received_{model_id}",
        row_labels=names[:FIRST],
        label=f"What the first {FIRST} tokens receive, in this head and if shared evenly",
    )
