"""Attention sinks in every head of a model on one text: how much of the weight they take."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attention_core.analysis.diagonal import prefers_itself
from attention_core.analysis.sinks import weight_on
from attention_core.pretrained.layers import Capture
from attention_core.pretrained.token import Token


@dataclass(frozen=True)
class SinkSurvey:
    """All heads of the model on one text."""

    shares: np.ndarray  # (n_layers, n_heads): how much weight falls on the sinks
    diagonal: float | None  # share of queries with most weight on themselves; None: cross-attention


def likely_sinks(tokens: Sequence[Token]) -> list[int]:
    """The tokens that are sinks in most models: the first one, and those that the model added."""
    return [i for i, token in enumerate(tokens) if i == 0 or token.is_special]


def survey_sinks(capture: Capture) -> SinkSurvey:
    """The likely sinks' share of the weight in each head, and how many queries prefer themselves."""
    shares: list[np.ndarray] = []
    diagonal: list[np.ndarray] = []
    for layer in capture.layers:
        weights, keys = layer.weights, capture.keys(layer)
        shares.append(weight_on(weights, likely_sinks(keys), layer.mask))
        if keys is capture.queries(layer):
            diagonal.extend(prefers_itself(head) for head in weights)
    own = float(np.concatenate(diagonal).mean()) if diagonal else None
    return SinkSurvey(np.array(shares), own)
