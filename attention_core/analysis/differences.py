"""How far two heads' weights are apart, row by row and as a whole, and how far other heads are.

A distance says that two heads look elsewhere; it says neither which is right nor whether it matters.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float


def total_variation(
    a: Float[np.ndarray, "*rows n_k"], b: Float[np.ndarray, "*rows n_k"]
) -> Float[np.ndarray, "*rows"]:
    """½ Σ_k |a_k − b_k| of each row: the share of the weight that would have to move to turn one into the other.

    0 for equal rows, 1 for rows without a common key; no unit. Raises ValueError naming the sizes that don't fit.
    """
    _check_same(a, b)
    return np.asarray(np.abs(np.subtract(a, b, dtype=np.float64)).sum(axis=-1) / 2)


def jensen_shannon(
    a: Float[np.ndarray, "*rows n_k"], b: Float[np.ndarray, "*rows n_k"]
) -> Float[np.ndarray, "*rows"]:
    """½ Σ a log₂(a/m) + ½ Σ b log₂(b/m) with m = (a + b)/2, in bits (Lin 1991, eq. 3.4).

    What one look at a key, drawn from a or b by a fair coin, tells about the coin: 0 for equal rows,
    1 bit for rows without a common key. 0 log 0 = 0. Raises ValueError naming the sizes that don't fit.
    """
    _check_same(a, b)
    a, b = a.astype(np.float64), b.astype(np.float64)
    middle = (a + b) / 2
    bits = (_relative_entropy(a, middle) + _relative_entropy(b, middle)) / 2
    return np.asarray(np.maximum(bits, 0))  # rounding may leave −1e-17


def correlation(
    a: Float[np.ndarray, "n_q n_k"],
    b: Float[np.ndarray, "n_q n_k"],
    allowed: Bool[np.ndarray, "n_q n_k"],
) -> tuple[float, int]:
    """Pearson's r between the two weights of each allowed cell, and the number of these cells.

    nan where one side has the same weight in all of them. Raises ValueError naming the sizes that don't fit.
    """
    _check_same(a, b)
    if allowed.shape != a.shape:
        raise ValueError(f"allowed {allowed.shape} does not fit weights {a.shape}")
    n = int(allowed.sum())
    x, y = (values[allowed].astype(np.float64) for values in (a, b))
    # a constant side would leave only its rounding noise to correlate with
    if n < 2 or np.ptp(x) < 1e-12 or np.ptp(y) < 1e-12:
        return float("nan"), n
    x, y = x - x.mean(), y - y.mean()
    return float((x @ y) / np.sqrt((x @ x) * (y @ y))), n


def rows_with_choice(
    a: Float[np.ndarray, "n_q n_k"],
    b: Float[np.ndarray, "n_q n_k"],
    allowed_a: Bool[np.ndarray, "n_q n_k"],
    allowed_b: Bool[np.ndarray, "n_q n_k"],
) -> Bool[np.ndarray, " n_q"]:
    """The rows that can differ: each side has weight there, and one of them more than one key to choose from.

    Under a causal mask the first query has one key in every head: its distance is 0 and says nothing.
    """
    _check_same(a, b)
    has_weight = (a.sum(axis=-1) > 0) & (b.sum(axis=-1) > 0)
    return has_weight & ((allowed_a.sum(axis=-1) > 1) | (allowed_b.sum(axis=-1) > 1))


def mean_over(
    values: Float[np.ndarray, "*heads n_q"], counted: Bool[np.ndarray, " n_q"]
) -> Float[np.ndarray, "*heads"]:
    """The mean over the rows that count; nan where none does."""
    if not counted.any():
        return np.full(values.shape[:-1], np.nan)
    return np.asarray(values[..., counted].mean(axis=-1, dtype=np.float64))


def largest_changes(difference: Float[np.ndarray, "n_q n_k"], n: int) -> list[tuple[int, int]]:
    """(q_pos, k_pos) of the n cells that change most, the largest first; cells that do not change are left out."""
    order = np.argsort(-np.abs(difference), axis=None, kind="stable")[:n]
    cells = [divmod(int(i), difference.shape[1]) for i in order]
    return [cell for cell in cells if difference[cell] != 0]


@dataclass(frozen=True)
class Distances:
    """From one head to each of many, for each row: what two heads of this model differ by anyway."""

    heads: tuple[tuple[int, int], ...]  # (layer, head)
    total_variation: Float[np.ndarray, "n_all n_q"]
    jensen_shannon: Float[np.ndarray, "n_all n_q"]

    def without(self, *heads: tuple[int, int]) -> "Distances":
        """The distances to all heads but these."""
        kept = [i for i, head in enumerate(self.heads) if head not in heads]
        return Distances(
            tuple(self.heads[i] for i in kept),
            self.total_variation[kept],
            self.jensen_shannon[kept],
        )


def distances(
    a: Float[np.ndarray, "n_q n_k"],
    others: Iterable[tuple[tuple[int, int], Float[np.ndarray, "n_q n_k"]]],
) -> Distances:
    """From `a` to each of `others`, which come one by one with their (layer, head): none of them is kept."""
    heads, total, bits = [], [], []
    for head, weights in others:
        heads.append(head)
        total.append(total_variation(a, weights).astype(np.float32))
        bits.append(jensen_shannon(a, weights).astype(np.float32))
    none = np.zeros((0, len(a)), dtype=np.float32)
    return Distances(
        tuple(heads), np.stack(total) if total else none, np.stack(bits) if bits else none
    )


def share_farther(distance: float, others: Float[np.ndarray, " n_all"]) -> float:
    """The share of the others that are farther away than `distance`; equal ones count half. nan without others."""
    if not len(others):
        return float("nan")
    # distances to the others were stored in single precision
    equal = np.isclose(others, distance, rtol=1e-6, atol=1e-9)
    return float(((others > distance) & ~equal).mean() + equal.mean() / 2)


def _relative_entropy(
    p: Float[np.ndarray, "*rows n_k"], q: Float[np.ndarray, "*rows n_k"]
) -> Float[np.ndarray, "*rows"]:
    """Σ p log₂(p/q), with 0 log 0 = 0."""
    seen = p > 0
    ratio = np.divide(p, q, out=np.ones_like(p), where=seen)
    return np.asarray((p * np.log2(ratio)).sum(axis=-1))


def _check_same(a: np.ndarray, b: np.ndarray) -> None:
    if a.shape != b.shape:
        raise ValueError(f"weights {a.shape} and {b.shape} have not the same rows and columns")
