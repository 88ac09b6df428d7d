"""A head's table of scores as few numbers per token: what each asks times what each offers, and how far that is off.

It knows no toy and no model; what becomes of the numbers is not its business.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from attention_core.analysis.differences import mean_over, rows_with_choice, total_variation
from attention_core.analysis.low_rank import nearer
from attention_core.attention import AttentionTrace, attention
from attention_core.errors import ReaderError
from attention_core.softmax import softmax

MOST = 8  # numbers that a token asks with, and as many that it offers
EXACT = 1e-12  # weights that are equal to this need no more numbers
ROUNDS = 50  # of filling in what a mask blocks
STILL = 1e-4  # a round that gains less than this share of the scores is the last one
Factors = tuple[np.ndarray, np.ndarray]  # q and k
NOTHING = 1e-12  # relative size below which a singular value is rounding noise


@dataclass(frozen=True)
class Twin:
    """softmax(q kᵀ) in place of a head's weights, with r numbers a token on each side, and its errors."""

    q: Float[np.ndarray, "n_q r"]
    k: Float[np.ndarray, "n_k r"]
    weights: Float[np.ndarray, "n_q n_k"]
    largest: float  # max |Δw| over all cells
    variation: float  # total variation, averaged over the rows that have a choice
    residual: float  # ‖Δ scores‖ (Frobenius) over allowed cells, of each row without its mean

    @property
    def r(self) -> int:
        return self.q.shape[1]


def twins(masked_scores: Float[np.ndarray, "n_q n_k"], most: int = MOST) -> tuple[Twin, ...]:
    """Close copies of a head with 0, 1, … `most` numbers a token; with 0 all allowed keys get the same weight.

    A constant taken from a row of scores changes no weight, so each row is taken without its mean:
    S − mean = U Σ Vᵀ, q = U_r √Σ_r, k = V_r √Σ_r, and no other q kᵀ of rank r is closer (Eckart & Young 1936).
    Where the score is −inf the key is blocked and its cell is free: it is filled with what the copy says
    there, and the copy is made anew, some rounds long (hard-impute: Mazumder, Hastie & Tibshirani 2010); from
    there `low_rank.nearer` goes on. With blocked cells a closer copy may exist: it is a search, not a proof.
    It starts there, and from the copy before with one number more, so the residual never grows with r. Ends early where a copy is exact.
    Raises ValueError for scores that are +inf or not a number.
    """
    if np.isnan(masked_scores).any() or np.isposinf(masked_scores).any():
        raise ValueError("a score is infinite or not a number: there is nothing to copy")
    scores = masked_scores.astype(np.float64)
    allowed = np.isfinite(scores)
    weights = softmax(scores)
    copies: list[Twin] = []
    for q, k, residual in _close(_centred(scores, allowed), allowed, most):
        copies.append(_measured(q, k, residual, weights, allowed))
        if copies[-1].largest < EXACT and copies[-1].r:
            break
    return tuple(copies)


def shuffled(
    masked_scores: Float[np.ndarray, "n_q n_k"], seed: int
) -> Float[np.ndarray, "n_q n_k"]:
    """Each row's scores dealt out anew among its allowed keys: as sharp as before, but without any order in the columns."""
    dealt, rng = masked_scores.copy(), np.random.default_rng(seed)
    for row in dealt:
        allowed = ~np.isneginf(row)
        row[allowed] = rng.permutation(row[allowed])
    return dealt


def first_tokens(trace: AttentionTrace, n: int) -> AttentionTrace:
    """A head among its first n queries and keys alone, in float64.

    Under a causal mask the weights stay; without one, each row is shared among the keys that are left.
    Raises ValueError for a head with a sink: what it takes depends on more than the differences of scores.
    """
    if trace.sinks is not None:
        raise ReaderError("the head has a sink, a score of no key, which a copy has no room for")
    q, k, v = (array[:n].astype(np.float64) for array in (trace.q, trace.k, trace.v))
    mask, bias = (None if array is None else array[:n, :n] for array in (trace.mask, trace.bias))
    return attention(q, k, v, mask, bias, trace.scale, trace.temperature, trace.softcap)


