"""Which query may look at which key: boolean masks, True = may attend.

A mask says nothing of scores; `attention` turns False into −inf before the softmax.
"""

import numpy as np
from jaxtyping import Bool, Int


def causal_mask(n_tokens: int) -> Bool[np.ndarray, "n_tokens n_tokens"]:
    """Lower triangle: a query sees itself and what came before (GPT-like models)."""
    return np.tri(n_tokens, dtype=bool)


def sees_the_past(
    q_pos: Int[np.ndarray, "n_q 1"], k_pos: Int[np.ndarray, "1 n_k"]
) -> Bool[np.ndarray, "n_q n_k"]:
    """`causal_mask` as a rule, for any block of positions: k_pos ≤ q_pos."""
    return k_pos <= q_pos


def padding_mask(is_token: Bool[np.ndarray, " n_k"], n_q: int) -> Bool[np.ndarray, "n_q n_k"]:
    """Block the padded keys for every query; `is_token` is False where a position is padding."""
    return np.repeat(is_token[None, :], n_q, axis=0)


def sliding_window_mask(n_tokens: int, window: int) -> Bool[np.ndarray, "n_tokens n_tokens"]:
    """Allow keys fewer than `window` positions away on either side: |q_pos − k_pos| < window.

    Combine with `causal_mask` by `&` for the causal window. Raises ValueError if window < 1.
    """
    if window < 1:
        raise ValueError(f"a window needs at least 1 token, got {window}")
    positions = np.arange(n_tokens)
    return np.abs(positions[:, None] - positions[None, :]) < window
