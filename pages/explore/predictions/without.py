"""A model that predicts no token: that is said, and one that does is offered."""

import streamlit as st

from attention_core.pretrained.catalogue import SMOLLM2
from pages.explore.predictions import runs
from pages.ui.reader.controls import switch_button


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
