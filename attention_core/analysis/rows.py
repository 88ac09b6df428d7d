"""What must be true of a row of attention weights, and what printing its numbers does to that.

Whole matrices in, one verdict per row out. Where the weights come from is not its business.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from attention_core.softmax import softmax

EXACT = 1e-9  # how far from 1 the sum of a few printed decimals can be by binary arithmetic alone


@dataclass(frozen=True)
class RowCheck:
    """The rows of a printed matrix: do they sum to 1, and if not, can rounding be the reason?"""

    sums: Float[np.ndarray, " n_q"]
    is_one: Bool[np.ndarray, " n_q"]  # as printed
    may_be_rounded: Bool[np.ndarray, " n_q"]  # some weights that sum to 1 would be printed so


@dataclass(frozen=True)
class Sums:
    """What the weights of one head add up to, along either axis."""

    of_queries: Float[np.ndarray, " n_q"]  # over the keys: 1 each, as attention must have it
    of_keys: Float[np.ndarray, " n_k"]  # over the queries: how much each key gets from all
    mean: float  # of `of_queries`; it can be 1 when no row is


def sums(weights: Float[np.ndarray, "n_q n_k"]) -> Sums:
    """Both sums of a matrix of weights, and the mean that tells nothing."""
    of_queries = weights.sum(axis=1)
    return Sums(of_queries, weights.sum(axis=0), float(of_queries.mean()))


def check_rows(printed: Float[np.ndarray, "n_q n_k"], decimals: int) -> RowCheck:
    """Check rows that were printed with so many `decimals`.

    A weight p may have been anything from p − h to p + h with h half a unit of the last decimal,
    but not below 0; a row may be rounded if the sums of these ends enclose 1.
    """
    h = half_unit(decimals)
    sums = printed.sum(axis=1)
    least = np.maximum(printed - h, 0).sum(axis=1)
    most = (printed + h).sum(axis=1)
    return RowCheck(
        sums, np.abs(sums - 1) < EXACT, (least <= 1 + EXACT) & (most >= 1 - EXACT)
    )  # fmt: skip


def misprinted(
    printed: Float[np.ndarray, "*rows n_k"], true: Float[np.ndarray, "*rows n_k"], decimals: int
) -> Bool[np.ndarray, "*rows n_k"]:
    """Which printed numbers are further from the true ones than rounding to so many decimals explains."""
    return np.asarray(np.abs(printed - true) > half_unit(decimals) + EXACT)


def half_unit(decimals: int) -> float:
    """The most by which rounding to so many decimals can change a number."""
    return 0.5 * 10.0**-decimals


def printed_sums(
    weights: Float[np.ndarray, "*rows n_k"], decimals: int
) -> Float[np.ndarray, "*rows"]:
    """What each row sums to after each of its weights was rounded. Exact: it counts units of the last decimal."""
    units = np.rint(weights.astype(np.float64) * 10**decimals).astype(np.int64)
    return np.asarray(units.sum(axis=-1) / 10**decimals)


def misses_one(weights: Float[np.ndarray, "*rows n_k"], decimals: int) -> Bool[np.ndarray, "*rows"]:
    """Whether a row's rounded weights do not sum to 1, row by row. The weights themselves should."""
    return np.asarray(printed_sums(weights, decimals) != 1)


def random_rows(n_rows: int, n_k: int, seed: int) -> Float[np.ndarray, "n_rows n_k"]:
    """Rows of weights as a head might give them: softmax of normally distributed scores (Var = 1), seeded."""
    return softmax(np.random.default_rng(seed).standard_normal((n_rows, n_k)))
