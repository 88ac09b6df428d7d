"""Order and masks in the pretrained model: the sentence reversed, the model's own mask, and a pronoun under it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from attention_core.analysis.masking import allowed_share, even_weights, received
from attention_core.analysis.order import largest_difference, text_in_order
from attention_core.analysis.words import Span, sum_over_words, tokens_of, weights_between_words
from attention_core.pretrained.catalogue import MINILM, SMOLLM2
from attention_core.pretrained.layers import Capture
from attention_core.toy.presets import preset_named
from attention_core.toy.scenario import Scenario, run
from pages.learn.masks_and_order.masks import compare_rows, heatmap
from pages.ui.reader.controls import Choice
from pages.ui.reader.real import model_or_wait, read_or_wait
from pages.ui.reader.worlds import real_world
from pages.ui.server import models
from pages.ui.widgets.breakdown import breakdown, column_of
from pages.ui.widgets.panels import only_weights
from pages.ui.widgets.parts import formula, notice_this, real_heading
from pages.ui.widgets.spotlight import Lit, spotlight
from pages.ui.widgets.wording import labels, number

TELLS_POSITIONS = {  # by the model's own model_type
    **dict.fromkeys(
        ("bert", "distilbert", "roberta", "gpt2"),
        "This model adds a learned vector for each position to the embedding.",
    ),
    "llama": "This model turns :blue[q] and :orange[k] by an angle for each position (RoPE).",
    "t5": "This model adds a learned number for each distance to the scores.",
}
TOO_LONG = "This text is too long for the model: its two orders would be cut differently."
TWO_TEXTS = "This layer asks with the decoder's words. Choose an earlier layer on the left."
SEES_LATER = {  # by the layer's kind
    "decoder": "“fluffy” comes later: this model does not see it.",
    "encoder": "“fluffy” comes later: this model may look there, too.",
}
FIRST = 8  # tokens whose share is listed
TOY = preset_named("The new puppy")
PUPPY, LOVE, FLUFFY = (TOY.tokens.index(word) for word in ("puppy", "love", "fluffy"))
SHE = TOY.query


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
        st.info(TOO_LONG)
        return
    if not here.asks_itself(here.layers[choice.layer]):
        st.info(TWO_TEXTS)
        return
    before = _between_words(here, choice, scenario.spans)
    after = _between_words(there, choice, spans)
    names, where = labels(scenario.tokens), f"layer {choice.layer}, head {choice.head}"
    left, right = st.columns([5, 6], gap="large")
    with left:
        st.text(f"{names[choice.query]} asks, {where}:")
        rows = before[choice.query], after[choice.query]
        compare_rows(*rows, names, key="order_real_rows", titles=("your order", "reversed"))
    with right:
        formula(
            f"largest |difference| of two :violet[weights] between the same words, {where}: "
            f":violet[**{number(largest_difference(after, before))}**]",
            key="order_real",
        )
        st.markdown(
            "A word of several pieces counts as one. What goes to tokens that the model adds is left out. "
            "A model with a causal mask would know order even without positions: only later words see earlier ones."
        )


def _between_words(capture: Capture, choice: Choice, words: tuple[Span, ...]) -> np.ndarray:
    weights = models.layer_weights(choice.model_id, capture.text, choice.layer)
    return weights_between_words(weights[min(choice.head, len(weights) - 1)], capture.places, words)


def real_masks(choice: Choice, scenario: Scenario) -> None:
    """The chosen model's mask, and on demand that of the other default model."""
    real_heading("The mask comes with the model")
    st.markdown(
        "A model that was trained to write may not peek at the next word: its mask is causal. "
        "A model that was trained to read whole sentences sees all of their words. This is not ours to choose: "
        "a model must run as it was trained, so our core takes the mask that the model hands to it."
    )
    _mask_of(choice, scenario)
    other = MINILM if choice.model_id == SMOLLM2.key else SMOLLM2
    if st.toggle(f"And in {other.title}?", key="masks_and_order_other", persist_state="session"):
        layer, head = other.showcase
        _mask_of(replace(choice, model_id=other.key, layer=layer, head=head), scenario)
    notice_this(
        "Under a causal mask the first tokens receive more than others even when nobody prefers them. "
        "Compare a head with “evenly” before you call a token important."
    )


