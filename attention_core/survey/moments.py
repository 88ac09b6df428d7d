"""Means over sentences and how sure they are, added up part by part. Of single sentences nothing is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from attention_core.survey.measure import Measured


@dataclass(frozen=True)
class Moments:
    """Of some sentences, for each statistic and head. Only sentences that have a place for a statistic count."""

    n: Int[np.ndarray, "n_statistics n_heads"]  # sentences that count
    mean: Float[np.ndarray, "n_statistics n_heads"]
    squares: Float[np.ndarray, "n_statistics n_heads"]  # Σ (value − mean)²
    even: Float[np.ndarray, "n_statistics n_heads"]  # the same mean of a uniform head
    untrained: Float[np.ndarray, "n_statistics n_heads"]  # … of an untrained one

    @property
    def standard_error(self) -> Float[np.ndarray, "n_statistics n_heads"]:
        """√(Σ (value − mean)² / (n − 1)) / √n: of the mean, over sentences. nan for fewer than two."""
        variance = self.squares / np.where(self.n > 1, self.n - 1, np.nan)
        return np.sqrt(variance / np.maximum(self.n, 1))


def moments(sentences: Sequence[Measured]) -> Moments:
    """Of one part's sentences, in their order. Where none counts n is 0 and all the rest, too."""
    values, even, untrained = (
        np.stack([getattr(each, field) for each in sentences]).astype(np.float64)
        for field in ("values", "even", "untrained")
    )
    counts = np.isfinite(values)
    n = counts.sum(axis=0)

    def mean(numbers: np.ndarray) -> np.ndarray:
        return np.where(counts, numbers, 0).sum(axis=0) / np.maximum(n, 1)

    off = np.where(counts, values - mean(values), 0)
    return Moments(n, mean(values), (off**2).sum(axis=0), mean(even), mean(untrained))


def together(a: Moments, b: Moments) -> Moments:
    """Two parts as one (Chan, Golub & LeVeque 1983): squares = squares_a + squares_b + (mean_b − mean_a)² n_a n_b / n.

    Rounding depends on the order, so whoever wants the same bits adds parts up in the same order.
    """
    n = a.n + b.n
    share = b.n / np.maximum(n, 1)
    between = (b.mean - a.mean) ** 2 * a.n * share
    return Moments(
        n,
        a.mean + (b.mean - a.mean) * share,
        a.squares + b.squares + between,
        a.even + (b.even - a.even) * share,
        a.untrained + (b.untrained - a.untrained) * share,
    )
