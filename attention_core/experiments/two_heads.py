"""Two heads of a run: which layers can be compared, which keys each may see, and how far all heads are from one."""

from collections.abc import Iterator

import numpy as np

from attention_core.analysis.differences import Distances, distances
from attention_core.heads import of_head
from attention_core.pretrained.layers import Capture


def comparable_layers(capture: Capture, layer: int) -> list[int]:
    """The layers with the same rows and columns: all, but where two stacks read two texts."""
    chosen = capture.layers[layer]
    return [
        i
        for i, other in enumerate(capture.layers)
        if capture.queries(other) is capture.queries(chosen)
        and capture.keys(other) is capture.keys(chosen)
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


def distances_to_all(capture: Capture, layer: int, head: int) -> Distances:
    """From one head to every head of the layers like its own. Two numbers a row are kept, no weights."""
    return distances(_one_head(capture, layer, head), _all_heads(capture, layer))


def _all_heads(capture: Capture, layer: int) -> Iterator[tuple[tuple[int, int], np.ndarray]]:
    for i in comparable_layers(capture, layer):
        for head in range(capture.layers[i].n_heads):
            yield (i, head), _one_head(capture, i, head)


def _one_head(capture: Capture, layer: int, head: int) -> np.ndarray:
    chosen = capture.layers[layer]
    trace = chosen.head_trace(head)
    return chosen.weights[head] if trace is None else trace.weights
