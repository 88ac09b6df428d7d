"""“She” looks back: a causal mask at work on one sentence, in the toy and in the chosen head of the model."""

import streamlit as st

from attention_core.analysis.words import sum_over_words, tokens_of
from attention_core.toy.presets import preset_named
from attention_core.toy.scenario import run
from pages.ui.reader.controls import Choice
from pages.ui.reader.real import read_or_wait
from pages.ui.widgets.spotlight import Lit, spotlight

TOY = preset_named("The new puppy")
PUPPY, LOVE, FLUFFY = (TOY.tokens.index(word) for word in ("puppy", "love", "fluffy"))
SHE = TOY.query


def she_looks_back(choice: Choice) -> None:
    """The same row of weights twice: each word after “She” is dark in the toy; is it in the model?"""
    st.header("“She” looks back", anchor=False)
    st.markdown(
        "A causal mask lets each word see itself and what came before. Here that is enough: "
        "the answer stands **before** the question."
    )
    toy, real = st.columns(2, gap="large")
    with toy:
        _toy()
    with real:
        _real(choice)


def _toy() -> None:
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


def _real(choice: Choice) -> None:
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
        + (
            "“fluffy” comes later: this model does not see it."
            if layer.kind == "decoder"
            else "“fluffy” comes later: this model may look there, too."
        )
    )
