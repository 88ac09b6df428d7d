"""What each key hands to one query: the terms whose sum is the query's context."""

import numpy as np
from jaxtyping import Float

from attention_core.attention import AttentionTrace


def weighted_values(trace: AttentionTrace, q_pos: int) -> Float[np.ndarray, "n_k d_v"]:
    """a_j v_j for each key j of one head's trace; the rows sum to context[q_pos] (Vaswani et al. 2017, eq. 1).

    Raises ValueError for a query that is not there.
    """
    if trace.weights.ndim != 2 or not 0 <= q_pos < len(trace.weights):
        raise ValueError(f"no query {q_pos} in weights of shape {trace.weights.shape}")
    return trace.weights[q_pos][:, None] * trace.v
