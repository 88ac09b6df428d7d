"""What is read from captures for two heads, cached. The model must be loaded."""

from __future__ import annotations

import numpy as np

from attention_core.analysis.differences import Distances
from attention_core.experiments import two_heads
from attention_core.pretrained.layers import Capture
from pages.ui.server import models
from pages.ui.server.cache import cached


def weights_of(model_id: str, text: str, layer: int, head: int | None) -> np.ndarray:
    """(n_q, n_k): one head's weights or (None) the mean of the layer's heads."""
    weights = models.layer_weights(model_id, text, layer)
    if head is None:
        return weights.mean(axis=0, dtype=np.float64)
    return weights[min(head, len(weights) - 1)].astype(np.float64)


@cached(max_entries=4)
def distances_to_all(
    model_id: str, text: str, layer: int, head: int, _capture: Capture
) -> Distances:
    """From one head to every head of the layers like its own."""
    return two_heads.distances_to_all(_capture, layer, head)