def _mask_of(choice: Choice, scenario: Scenario) -> None:
    model_id = choice.model_id
    loaded = model_or_wait(model_id, key=f"masks_{model_id}")
    if (
        loaded is None
        or read_or_wait(model_id, scenario.sentence, key=f"masks_read_{model_id}") is None
    ):
        return
    world = real_world(scenario, choice)
    st.text(f"{loaded.title}, layer {choice.layer}, head {world.head}")
    if world.trace is None:
        only_weights()
        return
    weights, mask = world.head_weights, world.mask
    st.markdown(
        f"It hands over **{'no mask' if mask is None else 'a mask (hatched)'}**: "
        f"{allowed_share(mask):.0%} of {weights.size} pairs may attend."
    )
    left, right = st.columns([6, 5], gap="large")
    with left:
        heatmap(
            f"Weights of layer {choice.layer}, head {world.head}",
            weights,
            world.queries,
            columns=world.keys,
            key=f"masks_real_{model_id}",
            mask=mask,
        )
    this_head, evenly = (
        received(each)[:FIRST]
        for each in (weights, even_weights(len(world.queries), len(world.keys), mask))
    )
    with right:
        st.markdown("**What each token receives on average**")
        breakdown(
            [
                column_of("this head", this_head, help="The mean of the token's column"),
                column_of("evenly", evenly, help="The same mask with every score 0"),
            ],
            key=f"masks_real_received_{model_id}",
            row_labels=world.keys[:FIRST],
            label=f"What the first {FIRST} tokens receive, in this head and if shared evenly",
        )


def she_looks_back(choice: Choice) -> None:
    """The same row of weights twice: each word after “She” is dark in the toy; is it in the model?"""
    st.header("“She” looks back", anchor=False)
    st.markdown(
        "A causal mask lets each word see itself and what came before. Here that is enough: "
        "the answer stands **before** the question."
    )
    toy, real = st.columns(2, gap="large")
    with toy:
        row = run(TOY).heads.weights[0, SHE].tolist()
        st.markdown("**The toy**, causal")
        spotlight(
            [
                Lit(token, weight, f"{weight:.2f}" if position <= SHE else "blocked")
                for position, (token, weight) in enumerate(zip(TOY.tokens, row, strict=True))
            ],
            key="masks_she_toy",
            label="Attention weights of “She” in the toy",
            selected=SHE,
            large=False,
        )
        st.markdown(f":violet[puppy **{row[PUPPY]:.2f}**, love **{row[LOVE]:.2f}**].")
    with real:
        _she_in_the_model(choice)


def _she_in_the_model(choice: Choice) -> None:
    capture = read_or_wait(choice.model_id, TOY.sentence, key="masks_she")
    if capture is None:
        return
    layer = capture.layers[choice.layer]
    places = capture.places
    pieces = tokens_of(TOY.spans[SHE], places)
    if not capture.asks_itself(layer) or not pieces:
        st.info("This layer does not look from word to word of one text: choose another.")
        return
    head = min(choice.head, layer.n_heads - 1)
    row = layer.weights[head, pieces[-1]]
    st.text(f"{choice.model_id}, layer {choice.layer}, head {head}")
    spotlight(
        [
            Lit(token.text, weight, f"{weight:.2f}", faint=token.is_special)
            for token, weight in zip(capture.tokens, row.tolist(), strict=True)
        ],
        key="masks_she_real",
        label="Attention weights of “She” in the pretrained model",
        selected=pieces[-1],
        large=False,
    )
    puppy, love, fluffy = sum_over_words(row, places, TOY.spans)[[PUPPY, LOVE, FLUFFY]]
    st.markdown(
        f":violet[puppy **{puppy:.2f}**, love **{love:.2f}**, fluffy **{fluffy:.2f}**]. "
        + SEES_LATER["decoder" if layer.kind == "decoder" else "encoder"]
    )
