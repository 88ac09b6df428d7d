"""Why scores are divided by √d_head: what vectors of many numbers do to the softmax, with random numbers and in a real head.

It takes a seed or a trace; it knows no model and no page.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from attention_core.attention import AttentionTrace, attention
from attention_core.softmax import softmax


@dataclass(frozen=True)
class Saturation:
    """What random queries and keys of several sizes d_head do: each array has one entry, or one row, per size."""

    d_heads: tuple[int, ...]
    variances: Float[np.ndarray, " n_sizes"]  # of q·k over all pairs: close to d_head
    scaled_variances: Float[np.ndarray, " n_sizes"]  # of q·k / √d_head: close to 1
    largest: Float[np.ndarray, " n_sizes"]  # max of softmax(q·k), averaged over the queries
    scaled_largest: Float[np.ndarray, " n_sizes"]  # … of softmax(q·k / √d_head)
    weights: Float[np.ndarray, "n_sizes n_keys"]  # softmax(q·k) of the first query
    scaled_weights: Float[np.ndarray, "n_sizes n_keys"]


@dataclass(frozen=True)
class Independent:
    """The baseline of a head's score variance: independent numbers of the same mean square."""

    q_square: float  # mean of q² over all queries and dimensions
    k_square: float
    variance: float  # of q·k


def simulate(seed: int, d_heads: Sequence[int], n_draws: int, n_keys: int) -> Saturation:
    """Draw `n_draws` queries, each with `n_keys` keys of its own; every number has mean 0 and variance 1.

    Then q·k is a sum of d_head independent products of variance 1, so its variance is d_head
    (Vaswani et al. 2017, footnote 4). One seed gives a size the same numbers whatever the other
    sizes are. Raises ValueError if there is nothing to draw.
    """
    if seed < 0 or not d_heads or min(*d_heads, n_draws, n_keys) < 1:
        raise ValueError(f"can't draw {n_draws} × {n_keys} of sizes {d_heads}, seed {seed}")
    scores = np.stack([_random_scores(seed, d_head, n_draws, n_keys) for d_head in d_heads])
    scaled_scores = scores / np.sqrt(d_heads)[:, None, None]
    weights, scaled_weights = softmax(scores), softmax(scaled_scores)
    return Saturation(
        tuple(d_heads),
        scores.var(axis=(1, 2)),
        scaled_scores.var(axis=(1, 2)),
        weights.max(axis=-1).mean(axis=-1),
        scaled_weights.max(axis=-1).mean(axis=-1),
        weights[:, 0],
        scaled_weights[:, 0],
    )


def unscaled(trace: AttentionTrace) -> AttentionTrace:
    """The same head as if its scores were never divided by √d_head."""
    return attention(
        trace.q, trace.k, trace.v, trace.mask, trace.bias, 1.0,
        trace.temperature, trace.softcap, trace.sinks,
    )  # fmt: skip


def score_variance(trace: AttentionTrace) -> float:
    """The variance of one head's q·k, over the pairs that the mask allows; 0 where it allows none."""
    allowed = np.isfinite(trace.masked_scores)
    return float(trace.scores[allowed].var(dtype=np.float64)) if allowed.any() else 0.0


def independent_variance(trace: AttentionTrace) -> Independent:
    """What the variance of q·k would be if the head's numbers were independent and as large as they are.

    Var(Σᵢ qᵢ kᵢ) = Σᵢ E[qᵢ²] E[kᵢ²] = d · mean(q²) · mean(k²), for independent qᵢ and kᵢ around 0.
    """
    q_square, k_square = (
        float(np.square(each, dtype=np.float64).mean()) for each in (trace.q, trace.k)
    )
    return Independent(q_square, k_square, trace.q.shape[-1] * q_square * k_square)


def mean_largest_weight(trace: AttentionTrace) -> float:
    """The largest weight of a row, averaged over one head's rows.

    A row that may look at one key only has no choice and is left out; nan if every row is such.
    """
    free = np.isfinite(trace.masked_scores).sum(axis=-1) > 1
    largest = trace.weights.max(axis=-1)[free]
    return float(largest.mean(dtype=np.float64)) if free.any() else float("nan")


def _random_scores(
    seed: int, d_head: int, n_draws: int, n_keys: int
) -> Float[np.ndarray, "n_draws n_keys"]:
    rng = np.random.default_rng([seed, d_head])
    q = rng.standard_normal((n_draws, d_head, 1), dtype=np.float32)  # half the memory of float64
    k = rng.standard_normal((n_draws, n_keys, d_head), dtype=np.float32)
    return (k @ q)[..., 0].astype(np.float64)
