"""What a change of the scores does to the weights: before and after, side by side.

The changes are right ones, which show how softmax behaves; for wrong ones see `mistakes`.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from attention_core.softmax import softmax


@dataclass(frozen=True)
class Trial:
    """Scores and weights before and after one change."""

    scores: Float[np.ndarray, " n_k"]
    weights: Float[np.ndarray, " n_k"]
    new_scores: Float[np.ndarray, " n_k"]
    new_weights: Float[np.ndarray, " n_k"]

    @property
    def moved(self) -> float:
        """The largest difference that the change made to any weight."""
        return float(np.abs(self.new_weights - self.weights).max())


def trial(scores: Float[np.ndarray, " n_k"], new_scores: Float[np.ndarray, " n_k"]) -> Trial:
    """The softmax of both."""
    return Trial(scores, softmax(scores), new_scores, softmax(new_scores))


def shifted(scores: Float[np.ndarray, " n_k"], by: float) -> Trial:
    """The same constant added to every score: exp(s + c) = exp(s)·exp(c), and exp(c) cancels in the share."""
    return trial(scores, scores + by)


def stretched(scores: Float[np.ndarray, " n_k"], factor: float) -> Trial:
    """Every score times `factor`, as a temperature of 1/factor would do it."""
    return trial(scores, scores * factor)


def redrawn(scores: Float[np.ndarray, " n_k"], seed: int, spread: float = 2.0) -> Trial:
    """As many random scores with one decimal instead, seeded."""
    drawn = np.random.default_rng(seed).normal(scale=spread, size=len(scores))
    return trial(scores, np.round(drawn, 1))


@dataclass(frozen=True)
class Lead:
    """How far the best key is ahead of the next one."""

    first: int
    second: int
    gap: float  # of their scores
    ratio: float  # of their weights


def lead(scores: Float[np.ndarray, " n_k"]) -> Lead:
    """w_1 / w_2 = exp(s_1 − s_2): the ratio of two weights depends on the gap alone. Ties go to the earlier key.

    Raises ValueError for fewer than two scores.
    """
    if len(scores) < 2:
        raise ValueError(f"a lead needs two scores, got {len(scores)}")
    first, second = np.argsort(-scores, kind="stable")[:2].tolist()
    gap = float(scores[first] - scores[second])
    return Lead(first, second, gap, float(np.exp(gap)))
