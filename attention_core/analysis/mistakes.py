"""Softmax gone wrong, on purpose: each function really computes what its mistake gives.

The right numbers come from `attention_core.softmax`; nothing here is used to compute attention.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from attention_core.softmax import softmax


@dataclass(frozen=True)
class UnshiftedSoftmax:
    """A softmax that did not subtract the largest score first. `total` keeps the last axis."""

    exps: Float[np.ndarray, "..."]  # inf where the score is too large
    total: Float[np.ndarray, "..."]
    weights: Float[np.ndarray, "..."]  # nan where inf was divided by inf, or 0 by 0


def without_max(scores: Float[np.ndarray, "*shape"]) -> UnshiftedSoftmax:
    """exp(s)_j / Σ_i exp(s_i), as the formula is written: right until an exp is too large to store."""
    with np.errstate(over="ignore", invalid="ignore"):
        exps = np.exp(scores)
        total = exps.sum(axis=-1, keepdims=True)
        return UnshiftedSoftmax(exps, total, exps / total)


def largest_safe_score(dtype: type[np.floating] = np.float64) -> float:
    """The score beyond which exp is too large to store: the logarithm of the type's largest number."""
    return float(np.log(np.finfo(dtype).max))


def twice(scores: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """softmax(softmax(s)). Weights differ by 1 at most, so none is more than e times another."""
    return softmax(softmax(scores))


def over_queries(
    scores: Float[np.ndarray, "*heads n_q n_k"], temperature: float = 1.0
) -> Float[np.ndarray, "*heads n_q n_k"]:
    """Softmax along the wrong axis: each key shares itself out among the queries.

    Columns sum to 1 and rows do not; yet the mean of the row sums is n_k / n_q, which is 1 in
    self-attention, because all columns together sum to n_k.
    """
    return softmax(scores, axis=-2, temperature=temperature)
