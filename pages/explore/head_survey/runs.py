"""The reader's own sentence, measured like those of a survey; cached."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attention_core.experiments.reading import Places, itself, places_of
from attention_core.survey.measure import Measured, measure, side_by_side
from pages.ui.server import models
from pages.ui.server.cache import cached


@dataclass(frozen=True)
class OneSentence:
    """Every statistic of every head on one sentence."""

    places: Places
    measured: Measured

    def has_heads_of(self, layers: np.ndarray, heads: np.ndarray) -> bool:
        """Whether these are the same heads, in the same order."""
        ours = (self.places.layers, self.places.heads)
        return all(np.array_equal(a, b) for a, b in zip(ours, (layers, heads), strict=True))


@cached(max_entries=16)
def measured(model_id: str, sentence: str) -> OneSentence:
    """Layer by layer: of a long text, the weights of all layers would not fit."""
    read = models.captured(model_id, sentence)
    layers = itself(read)
    tokens = [token.text for token in read.tokens]
    special = [i for i, token in enumerate(read.tokens) if token.is_special]
    parts = [measure(layer.weights, layer.mask, tokens, special, i) for i, layer in layers]
    return OneSentence(places_of(layers), side_by_side(parts))
