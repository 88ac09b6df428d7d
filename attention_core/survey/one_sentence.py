"""Every statistic of a survey on one sentence, for every head: what to hold against the mean over many sentences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attention_core.pretrained.layers import Capture
from attention_core.survey.measure import Measured, measure, side_by_side


@dataclass(frozen=True)
class OneSentence:
    """Every statistic of every head on one sentence. Layers that read another text are left out."""

    layers: np.ndarray
    heads: np.ndarray
    measured: Measured

    def has_heads_of(self, layers: np.ndarray, heads: np.ndarray) -> bool:
        """Whether these are the same heads, in the same order."""
        return np.array_equal(self.layers, layers) and np.array_equal(self.heads, heads)


def one_sentence(read: Capture) -> OneSentence:
    """Measured layer by layer: of a long text, the weights of all layers would not fit."""
    layers = [(i, layer) for i, layer in enumerate(read.layers) if read.asks_itself(layer)]
    tokens = [token.text for token in read.tokens]
    special = [i for i, token in enumerate(read.tokens) if token.is_special]
    parts = [measure(layer.weights, layer.mask, tokens, special, i) for i, layer in layers]
    return OneSentence(
        np.concatenate([np.full(layer.n_heads, i) for i, layer in layers]),
        np.concatenate([np.arange(layer.n_heads) for _, layer in layers]),
        side_by_side(parts),
    )
