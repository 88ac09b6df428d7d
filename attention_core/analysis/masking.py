"""What a mask alone does to weights, and two ways to get it wrong.

The right way, −∞ before the softmax, is `attention` itself.
"""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Bool, Float

from attention_core.attention import AttentionTrace, softmax_of
from attention_core.softmax import softmax


def flip(
    mask: Bool[np.ndarray, "n_q n_k"], cells: Iterable[tuple[int, int]]
) -> Bool[np.ndarray, "n_q n_k"]:
    """The mask with these (q_pos, k_pos) the other way round: allowed becomes blocked, blocked allowed."""
    flipped = mask.copy()
    for q_pos, k_pos in cells:
        flipped[q_pos, k_pos] ^= True
    return flipped


def mask_after_softmax(
    trace: AttentionTrace, mask: Bool[np.ndarray, "n_q n_k"]
) -> Float[np.ndarray, "*heads n_q n_k"]:
    """A mistake: softmax(scores) · mask. What blocked keys had is lost, so rows sum to less than 1."""
    return softmax_of(trace, biased_scores(trace)) * mask


def zero_for_blocked(
    trace: AttentionTrace, mask: Bool[np.ndarray, "n_q n_k"]
) -> Float[np.ndarray, "*heads n_q n_k"]:
    """A mistake: softmax with score 0 for blocked keys. exp(0) = 1, so they keep a share."""
    return softmax_of(trace, np.where(mask, biased_scores(trace), 0))


def weight_on_blocked(
    weights: Float[np.ndarray, "*heads n_q n_k"], mask: Bool[np.ndarray, "n_q n_k"]
) -> Float[np.ndarray, "*heads n_q"]:
    """What each query gives to keys that it may not see: 0 where the mask works."""
    return np.where(mask, 0, weights).sum(axis=-1)


def even_weights(
    n_q: int, n_k: int, mask: Bool[np.ndarray, "*heads n_q n_k"] | None = None
) -> Float[np.ndarray, "*heads n_q n_k"]:
    """What the mask leaves of attention when every score is 0: each row shared evenly among its allowed keys."""
    scores = np.zeros((n_q, n_k))
    return softmax(scores if mask is None else np.where(mask, scores, -np.inf))


def received(weights: Float[np.ndarray, "*heads n_q n_k"]) -> Float[np.ndarray, "*heads n_k"]:
    """What each key gets from a query on average: the mean of its column, Σ_i A_ij / n_q."""
    return weights.mean(axis=-2)


def allowed_share(mask: Bool[np.ndarray, "*heads n_q n_k"] | None) -> float:
    """The share of all query–key pairs that may attend; 1 without a mask."""
    return 1.0 if mask is None else float(mask.mean())


def biased_scores(trace: AttentionTrace) -> Float[np.ndarray, "*heads n_q n_k"]:
    """The scores as they come to the mask: scaled, capped and biased where the head does so."""
    return trace.capped_scores if trace.bias is None else trace.capped_scores + trace.bias
