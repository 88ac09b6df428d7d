"""Softmax, and the steps inside it: scores in, weights that sum to one out.

It knows nothing of queries or keys; `attention` decides which axis holds the keys.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Shaped

from attention_core.checks import floats


@dataclass(frozen=True)
class SoftmaxSteps:
    """Every intermediate of one softmax, in the order it is computed. `top` and `total` keep the reduced axis."""

    tempered: Float[np.ndarray, "..."]  # scores / temperature
    top: Float[np.ndarray, "..."]  # the largest score, subtracted so that exp cannot overflow
    shifted: Float[np.ndarray, "..."]  # tempered − top, so the largest is 0
    exps: Float[np.ndarray, "..."]
    total: Float[np.ndarray, "..."]  # Σ exps
    weights: Float[np.ndarray, "..."]  # exps / total


def softmax_steps(
    scores: Shaped[np.ndarray, "*shape"], axis: int = -1, temperature: float = 1.0
) -> SoftmaxSteps:
    """softmax(s)_j = exp(s_j/T − max) / Σ_i exp(s_i/T − max), step by step, along `axis`.

    Scores may be −inf ("blocked"); a row in which every score is −inf has no distribution
    and gets weight 0 everywhere. Integers and booleans are taken as float64.
    Raises ValueError unless temperature > 0.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0, got {temperature}")
    scores = floats(scores)
    # float(): a NumPy float64 would widen float32 scores
    tempered = scores if temperature == 1 else scores / float(temperature)
    highest = tempered.max(axis=axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isneginf(highest), 0, highest).astype(scores.dtype)
    shifted = tempered - top
    exps = np.exp(shifted)
    total = exps.sum(axis=axis, keepdims=True)
    weights = exps / np.where(total == 0, 1, total).astype(scores.dtype)
    return SoftmaxSteps(tempered, top, shifted, exps, total, weights)


def softmax(
    scores: Shaped[np.ndarray, "*shape"], axis: int = -1, temperature: float = 1.0
) -> Float[np.ndarray, "*shape"]:
    """The weights alone; `softmax_steps` shows how they come about."""
    return softmax_steps(scores, axis, temperature).weights
