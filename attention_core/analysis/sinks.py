"""Attention sinks: tokens that take much of the weight and have little to hand over (Xiao et al. 2023, arXiv 2309.17453).

Which tokens count as sinks is for the caller to say; how much each hands over is in `value_norms`.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float


def weight_on(
    weights: Float[np.ndarray, "*heads n_q n_k"], keys: Sequence[int]
) -> Float[np.ndarray, "*heads"]:
    """How much of all the weight falls on `keys`: the mean over queries of their summed weights.

    Raises ValueError for a key that is not there.
    """
    n_k = weights.shape[-1]
    missing = [key for key in keys if not 0 <= key < n_k]
    if missing:
        raise ValueError(f"there is no key {missing[0]} among {n_k}")
    return np.asarray(weights[..., list(keys)].sum(axis=-1).mean(axis=-1))
