"""What a word does to the result, measured: leave it out or change it, compute again, compare.

Attention weights are not asked here: the point is to hold them against what is measured. Who computes
the results, a toy or a real model, is the caller's business.
"""

import numpy as np
from jaxtyping import Float

from attention_core.vectors import cosine


def turned(before: Float[np.ndarray, " d"], after: Float[np.ndarray, " d"]) -> float:
    """1 − cos(before, after): 0 for the same direction, 1 for a right angle, 2 for the opposite.

    Two vectors of zeros are the same; of one, no direction is left to compare, which counts as 1.
    """
    similarity = cosine(before, after)
    if np.isnan(similarity):
        return float(before.any() or after.any())
    return 1 - similarity


def moved_probability(
    before: Float[np.ndarray, " n_before"], after: Float[np.ndarray, " n_after"]
) -> float:
    """½ Σ |after − before|: how much probability moved to other outcomes, 0 to 1 (total variation distance).

    Raises ValueError unless both are over the same outcomes.
    """
    if before.shape != after.shape:
        raise ValueError(f"{before.shape} and {after.shape} are not over the same outcomes")
    return float(np.abs(after.astype(np.float64) - before).sum() / 2)


def fell_most(
    before: Float[np.ndarray, "n_layers n_heads"], after: Float[np.ndarray, "n_layers n_heads"]
) -> tuple[int, int]:
    """(layer, head) of the number that fell most; the first of them if several did."""
    layer, head = np.unravel_index(np.argmax(before - after), before.shape)
    return int(layer), int(head)


def rank_agreement(a: Float[np.ndarray, " n_a"], b: Float[np.ndarray, " n_b"]) -> float:
    """Spearman's ρ, the correlation of the ranks: 1 same order, −1 reversed order, about 0 no relation.

    Equal numbers share the mean of their ranks. nan where either holds fewer than two different
    numbers: there is no order to compare. Raises ValueError for different lengths.
    """
    if len(a) != len(b):
        raise ValueError(f"{len(a)} and {len(b)} numbers have no common order")
    ranks_a, ranks_b = ranks(a), ranks(b)
    if not (np.ptp(ranks_a) if len(a) else 0) or not np.ptp(ranks_b):
        return float("nan")
    return float(np.corrcoef(ranks_a, ranks_b)[0, 1])


def ranks(values: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """0 for the smallest; equal values share the mean of their places."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (last - (count + 1) / 2)[place]
