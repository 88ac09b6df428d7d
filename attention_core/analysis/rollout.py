"""Attention rollout: what reaches a token through all layers, if attention and the residual were all there is.

After Abnar & Zuidema 2020 (arXiv 2005.00928). Values, W_O, MLPs and norms are left out of account.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

RESIDUAL = 0.5  # as in the paper: half of a vector stays, half is handed over by attention


@dataclass(frozen=True)
class Rollout:
    """The shares of the input tokens in each token after the last layer, and how one token's came about."""

    matrix: Float[np.ndarray, "n_tokens n_tokens"]  # rows: tokens at the top; columns: input tokens
    growth: Float[np.ndarray, "n_layers_and_1 n_tokens"]  # one token: before any layer, after each


def mixed(
    mean_weights: Float[np.ndarray, "n_q n_k"], residual: float = RESIDUAL
) -> Float[np.ndarray, "n_q n_k"]:
    """Ā = (1 − r) A + r I with A averaged over the heads and r the share of the residual; each row sums to 1.

    A row without any weight keeps its token. Raises ValueError unless A is square and 0 ≤ r ≤ 1.
    """
    n_q, n_k = mean_weights.shape
    if n_q != n_k:
        raise ValueError(f"rollout needs as many queries as keys, got {mean_weights.shape}")
    if not 0 <= residual <= 1:
        raise ValueError(f"the share of the residual is between 0 and 1, got {residual}")
    both = (1 - residual) * mean_weights.astype(np.float64) + residual * np.eye(n_q)
    total = both.sum(axis=1, keepdims=True)
    return np.where(total > 0, both / np.where(total > 0, total, 1), np.eye(n_q))


def after_each_layer(
    layers: Iterable[Float[np.ndarray, "n_tokens n_tokens"]], residual: float = RESIDUAL
) -> Iterator[Float[np.ndarray, "n_tokens n_tokens"]]:
    """R_l = Ā_l R_(l−1): a later layer multiplies from the left, for it mixes what the earlier ones made.

    `layers` are weights averaged over heads, the first layer first; one at a time is held.
    """
    so_far: np.ndarray | None = None
    for mean_weights in layers:
        layer = mixed(mean_weights, residual)
        so_far = layer if so_far is None else layer @ so_far
        yield so_far


def roll_out(
    layers: Iterable[Float[np.ndarray, "n_tokens n_tokens"]], q_pos: int, residual: float = RESIDUAL
) -> Rollout:
    """Ā_L … Ā_1, and the row `q_pos` before the first layer (the token alone) and after each.

    Raises ValueError without a layer and for a token that is not there.
    """
    matrices = after_each_layer(layers, residual)
    matrix = next(matrices, None)
    if matrix is None:
        raise ValueError("rollout needs at least one layer")
    if not 0 <= q_pos < len(matrix):
        raise ValueError(f"there is no token {q_pos} among {len(matrix)}")
    growth = [np.eye(len(matrix))[q_pos], matrix[q_pos]]
    for matrix in matrices:
        growth.append(matrix[q_pos])
    return Rollout(matrix, np.stack(growth))
