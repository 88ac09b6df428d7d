"""The model on a source and a target text, kept for all readers."""

from __future__ import annotations

import numpy as np

from attention_core.pretrained import capture
from attention_core.pretrained.layers import Capture
from pages.ui.server import models
from pages.ui.server.cache import cached


@cached(max_entries=8)
def captured(model_id: str, source: str, target: str) -> Capture:
    """Both texts through the model. Raises ValueError for a blank source. The model must be loaded."""
    return capture.capture(source, models.loaded(model_id), target=target)


@cached(max_entries=8)
def layer_weights(model_id: str, source: str, target: str, layer: int) -> np.ndarray:
    """The weights of all heads of a layer, (n_heads, n_q, n_k)."""
    return captured(model_id, source, target).layers[layer].weights


def has_two_stacks(model_id: str) -> bool:
    """Whether one part of the model reads and another writes. The model must be loaded."""
    return bool(models.loaded(model_id).engine.model.config.is_encoder_decoder)
