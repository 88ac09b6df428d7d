"""What the page asks of a model, kept for all readers: rollouts, and results with a word left out."""

from __future__ import annotations

import numpy as np

from attention_core.analysis.rollout import Rollout, roll_out
from attention_core.pretrained import leave_one_out
from pages.ui.server import models
from pages.ui.server.cache import cached


@cached(max_entries=32)
def head_mean(model_id: str, text: str, layer: int) -> np.ndarray:
    """The weights of a layer, averaged over its heads: (n_q, n_k)."""
    return models.captured(model_id, text).layers[layer].weights.mean(axis=0)


@cached(max_entries=8)
def rolled(
    model_id: str, text: str, layers: tuple[int, ...], q_pos: int, residual: float
) -> Rollout:
    """The rollout through `layers`, the first one first; their weights are made one layer at a time."""
    return roll_out((head_mean(model_id, text, layer) for layer in layers), q_pos, residual)


@cached(max_entries=8)
def last_vectors(model_id: str, text: str) -> np.ndarray:
    """What leaves the last layer, (n_tokens, d_model): of two stacks, the encoder."""
    loaded = models.loaded(model_id)
    return leave_one_out.last_vectors(models.tokenized(model_id, text).ids, loaded)


@cached(max_entries=512)
def probabilities(
    model_id: str, text: str, gone: tuple[int, ...], wanted: tuple[int, ...]
) -> np.ndarray:
    """How likely each token of `wanted` comes next when the tokens `gone` are left out of the text."""
    loaded = models.loaded(model_id)
    return leave_one_out.probabilities_without(text, gone, wanted, loaded)


@cached(max_entries=512)
def cosines(model_id: str, text: str, gone: tuple[int, ...]) -> np.ndarray:
    """For each token, the cosine between its last vector with and without the tokens `gone`."""
    loaded = models.loaded(model_id)
    return leave_one_out.cosines_without(text, gone, last_vectors(model_id, text), loaded)
