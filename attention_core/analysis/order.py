"""What the order of the words does to attention: shuffle it, put the weights back, turn a vector to each position.

It is handed weights and vectors; whose they are, a toy's or a real head's, is not its business.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from attention_core.analysis.words import Span
from attention_core.positions import apply_rope, rope_angles


def shuffled_order(n_tokens: int, number: int) -> Int[np.ndarray, " n_tokens"]:
    """Shuffle `number` of n_tokens positions: order[i] is the old position of what now stands at i.

    The same number gives the same order on every machine, and never the old one if there is another.
    """
    order = np.random.default_rng(number).permutation(n_tokens)
    return np.roll(order, 1) if np.array_equal(order, np.arange(n_tokens)) else order


def text_in_order(
    tokens: Sequence[str], order: Int[np.ndarray, " n"]
) -> tuple[str, tuple[Span, ...]]:
    """The words in `order`, one space apart, and where the word of each *old* position now stands."""
    spans, reached = [(0, 0)] * len(tokens), 0
    for old in order.tolist():
        spans[old] = (reached, reached + len(tokens[old]))
        reached += len(tokens[old]) + 1
    return " ".join(tokens[old] for old in order.tolist()), tuple(spans)


def put_back(
    weights: Float[np.ndarray, "*heads n n"], order: Int[np.ndarray, " n"]
) -> Float[np.ndarray, "*heads n n"]:
    """Rows and columns of a shuffled sentence's weights, back at the old positions of their words.

    Without positions and mask attention(P x) = P attention(x), so this is then the unshuffled
    sentence's own matrix. Raises ValueError if they don't fit.
    """
    if sorted(order.tolist()) != list(range(weights.shape[-1])):
        raise ValueError(f"{order.tolist()} is no order of {weights.shape[-1]} positions")
    now_at = np.argsort(order)
    return weights[..., now_at[:, None], now_at]


def largest_difference(a: Float[np.ndarray, "*shape"], b: Float[np.ndarray, "*shape"]) -> float:
    """max |a − b|, the one number that says whether two matrices agree."""
    return float(np.abs(a - b).max(initial=0.0))


def at_every_position(
    vector: Float[np.ndarray, " d_head"], n_positions: int, strength: float = 1.0
) -> Float[np.ndarray, "n_positions d_head"]:
    """One q or k as RoPE turns it at positions 0, 1, 2 … (Su et al. 2021), every angle times `strength`.

    Raises ValueError if d_head is odd.
    """
    copies = np.tile(vector, (n_positions, 1))
    return apply_rope(copies, strength * rope_angles(n_positions, len(vector)))


def scores_by_position(
    q: Float[np.ndarray, " d_head"],
    k: Float[np.ndarray, " d_head"],
    n_positions: int,
    strength: float = 1.0,
) -> Float[np.ndarray, "n_positions n_positions"]:
    """(R_i q)·(R_j k): the score of one query at each position i with one key at each position j.

    RᵢᵀRⱼ = Rⱼ₋ᵢ, so it depends on j − i alone and every diagonal holds one number.
    """
    at_i, at_j = (at_every_position(vector, n_positions, strength) for vector in (q, k))
    return at_i @ at_j.T


def diagonal_spread(matrix: Float[np.ndarray, "n n"]) -> float:
    """max − min along a diagonal, the largest of all: 0 where only the distance counts."""
    n = len(matrix)
    return max(float(np.ptp(np.diagonal(matrix, offset))) for offset in range(1 - n, n))
