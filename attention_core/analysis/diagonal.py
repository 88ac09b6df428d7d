"""What the two sides of a square attention matrix, and its diagonal, say about asking and offering.

Only for self-attention: rows and columns must be the same tokens.
"""

import numpy as np
from jaxtyping import Bool, Float


def asymmetry(scores: Float[np.ndarray, "n_q n_k"]) -> float:
    """max |S − Sᵀ|: 0 where every pair of tokens scores the same in both directions.

    Raises ValueError unless the matrix is square.
    """
    _check_square(scores)
    return float(np.abs(scores - scores.T).max(initial=0.0))


def prefers_itself(weights: Float[np.ndarray, "n_q n_k"]) -> Bool[np.ndarray, " n_q"]:
    """Whether a token gives itself more weight than any other key; a tie does not count.

    Raises ValueError unless the matrix is square.
    """
    _check_square(weights)
    own = np.diag(weights)
    others = np.where(np.eye(len(weights), dtype=bool), -np.inf, weights)
    return own > others.max(axis=1, initial=-np.inf)


def _check_square(matrix: np.ndarray) -> None:
    if matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"rows and columns must be the same tokens, got {matrix.shape}")
