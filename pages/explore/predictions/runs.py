"""The runs of the model that this page looks at, kept for whoever asks again. The model must be loaded."""

from __future__ import annotations

import numpy as np
import streamlit as st

from attention_core.pretrained import fill_mask, head, prediction, surprisal
from pages.ui.server import models
from pages.ui.server.kept import within_budget

MOST_LISTED = 200


def kind(model_id: str) -> str:
    """What the model predicts: "next", "masks" or "none"; "two texts" where it writes a second one."""
    if models.predicts_next(model_id):
        return "next"
    loaded = models.loading(model_id).result.result()
    if loaded.engine.model.config.is_encoder_decoder:
        return "two texts"
    has_mask = loaded.tokenizer.mask_token is not None
    return "masks" if has_mask and fill_mask.fills_masks(loaded.engine) else "none"


def class_name(model_id: str) -> str:
    """What the library calls the model that its files hold."""
    return type(models.loading(model_id).result.result().engine.model).__name__


@within_budget
@st.cache_resource(max_entries=32, show_spinner=False)
def scores(model_id: str, text: str) -> np.ndarray:
    """The model's score for every token to come next."""
    engine = models.loading(model_id).result.result().engine
    if models.why_no_head(model_id):
        found = prediction.next_token_logits(models.tokenized(model_id, text).ids, engine)
    else:
        states, _ = models.last_states(model_id, text)  # one pass for this and for `surprisals`
        found = head.head_logits(states[-1:], engine)[0]
    found.setflags(write=False)
    return found


def named(model_id: str, probabilities: np.ndarray, n: int) -> tuple[prediction.NextToken, ...]:
    """The n likeliest tokens as people read them."""
    return prediction.likeliest(probabilities, models.loading(model_id).result.result(), n)


@within_budget
@st.cache_resource(max_entries=32, show_spinner=False)
def surprisals(model_id: str, text: str) -> surprisal.Surprisals:
    """What the model had expected before each token of the text."""
    states, _ = models.last_states(model_id, text)
    ids = models.tokenized(model_id, text).ids
    return surprisal.surprisals(ids, states, models.loading(model_id).result.result().engine)


@within_budget
@st.cache_resource(max_entries=32, show_spinner=False)
def blanks(model_id: str, text: str) -> tuple[fill_mask.Blank, ...]:
    """What could stand at each mask of the text."""
    return fill_mask.fill_masks(text, models.loading(model_id).result.result(), MOST_LISTED)


def mask_token(model_id: str) -> str:
    """What this model calls a mask."""
    return str(models.loading(model_id).result.result().tokenizer.mask_token)
