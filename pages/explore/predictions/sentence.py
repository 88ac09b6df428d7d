"""The sentence on top: what the model makes of it, and how it is continued or filled in from here, and back again."""

from __future__ import annotations

import numpy as np
import streamlit as st

from attention_core.pretrained import fill_mask, head, prediction, surprisal
from pages.ui.reader.notices import clear_notices, notice
from pages.ui.reader.sentence import forget_picks
from pages.ui.server import models
from pages.ui.server.cache import cached

MOST_LISTED = 200
MOST_UNDONE = 200
HISTORY = "predictions_history"  # (before, after) of each change, the newest last
HALF = "\ufffd"  # what stands for a part of a character


def append(read: str, token: str) -> None:
    """Continue what the model has read by exactly the text of a token. This and `change` run in callbacks."""
    if HALF in token or not token:
        notice("This token is only a part of a character, so it cannot be appended alone.")
        return
    text = st.session_state["text"]
    # space at the end is not read, so it is dropped; but not where a token put it there
    change(f"{text if can_undo() else read}{token}")


def change(after: str) -> None:
    """Another sentence, which undo can take back."""
    clear_notices()
    history = st.session_state.setdefault(HISTORY, [])
    history.append((st.session_state["text"], after))
    del history[:-MOST_UNDONE]
    _put(after)


def can_undo() -> bool:
    """Whether the sentence is still what the last change made of it."""
    history = st.session_state.get(HISTORY, [])
    return bool(history) and history[-1][1] == st.session_state.get("text")


def undo() -> None:
    """Take back the last change."""
    if can_undo():
        _put(st.session_state[HISTORY].pop()[0])


def undo_button() -> None:
    st.button(
        "Undo the last one",
        icon=":material/undo:",
        key="predictions_undo",
        disabled=not can_undo(),
        on_click=undo,
    )


def _put(text: str) -> None:
    st.session_state["text"] = text
    forget_picks()


def kind(model_id: str) -> str:
    """What the model predicts: "next", "masks" or "none"; "two texts" where it writes a second one.

    The model must be loaded, here and below.
    """
    if models.predicts_next(model_id):
        return "next"
    loaded = models.loaded(model_id)
    if loaded.engine.model.config.is_encoder_decoder:
        return "two texts"
    has_mask = loaded.tokenizer.mask_token is not None
    return "masks" if has_mask and fill_mask.fills_masks(loaded.engine) else "none"


@cached(max_entries=32)
def scores(model_id: str, text: str) -> np.ndarray:
    """The model's score for every token to come next."""
    engine = models.loaded(model_id).engine
    if models.why_no_head(model_id):
        return prediction.next_token_logits(models.tokenized(model_id, text).ids, engine)
    states, _ = models.last_states(model_id, text)  # one pass for this and for `surprisals`
    return head.head_logits(states[-1:], engine)[0]


@cached(max_entries=32)
def surprisals(model_id: str, text: str) -> surprisal.Surprisals:
    """What the model had expected before each token of the text."""
    states, _ = models.last_states(model_id, text)
    ids = models.tokenized(model_id, text).ids
    return surprisal.surprisals(ids, states, models.loaded(model_id).engine)


@cached(max_entries=32)
def blanks(model_id: str, text: str) -> tuple[fill_mask.Blank, ...]:
    """What could stand at each mask of the text."""
    return fill_mask.fill_masks(text, models.loaded(model_id), MOST_LISTED)