def _close(
    centred: Float[np.ndarray, "n_q n_k"], allowed: Bool[np.ndarray, "n_q n_k"], most: int
) -> Iterator[tuple[np.ndarray, np.ndarray, float]]:
    """q, k and the residual for r = 0, 1, … `most`, as far as there are rows and columns."""
    product, counts = np.zeros_like(centred), allowed.astype(float)
    nearest: Factors = (np.zeros((len(centred), 0)), np.zeros((centred.shape[1], 0)))
    for r in range(min(most, *centred.shape) + 1):
        left = np.inf
        for _ in range(ROUNDS):
            # what a row of the copy has too much everywhere does no harm, so the target may follow it
            offset = _row_means(product, allowed)
            q, k = _factors(np.where(allowed, centred + offset, product), r)
            product = q @ k.T
            before, left = left, _residual(centred, allowed, (q, k))
            if before - left < STILL * np.linalg.norm(centred):
                break
        if r and not allowed.all():
            nearest = min(
                (
                    nearer(centred, counts, *start)
                    for start in ((q, k), _with_one_more(nearest, centred, counts))
                ),
                key=lambda factors: _residual(centred, allowed, factors),
            )
            q, k = _factors(nearest[0] @ nearest[1].T, r)
            left = _residual(centred, allowed, nearest)
        yield q, k, left


def _with_one_more(factors: Factors, centred: np.ndarray, counts: np.ndarray) -> Factors:
    """A copy with one number more, which takes the largest part of what is left over."""
    q, k = factors
    rest = centred - q @ k.T
    rest -= (counts * rest).sum(axis=1, keepdims=True) / np.maximum(
        counts.sum(axis=1, keepdims=True), 1
    )
    one_q, one_k = _factors(counts * rest, 1)
    return np.concatenate([q, one_q], axis=1), np.concatenate([k, one_k], axis=1)


def _residual(centred: np.ndarray, allowed: np.ndarray, factors: Factors) -> float:
    return float(np.linalg.norm(centred - _centred(factors[0] @ factors[1].T, allowed)))


def _factors(
    matrix: Float[np.ndarray, "n_q n_k"], r: int
) -> tuple[Float[np.ndarray, "n_q r"], Float[np.ndarray, "n_k r"]]:
    """U_r √Σ_r and V_r √Σ_r. The largest number of each column of V is positive, so there is one result only."""
    u, s, v = np.linalg.svd(matrix, full_matrices=False)
    u, s, v = u[:, :r], s[:r] * (s[:r] > NOTHING * s[0]), v[:r]
    signs = np.sign(v[np.arange(r), np.abs(v).argmax(axis=1)])
    root = np.sqrt(s) * signs
    return u * root, v.T * root


def _measured(
    q: np.ndarray, k: np.ndarray, residual: float, weights: np.ndarray, allowed: np.ndarray
) -> Twin:
    copied = softmax(np.where(allowed, q @ k.T, -np.inf))
    counted = rows_with_choice(weights, copied, allowed, allowed)
    variation = float(mean_over(total_variation(weights, copied), counted))
    return Twin(
        q,
        k,
        copied,
        float(np.abs(copied - weights).max()),
        0.0 if np.isnan(variation) else variation,  # no row has a choice
        residual,
    )


def _centred(scores: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Each row without the mean of its allowed cells; 0 where blocked."""
    return np.where(allowed, scores - _row_means(scores, allowed), 0.0)


def _row_means(scores: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """(n_q, 1): the mean of the allowed cells; 0 where a row has none."""
    sums = np.where(allowed, scores, 0.0).sum(axis=1, keepdims=True)
    return np.asarray(sums / np.maximum(allowed.sum(axis=1, keepdims=True), 1))
