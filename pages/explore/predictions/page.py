"""Explore: which token the model expects next, or in the place of a mask; or, plainly, that it expects none."""

from collections.abc import Callable

import streamlit as st

from pages.explore.predictions import runs
from pages.explore.predictions.came import came_panel
from pages.explore.predictions.masked import masked_panel
from pages.explore.predictions.next import next_panel
from pages.explore.predictions.without import without_panel
from pages.ui.reader.controls import chosen
from pages.ui.reader.real import model_or_wait
from pages.ui.server import models
from pages.ui.server.waiting import waiting
from pages.ui.widgets.parts import toy_of_sentence


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
        runs.came(model_id, text)
    came_panel(model_id, text)


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
    with models.told(choice.model_id, "predictions"):
        PANELS[runs.kind(choice.model_id)](choice.model_id, choice.sentence)


page()
