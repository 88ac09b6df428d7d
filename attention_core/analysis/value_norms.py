"""How much each key hands over: its weight and the length of its value vector, taken together."""

import numpy as np
from jaxtyping import Float


def lengths(v: Float[np.ndarray, "*heads n_k d_v"]) -> Float[np.ndarray, "*heads n_k"]:
    """‖v_j‖, the Euclidean length of each value: how much it can hand over."""
    return np.linalg.norm(v, axis=-1)


def handed_over(
    weights: Float[np.ndarray, "n_heads n_q n_k"], v: Float[np.ndarray, "n_heads n_k d_v"]
) -> Float[np.ndarray, "n_heads n_q n_k"]:
    """a_k ‖v_k‖ as shares of each row (after Kobayashi et al. 2020, who measure behind W_O).

    A key with much weight and a short value hands over little: a sink. A row that hands over
    nothing at all stays 0. Raises ValueError naming the sizes that don't fit.
    """
    if v.shape[:2] != (weights.shape[0], weights.shape[2]):
        raise ValueError(f"weights {weights.shape} need one value a head and key, got {v.shape}")
    amounts = weights * lengths(v)[:, None, :]
    total = amounts.sum(axis=-1, keepdims=True)
    return amounts / np.where(total == 0, 1, total).astype(amounts.dtype)
