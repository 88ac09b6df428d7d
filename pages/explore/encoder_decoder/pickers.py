"""What is looked at: the target text, the kind of attention, and the layer of that kind."""

from __future__ import annotations

import streamlit as st

from attention_core.pretrained.layers import Capture
from pages.explore.encoder_decoder.state import KINDS, forget, kind_and_depth, layers_of, look_at
from pages.ui.reader.controls import Choice

KIND, DEPTH = "encoder_decoder_kind", "encoder_decoder_depth"
LONGEST = 5_000  # characters of a target text


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
