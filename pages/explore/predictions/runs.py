"""The runs of the model that this page looks at, kept for whoever asks again. The model must be loaded."""

from __future__ import annotations

import numpy as np

from attention_core.pretrained import fill_mask, head, prediction, surprisal
from pages.ui.server import models
from pages.ui.server.cache import cached

MOST_LISTED = 200


def kind(model_id: str) -> str:
    """What the model predicts: "next", "masks" or "none"; "two texts" where it writes a second one."""
    if models.predicts_next(model_id):
        return "next"
    loaded = models.loaded(model_id)
    if loaded.engine.model.config.is_encoder_decoder:
        return "two texts"
    has_mask = loaded.tokenizer.mask_token is not None
    return "masks" if has_mask and fill_mask.fills_masks(loaded.engine) else "none"


def class_name(model_id: str) -> str:
    """What the library calls the model that its files hold."""
    return type(models.loaded(model_id).engine.model).__name__


@cached(max_entries=32)
def scores(model_id: str, text: str) -> np.ndarray:
    """The model's score for every token to come next."""
    engine = models.loaded(model_id).engine
    if models.why_no_head(model_id):
        return prediction.next_token_logits(models.tokenized(model_id, text).ids, engine)
    states, _ = models.last_states(model_id, text)  # one pass for this and for `surprisals`
    return head.head_logits(states[-1:], engine)[0]


def named(model_id: str, probabilities: np.ndarray, n: int) -> tuple[prediction.NextToken, ...]:
    """The n likeliest tokens as people read them."""
    return prediction.likeliest(probabilities, models.loaded(model_id), n)


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


def mask_token(model_id: str) -> str:
    """What this model calls a mask."""
    return str(models.loaded(model_id).tokenizer.mask_token)
