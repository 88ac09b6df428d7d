"""Attention sinks: tokens that take much of the weight and have little to hand over (Xiao et al. 2023, arXiv 2309.17453).

Which tokens count as sinks is for the caller to say; how much each hands over is in `value_norms`.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float


def weight_on(
    weights: Float[np.ndarray, "*heads n_q n_k"],
    keys: Sequence[int],
    mask: Bool[np.ndarray, "*#heads n_q n_k"] | None = None,
) -> Float[np.ndarray, "*heads"]:
    """How much of all the weight falls on `keys`: the mean over queries of their summed weights.

    Queries that the mask leaves a single key do not count: a causal model's first token gives itself everything,
    whatever the head does. nan where no query counts. Raises ValueError for a key that is not there.
    """
    n_k = weights.shape[-1]
    missing = [key for key in keys if not 0 <= key < n_k]
    if missing:
        raise ValueError(f"there is no key {missing[0]} among {n_k}")
    on_keys = weights[..., list(keys)].sum(axis=-1)
    counted = np.broadcast_to(True if mask is None else mask.sum(axis=-1) > 1, on_keys.shape)
    n_counted = counted.sum(axis=-1)
    total = np.where(counted, on_keys, 0).sum(axis=-1, dtype=np.float64)
    return np.where(n_counted > 0, total / np.maximum(n_counted, 1), np.nan)
