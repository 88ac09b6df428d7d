"""All heads of a run, layer by layer: statistics and thumbnails. Never more than one layer's weights are held."""

from __future__ import annotations

import numpy as np

from attention_core.analysis.head_statistics import (
    Survey,
    even_statistics,
    head_statistics,
    output_norms,
    points_at,
    survey,
)
from attention_core.analysis.thumbnails import thumbnails
from attention_core.pretrained.layers import Capture, Layer

MANY_HEADS = 144  # from here on a thumbnail has fewer pixels
SIDE, SIDE_OF_MANY = 48, 40


def statistics_of_heads(capture: Capture, kind: str) -> Survey:
    """All statistics of all heads in the layers of one kind."""
    layers = layers_of(capture, kind)
    queries, keys = capture.queries(layers[0][1]), capture.keys(layers[0][1])
    n_q, n_k = len(queries), len(keys)
    points = points_at([k.text for k in keys] if queries is keys else None, n_q, n_k)
    special = [k for k, token in enumerate(keys) if token.is_special]
    values, even = [], []
    before, chance = None, {}
    for _, layer in layers:
        weights, norms = _weights_and_norms(layer)
        mask = layer.mask
        values.append(head_statistics(weights, points, special, mask, norms))
        shape = (layer.n_heads, mask)
        if before is None or not _same_chance(shape, before):
            chance = even_statistics(layer.n_heads, n_q, n_k, points, special, mask)
        before = shape
        even.append(chance if norms is not None else chance | {"output": values[-1]["output"]})
    return survey([i for i, _ in layers], values, even)


def thumbnails_of_heads(capture: Capture, kind: str, own_scale: bool) -> tuple[np.ndarray, ...]:
    """The thumbnails of all heads, layer by layer; with `own_scale` each has a strongest colour of its own."""
    layers = layers_of(capture, kind)
    side = SIDE if sum(layer.n_heads for _, layer in layers) < MANY_HEADS else SIDE_OF_MANY
    return tuple(thumbnails(layer.weights, layer.mask, side, own_scale) for _, layer in layers)


def layers_of(capture: Capture, kind: str) -> list[tuple[int, Layer]]:
    """The layers of one kind, with their places among all."""
    return [(i, layer) for i, layer in enumerate(capture.layers) if layer.kind == kind]


def _same_chance(
    shape: tuple[int, np.ndarray | None], before: tuple[int, np.ndarray | None]
) -> bool:
    """Whether two layers have as many heads and the same mask: chance is the same in both then."""
    (n_heads, mask), (n_before, mask_before) = shape, before
    if mask is None or mask_before is None:
        return n_heads == n_before and mask is mask_before
    return n_heads == n_before and np.array_equal(mask, mask_before)


def _weights_and_norms(layer: Layer) -> tuple[np.ndarray, np.ndarray | None]:
    """Both from one run of the core; no norms where W_O is not known."""
    trace, W_O = getattr(layer, "trace", None), getattr(layer, "W_O", None)
    if trace is None:
        return layer.weights, None
    return trace.weights, None if W_O is None else output_norms(trace.context, W_O)
