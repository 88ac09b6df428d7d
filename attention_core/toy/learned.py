"""What the learned matrices say, symbol by symbol: who looks for whom, and what is handed over. Nothing is read or trained."""

import numpy as np
from jaxtyping import Float

from attention_core.heads import split_heads
from attention_core.toy.learner import Parameters, projections


def looks_for(
    parameters: Parameters, n_heads: int, head: int
) -> Float[np.ndarray, "n_symbols n_symbols"]:
    """E W_Q W_Kᵀ Eᵀ / √d_head: what a symbol of the query (row) and one of the key (column) add to the scaled score.

    A token is the sum of its symbols, so its score is the sum of their cells.
    """
    W_Q = split_heads(parameters.W_Q, n_heads)[head]
    W_K = split_heads(parameters.W_K, n_heads)[head]
    return (parameters.E @ W_Q) @ (parameters.E @ W_K).T / np.sqrt(W_Q.shape[1])


def hands_over(
    parameters: Parameters, n_heads: int, head: int
) -> Float[np.ndarray, "n_symbols n_words"]:
    """E W_V W_O Eᵀ: what a symbol (row) adds to the logit of each word (column) when all of the weight is on it."""
    W_V = split_heads(parameters.W_V, n_heads)[head]
    n_words = W_V.shape[1]
    W_O = projections(parameters, n_heads).W_O[head * n_words : (head + 1) * n_words]
    return parameters.E @ W_V @ W_O @ parameters.E[:n_words].T
