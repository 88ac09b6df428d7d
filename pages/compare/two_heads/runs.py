"""What is read from captures for two heads: which layers can be compared, who may see whom, how far all heads are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from attention_core.analysis.differences import Distances, distances
from attention_core.heads import of_head
from attention_core.pretrained.layers import Capture
from pages.ui.server import models
from pages.ui.server.cache import cached


def alike_layers(capture: Capture, layer: int) -> list[int]:
    """The layers with the same rows and columns: all, but where two stacks read two texts."""
    like = capture.layers[layer]
    return [
        i
        for i, other in enumerate(capture.layers)
        if capture.queries(other) is capture.queries(like)
        and capture.keys(other) is capture.keys(like)
    ]


def allowed_pairs(capture: Capture, layer: int, head: int | None) -> np.ndarray:
    """(n_q, n_k): which key a query may see, in one head or (None) in any head of the layer."""
    chosen = capture.layers[layer]
    shape = (len(capture.queries(chosen)), len(capture.keys(chosen)))
    mask = chosen.mask
    if mask is None:
        return np.ones(shape, dtype=bool)
    if head is None and mask.ndim == 3:
        return np.asarray(mask.any(axis=0))
    return np.asarray(of_head(mask, head or 0))


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
    """From one head to every head of the layers like its own. Two numbers a row are kept, no weights."""
    return distances(_one_head(_capture, layer, head), _all_heads(_capture, layer))


def _all_heads(capture: Capture, layer: int) -> Iterator[tuple[tuple[int, int], np.ndarray]]:
    for i in alike_layers(capture, layer):
        for head in range(capture.layers[i].n_heads):
            yield (i, head), _one_head(capture, i, head)


def _one_head(capture: Capture, layer: int, head: int) -> np.ndarray:
    chosen = capture.layers[layer]
    trace = chosen.head_trace(head)
    return chosen.weights[head] if trace is None else trace.weights
