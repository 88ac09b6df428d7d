"""The chosen model has one stack only: says so, and offers one that has two."""

import streamlit as st

from pages.ui.reader.controls import look_at_model

OFFERED = "T5"  # the catalogue's model with an encoder and a decoder


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
