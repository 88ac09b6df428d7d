"""Heatmaps made small: for recognising a pattern, not for reading values."""

import numpy as np
from jaxtyping import Bool, Float, UInt8

BLOCKED = 63
SHADES = (
    BLOCKED - 1
)  # steps from 0 to the strongest colour: more can't be told apart, fewer pack better


def thumbnails(
    weights: Float[np.ndarray, "n_heads n_q n_k"],
    mask: Bool[np.ndarray, "*#heads n_q n_k"] | None,
    side: int,
    own_scale: bool,
) -> UInt8[np.ndarray, "n_heads rows columns"]:
    """Shades from 0 to 62 (the weight 1 or, with `own_scale`, the head's largest), 63 where blocked.

    Blocks of neighbouring cells become one, at most `side` each way: it shows their largest weight, so
    that a lone strong one stays visible, and is blocked only where all of them are.
    """
    n_heads, n_q, n_k = weights.shape
    high = weights.max(axis=(1, 2), keepdims=True) if own_scale else np.ones((1, 1, 1))
    scale = (SHADES / np.where(high > 0, high, 1)).astype(np.float32)
    by_q, by_k = -(-n_q // side), -(-n_k // side)
    rows, columns = -(-n_q // by_q), -(-n_k // by_k)
    filled = np.zeros((n_heads, rows * by_q, columns * by_k), dtype=np.uint8)  # 0: blocked
    shades = (weights * scale).clip(0, SHADES) + 1.5  # the half rounds
    filled[:, :n_q, :n_k] = shades if mask is None else np.where(mask, shades, 0)
    tall = np.maximum.reduce([filled[:, i::by_q] for i in range(by_q)])
    small = np.maximum.reduce([tall[:, :, i::by_k] for i in range(by_k)])
    return np.where(small == 0, np.uint8(BLOCKED), small - np.uint8(1))
