"""Below the sentence: what a reader could not guess of how the chosen model reads it. Nothing where there is nothing to say."""

from __future__ import annotations

import streamlit as st

from attention_core.errors import ReaderError
from attention_core.pretrained import loading
from attention_core.toy.unspaced import has_unspaced
from pages.ui.server import models


def how_read(model_id: str, text: str) -> None:
    """What a word is where no spaces tell; one text or a pair of texts, where the sentence holds the model's separator."""
    is_ready = models.is_ready(model_id)
    if has_unspaced(text):
        st.markdown(
            "Some words here have no spaces between them. There, "
            + (
                "a word ends where a token of the model ends."
                if is_ready
                else "each character is a word until the model is loaded."
            )
        )
    if not is_ready:
        return
    loaded = models.loaded(model_id)
    try:
        ids = models.tokenized(model_id, text).ids
    except ReaderError:  # said where the model is shown
        return
    said = _pair_or_one(loaded, ids, text)
    if said is not None:
        st.text(said)  # names a token of somebody's tokenizer: shown literally


def _pair_or_one(loaded: loading.LoadedModel, ids: list[int], text: str) -> str | None:
    separator, types = loaded.tokenizer.sep_token, loaded.engine.token_types
    if not separator or separator not in text:
        return None
    if types is None:
        return f"{loaded.title} knows no pairs of texts. It reads one text, in which {separator} is a token."
    at = types.pair_at(ids)
    if at is None:
        return f"The model reads one text. For a pair, type {separator} once, between two texts."
    return (
        f"The model reads a pair of texts. Tokens up to {separator} have token type {types.first}, "
        f"tokens after it have type {types.second}."
    )
