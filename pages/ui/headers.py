"""What stands above each world: what it is, where its numbers come from, and what it is waiting for."""

import streamlit as st

from attention_core.toy.scenario import Scenario
from pages.ui import models
from pages.ui.controls import Choice
from pages.ui.toy_state import Toy
from pages.ui.worlds import World, real_world


def toy_header(toy: Toy) -> None:
    """The toy's name and where its embeddings come from."""
    st.markdown("#### Toy: numbers you can edit")
    st.caption(toy.base.notes)
    if toy.variance_kept is not None:
        st.caption(
            f"The embeddings are {toy.origin}'s own, shortened to {len(toy.base.dimensions)} numbers "
            f"that keep {toy.variance_kept:.0%} of their variance."
        )
    if toy.current.sentence != toy.base.sentence:
        st.text(f"Both worlds read: {toy.current.sentence}")


def real_side(scenario: Scenario, choice: Choice) -> World | None:
    """The header of the pretrained model, and its world once it is loaded and has read the sentence."""
    st.markdown(f"#### Pretrained: layer {choice.layer}, head {choice.head}")
    try:
        loaded = models.ready(choice.model_id)
        if loaded is None:
            models.progress(choice.model_id)
            return None
        with st.spinner("The model reads the sentence …", show_time=True):
            capture = models.captured(choice.model_id, scenario.sentence)
    except Exception as error:  # whatever a model or its files can do wrong: the toy goes on
        models.give_up(choice.model_id, error)
        return None
    st.text(
        f"{loaded.title}, from {loaded.source}. {len(capture.tokens)} tokens; it takes up to {loaded.max_tokens}."
    )
    if capture.left_out:
        st.warning(
            f"The text has {capture.n_tokens_in_text} tokens, more than this model takes. "
            f"The last {len(capture.left_out)} characters were left out, from here on:",
            icon=":material/content_cut:",
        )
        st.text(capture.left_out.strip()[:80])
    return real_world(scenario, choice)
