"""Tokens that the model added ([CLS], [SEP], </s>) out of sight: as they are, or with the rest scaled up to 1.

What they take is not lost by hiding it: without renormalising, what is missing in a row is their share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from attention_core.analysis.sinks import weight_on
from attention_core.analysis.value_norms import handed_over


@dataclass(frozen=True)
class Taken:
    """The share that some keys take of what a head gives out: weight, or what is handed over."""

    in_row: float  # of one query
    in_all_rows: float  # the mean over queries with a choice; nan if there is none


def taken(
    shares: Float[np.ndarray, "n_q n_k"],
    keys: Sequence[int],
    q_pos: int,
    mask: Bool[np.ndarray, "n_q n_k"] | None = None,
) -> Taken:
    """What `keys` take of the row `q_pos` and of all rows. Raises ValueError for a key that is not there."""
    of_all = weight_on(shares, keys, mask)
    return Taken(float(shares[q_pos, list(keys)].sum()), float(of_all))


@dataclass(frozen=True)
class Sink:
    """What some keys take of one head. `handed` is None where the values are not known."""

    n_keys: int
    weight: Taken
    handed: Taken | None


def sinks(
    groups: Mapping[str, Sequence[int]],
    weights: Float[np.ndarray, "n_q n_k"],
    v: Float[np.ndarray, "n_k d_v"] | None,
    q_pos: int,
    mask: Bool[np.ndarray, "n_q n_k"] | None = None,
) -> dict[str, Sink]:
    """What each group of keys takes of the weight and of what is handed over; a group without a key is left out."""
    handed = None if v is None else handed_over(weights[None], v[None])[0]
    return {
        name: Sink(
            len(keys),
            taken(weights, keys, q_pos, mask),
            None if handed is None else taken(handed, keys, q_pos, mask),
        )
        for name, keys in groups.items()
        if keys
    }


def without(
    matrix: Float[np.ndarray, "n_q n_k"] | Bool[np.ndarray, "n_q n_k"],
    special_queries: Bool[np.ndarray, " n_q"],
    special_keys: Bool[np.ndarray, " n_k"],
) -> Float[np.ndarray, "n_rows n_columns"] | Bool[np.ndarray, "n_rows n_columns"]:
    """Hide: their rows and columns are left out, every other number stays what it is.

    Raises ValueError naming the sizes that don't fit.
    """
    if matrix.shape != (len(special_queries), len(special_keys)):
        raise ValueError(
            f"{len(special_queries)} queries and {len(special_keys)} keys do not fit {matrix.shape}"
        )
    return matrix[~special_queries][:, ~special_keys]


def renormalised(weights: Float[np.ndarray, "*rows n_k"]) -> Float[np.ndarray, "*rows n_k"]:
    """Each row divided by its sum, so that it sums to 1 again; a row of zeros stays 0.

    It is the softmax of the row as if the hidden keys had never been there: exp(sⱼ) / Σ exp(sⱼ) over those left.
    """
    total = weights.sum(axis=-1, keepdims=True)
    return weights / np.where(total == 0, 1, total).astype(weights.dtype)
