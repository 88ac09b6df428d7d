"""What one query takes from each key: weight × length of the value, in front of and behind W_O.

Lengths say how much, not in which direction: two long values can cancel each other.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from attention_core.analysis.head_statistics import output_norms
from attention_core.analysis.value_norms import handed_over, lengths
from attention_core.heads import repeat_kv


@dataclass(frozen=True)
class RowValues:
    """One row of one head: each array has one number per key."""

    weights: Float[np.ndarray, " n_k"]
    lengths: Float[np.ndarray, " n_k"]  # ‖v‖, or ‖v W_O‖ behind W_O
    amounts: Float[np.ndarray, " n_k"]  # weight × length
    shares: Float[np.ndarray, " n_k"]  # of the sum of the amounts


def row_values(weights: Float[np.ndarray, " n_k"], v: Float[np.ndarray, "n_k d"]) -> RowValues:
    """a_j ‖v_j‖ and its share of the row (Kobayashi et al. 2020); hand in v W_O to measure as they do."""
    shares = handed_over(weights[None, None], v[None])[0, 0]
    size = lengths(v)
    return RowValues(weights, size, weights * size, shares)


def of_head_in_W_O(
    W_O: Float[np.ndarray, "o_size d_model"], head: int, n_heads: int
) -> Float[np.ndarray, "d_v d_model"]:
    """The rows of W_O that one head's context goes through. Raises ValueError if the heads cannot share it."""
    o_size, d_model = W_O.shape
    if o_size % n_heads or not 0 <= head < n_heads:
        raise ValueError(f"W_O with {o_size} rows has no head {head} of {n_heads}")
    return W_O.reshape(n_heads, o_size // n_heads, d_model)[head]


def output_lengths(
    weights: Float[np.ndarray, "n_heads n_k"],
    v: Float[np.ndarray, "n_kv_heads n_k d_v"],
    W_O: Float[np.ndarray, "o_size d_model"],
) -> Float[np.ndarray, " n_heads"]:
    """‖context_h W_O_h‖ of one query for each head: how much the head adds to the layer's output.

    Raises ValueError naming the sizes that don't fit.
    """
    n_heads, n_kv_heads = len(weights), len(v)
    if n_heads % n_kv_heads or v.shape[1] != weights.shape[1]:
        raise ValueError(f"weights {weights.shape} do not fit values {v.shape}")
    context = weights[:, None] @ repeat_kv(v, n_heads // n_kv_heads)  # of one query
    return output_norms(context, W_O)[:, 0]
