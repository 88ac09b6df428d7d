"""Encoder, decoder and cross-attention of a model that reads one text and writes another."""

from __future__ import annotations

import streamlit as st

from attention_core.pretrained.layers import Capture
from attention_core.toy.scenario import Scenario
from pages.explore.encoder_decoder.kinds import (
    captured,
    forget,
    kind_and_depth,
    kind_panel,
    layers_of,
    look_at,
    world_of,
)
from pages.ui.reader.controls import Choice, chosen, look_at_model
from pages.ui.reader.real import model_or_wait
from pages.ui.server import models
from pages.ui.server.waiting import waiting
from pages.ui.widgets.parts import toy_of_sentence
from pages.ui.widgets.statistics import KINDS

OFFERED = "T5"  # the catalogue's model with an encoder and a decoder
KIND, DEPTH = "encoder_decoder_kind", "encoder_decoder_depth"
LONGEST = 5_000  # characters of a target text


def no_two_stacks(title: str) -> None:
    """Two lines on what is missing, and a button that chooses a model which has it."""
    with st.container(border=True):
        st.text(f"{title} has one stack of layers for one text.")
        st.markdown(
            "An encoder–decoder model has two: an **encoder** reads the source text, a **decoder** "
            "writes the target text, and **cross-attention** looks from one to the other."
        )
        st.button(
            f"Choose {OFFERED}, which has both",
            icon=":material/swap_horiz:",
            key="encoder_decoder_choose",
            on_click=look_at_model,
            args=(OFFERED,),
        )
        st.markdown(
            "It is fetched from the Hugging Face hub, unless it is on this computer already. Or type on the left the "
            "hub id or the folder of another: T5, BART, mBART, NLLB and Marian models work here if their weights are safetensors."
        )


def target_text() -> str:
    """What the decoder has written so far, as the reader types it; "" for its start token alone."""
    return st.text_input(
        "Target text: what the decoder has written so far",
        key="encoder_decoder_target",
        max_chars=LONGEST,
        placeholder="Empty: the decoder's start token alone",
        help="The source text is your sentence above. The model does not write here: it reads both texts.",
        persist_state="session",
        on_change=forget,
    ).strip()


def kind_and_layer(capture: Capture, choice: Choice) -> str:
    """The two pickers, set to the layer that the sidebar says, and the kind that is chosen."""
    kind, depth = kind_and_depth(capture, choice.layer)
    st.session_state[KIND], st.session_state[DEPTH] = kind, depth

    def pick() -> None:
        look_at(capture, st.session_state[KIND], st.session_state[DEPTH])

    with st.container(horizontal=True):
        st.segmented_control(
            "Attention of the",
            list(KINDS),
            format_func=KINDS.__getitem__,
            key=KIND,
            required=True,
            wrap=True,
            on_change=pick,
        )
        numbers = range(len(layers_of(capture, kind)))
        st.selectbox(f"Its layer, of {len(numbers)}", numbers, key=DEPTH, on_change=pick, width=160)
    layer = capture.layers[choice.layer]
    st.text(
        f"Layer {choice.layer} in the sidebar, which counts all {len(capture.layers)}: {layer.name}"
    )
    return kind


def explore(scenario: Scenario, choice: Choice) -> None:
    loaded = model_or_wait(choice.model_id, key="encoder_decoder")
    if loaded is None:
        return
    if not loaded.engine.model.config.is_encoder_decoder:
        no_two_stacks(loaded.title)
        return
    target = target_text()
    with models.errors_shown(choice.model_id, "encoder_decoder"):
        with waiting("The model reads both texts …"):
            capture = captured(choice.model_id, scenario.sentence, target)
        if capture.left_out:
            st.text(f"The source is too long. Left out: … {capture.left_out.strip()[:60]} …")
        kind = kind_and_layer(capture, choice)
        kind_panel(kind, world_of(capture, scenario, choice, target))


choice, toy = chosen(), toy_of_sentence()
if toy is not None:
    explore(toy.current, choice)
