"""Does the pretrained model know order? The same words, last first, and the weights between the same pairs."""

from __future__ import annotations

import numpy as np
import streamlit as st

from attention_core.analysis.order import largest_difference, text_in_order
from attention_core.analysis.words import Span, weights_between_words
from attention_core.pretrained.layers import Capture
from attention_core.toy.scenario import Scenario
from pages.learn.masks_and_order.order_rows import compare_rows
from pages.ui.reader.controls import Choice
from pages.ui.reader.real import model_or_wait, read_or_wait
from pages.ui.server import models
from pages.ui.widgets.parts import formula, real_heading
from pages.ui.widgets.wording import labels, number

TELLS_POSITIONS = {  # by the model's own model_type
    "bert": "This model adds a learned vector for each position to the embedding.",
    "distilbert": "This model adds a learned vector for each position to the embedding.",
    "roberta": "This model adds a learned vector for each position to the embedding.",
    "gpt2": "This model adds a learned vector for each position to the embedding.",
    "llama": "This model turns :blue[q] and :orange[k] by an angle for each position (RoPE).",
    "t5": "This model adds a learned number for each distance to the scores.",
}


def real_order(choice: Choice, scenario: Scenario) -> None:
    """The chosen head on the sentence and on its reversal, word by word."""
    real_heading("Does the pretrained model know order?")
    loaded = model_or_wait(choice.model_id, key="order_model")
    if loaded is None:
        return
    text, spans = text_in_order(scenario.tokens, np.arange(len(scenario.tokens))[::-1])
    here = read_or_wait(choice.model_id, scenario.sentence, key="order_here")
    there = read_or_wait(choice.model_id, text, key="order_there")
    if here is None or there is None:
        return
    st.markdown(
        "The same words, last first. If positions did not matter, each pair of words would keep its weight. "
        + TELLS_POSITIONS.get(loaded.engine.model.config.model_type, "")
    )
    st.text(text)
    if here.left_out or there.left_out:
        st.info("This text is too long for the model: its two orders would be cut differently.")
        return
    if not here.asks_itself(here.layers[choice.layer]):
        st.info("This layer asks with the decoder's words. Choose an earlier layer on the left.")
        return
    before = _between_words(here, choice, scenario.spans)
    after = _between_words(there, choice, spans)
    _compare(before, after, choice, labels(scenario.tokens))


def _between_words(capture: Capture, choice: Choice, words: tuple[Span, ...]) -> np.ndarray:
    weights = models.layer_weights(choice.model_id, capture.text, choice.layer)
    return weights_between_words(weights[min(choice.head, len(weights) - 1)], capture.places, words)


def _compare(before: np.ndarray, after: np.ndarray, choice: Choice, names: list[str]) -> None:
    left, right = st.columns([5, 6], gap="large")
    with left:
        st.text(f"{names[choice.query]} asks, layer {choice.layer}, head {choice.head}:")
        compare_rows(
            before[choice.query],
            after[choice.query],
            names,
            key="order_real_rows",
            titles=("your order", "reversed"),
        )
    with right:
        formula(
            f"largest |difference| of two :violet[weights] between the same words, layer {choice.layer}, "
            f"head {choice.head}: :violet[**{number(largest_difference(after, before))}**]",
            key="order_real",
        )
        st.markdown(
            "A word of several pieces counts as one. What goes to tokens that the model adds is left out. "
            "A model with a causal mask would know order even without positions: only later words see earlier ones."
        )
