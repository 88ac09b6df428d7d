"""Explore: which token the model expects next, or in the place of a mask; or, plainly, that it expects none."""

from collections.abc import Callable

import streamlit as st

from attention_core.pretrained.catalogue import SMOLLM2
from pages.explore.predictions import runs
from pages.explore.predictions.masked import masked_panel
from pages.explore.predictions.next_token import next_panel, surprisal_panel
from pages.ui.reader.controls import chosen, switch_button
from pages.ui.reader.real import model_or_wait
from pages.ui.server import models
from pages.ui.server.waiting import waiting
from pages.ui.widgets.parts import toy_of_sentence


def without_panel(model_id: str, text: str) -> None:
    """Why there is nothing to show, and the way to a model with a prediction."""
    with st.container(border=True):
        st.text(f"{model_id} predicts no words here.")
        if runs.kind(model_id) == "two texts":
            st.markdown(
                "It reads one text and writes **another**: what comes next there is not a "
                "continuation of your sentence. See the page *Encoder and decoder*."
            )
        else:
            st.text(f"Its files hold a {runs.class_name(model_id)}.")
            st.markdown(
                "That is a model **without a prediction head**: it ends in one vector for each token, "
                "made to compare texts with each other. A head could only be made up, so none is shown."
            )
        switch_button(SMOLLM2.key, "predictions")


def continues(model_id: str, text: str) -> None:
    """A causal model: what comes next, and what it had expected all along."""
    with waiting("The model reads the sentence …"):
        runs.scores(model_id, text)
    next_panel(model_id, text)
    st.header("How surprising was each token?", anchor=False)
    if why := models.why_no_head(model_id):
        st.text(f"Surprisal is not measured for this model. {why}")
        return
    with waiting("The model looks back at each token …"):
        runs.surprisals(model_id, text)
    surprisal_panel(model_id, text)


PANELS: dict[str, Callable[[str, str], None]] = {
    "next": continues,
    "masks": masked_panel,
    "none": without_panel,
    "two texts": without_panel,
}


def page() -> None:
    toy, choice = toy_of_sentence(), chosen()
    if toy is None or model_or_wait(choice.model_id, key="predictions_model") is None:
        return
    with models.errors_shown(choice.model_id, "predictions"):
        PANELS[runs.kind(choice.model_id)](choice.model_id, choice.sentence)


page()
