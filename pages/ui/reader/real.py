"""The pretrained model on a page: there, on its way, or not to be had; the page goes on in any case."""

from __future__ import annotations

import streamlit as st

from attention_core.pretrained import loading
from attention_core.pretrained.layers import Capture
from pages.ui.server import models
from pages.ui.server.waiting import waited_for


def model_or_wait(model_id: str, *, key: str) -> loading.LoadedModel | None:
    """The model if it is loaded; else what it is doing, or why it can't be had, is on the page."""
    loaded = None
    with models.errors_shown(model_id, key):
        loaded = models.ready(model_id)
        if loaded is None:
            models.progress(model_id)
    return loaded


def read_or_wait(model_id: str, text: str, *, key: str) -> Capture | None:
    """The text through the model, our core as its attention; None while that can't be had."""
    if model_or_wait(model_id, key=key) is None:
        return None
    with models.errors_shown(model_id, key):
        return waited_for("The model reads the sentence …", models.captured, model_id, text)
    return None


def say_notes(model_id: str) -> None:
    """What was found of the model at load: which of its layers attend, and what is not offered, and why."""
    loaded = models.ready(model_id)
    for note in () if loaded is None else loaded.engine.notes:
        st.text(note)


def say_cut(capture: Capture) -> None:
    """What to know of the model, and how much of the text was read if it was longer than the model takes."""
    say_notes(capture.model_id)
    if capture.left_out:
        st.markdown(
            f":material/content_cut: The text has {capture.n_tokens_in_text} tokens; the model "
            f"takes the first {len(capture.tokens)} of them."
        )
