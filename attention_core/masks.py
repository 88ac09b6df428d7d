"""Which query may look at which key: boolean masks, True = may attend.

Where there are more keys than queries, the queries are the last n_q of n_k tokens, as in a model that goes on
writing with the keys of earlier tokens kept (torch.nn.attention.bias.causal_lower_right).
A mask says nothing of scores; `attention` turns False into −inf before the softmax.
"""

import numpy as np
from jaxtyping import Bool, Int


def causal_mask(n_q: int, n_k: int | None = None) -> Bool[np.ndarray, "n_q n_k"]:
    """A query sees itself and what came before (GPT-like models): lower triangle, ending in the last corner.

    The queries are the last n_q of n_k tokens, all of them unless n_k is given. Where n_q > n_k the first
    n_q − n_k see nothing.
    """
    n_k = n_q if n_k is None else n_k
    return np.tri(n_q, n_k, n_k - n_q, dtype=bool)


def sees_the_past(
    q_pos: Int[np.ndarray, "n_q 1"], k_pos: Int[np.ndarray, "1 n_k"]
) -> Bool[np.ndarray, "n_q n_k"]:
    """`causal_mask` as a rule, for any block of positions in the text: k_pos ≤ q_pos."""
    return k_pos <= q_pos


def padding_mask(is_token: Bool[np.ndarray, " n_k"], n_q: int) -> Bool[np.ndarray, "n_q n_k"]:
    """Block the padded keys for every query; `is_token` is False where a position is padding.

    Raises ValueError for anything but one boolean per key.
    """
    if is_token.dtype != bool or is_token.ndim != 1:
        raise ValueError(
            f"is_token needs one boolean per key, got {is_token.dtype} of shape {is_token.shape}"
        )
    return np.repeat(is_token[None, :], n_q, axis=0)


def sliding_window_mask(
    n_q: int, window: int, n_k: int | None = None
) -> Bool[np.ndarray, "n_q n_k"]:
    """Allow keys fewer than `window` positions away on either side: |q_pos − k_pos| < window.

    Combine with `causal_mask` by `&` for the causal window; as there, the queries are the last n_q of n_k
    tokens. Raises ValueError if window < 1.
    """
    if window < 1:
        raise ValueError(f"a window needs at least 1 token, got {window}")
    n_k = n_q if n_k is None else n_k
    q_pos = np.arange(n_k - n_q, n_k)
    return np.abs(q_pos[:, None] - np.arange(n_k)[None, :]) < window
