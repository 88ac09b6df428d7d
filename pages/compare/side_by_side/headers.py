"""What stands above each world: what it is, where its numbers come from, and what it is waiting for."""

import re

import streamlit as st

from attention_core.toy.scenario import Scenario
from pages.ui.reader.controls import Choice
from pages.ui.reader.toy_state import Toy
from pages.ui.reader.worlds import World, real_world
from pages.ui.server import models
from pages.ui.server.waiting import waited_for

IN_BYTES = re.compile("⟨[0-9A-F]{2}[0-9A-F ]*⟩")  # as in attention_core.pretrained.token_names


def toy_header(toy: Toy) -> None:
    """The toy's name and where its embeddings come from."""
    st.markdown("## Toy: numbers you can edit")
    st.markdown(toy.base.notes)
    if toy.variance_kept is not None:
        st.text(
            f"The embeddings are {toy.origin}'s own, shortened to {len(toy.base.dimensions)} numbers "
            f"that keep {toy.variance_kept:.0%} of their variance."
        )
    if toy.current.sentence != toy.base.sentence:
        st.text(f"Both worlds read: {toy.current.sentence}")


def real_side(scenario: Scenario, choice: Choice) -> World | None:
    """The header of the pretrained model, and its world once it is loaded and has read the sentence."""
    st.markdown(f"## Pretrained: layer {choice.layer}, head {choice.head}")
    with models.told(choice.model_id):
        loaded = models.ready(choice.model_id)
        if loaded is None:
            models.progress(choice.model_id)
            return None
        reads = models.tokenized(choice.model_id, scenario.sentence)
        st.text(
            f"{loaded.title}, from {loaded.source}. "
            f"{len(reads.tokens)} of at most {loaded.max_tokens} tokens."
        )
        if any(IN_BYTES.search(token.text) for token in reads.tokens):
            st.markdown(
                "Tokens such as ⟨E2⟩ are bytes: this model cuts some characters into parts."
            )
        if reads.left_out:
            _left_out(reads.n_tokens_in_text, reads.left_out)
        waited_for(
            "The model reads the sentence …", models.captured, choice.model_id, scenario.sentence
        )
        return real_world(scenario, choice)
    return None


def _left_out(n_tokens_in_text: int, left_out: str) -> None:
    with st.container(border=True):
        st.markdown(
            f":material/content_cut: The text has {n_tokens_in_text} tokens, more than this model "
            f"takes. Its last {len(left_out)} characters were left out, from here on:"
        )
        st.text(f"… {left_out.strip()[:60]} …")
