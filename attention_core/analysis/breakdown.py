"""One row of attention taken apart: from the chosen query's scores to its weights, key by key."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from attention_core.attention import AttentionTrace, join_sinks
from attention_core.softmax import softmax_steps


@dataclass(frozen=True)
class SinkShare:
    """The score of no key that a head with a sink adds to the row, through the same steps as a key's."""

    score: float
    exp: float
    weight: float


@dataclass(frozen=True)
class RowBreakdown:
    """The softmax of one query: each array has one number per key, in the order of the keys."""

    scores: Float[np.ndarray, " n_k"]  # q·k
    scaled_scores: Float[np.ndarray, " n_k"]
    capped_scores: Float[np.ndarray, " n_k"]  # scaled_scores where there is no soft cap
    bias: Float[np.ndarray, " n_k"] | None
    masked_scores: Float[np.ndarray, " n_k"]  # −inf where blocked
    tempered: Float[np.ndarray, " n_k"]  # masked_scores / temperature
    top: float  # the largest of them, the sink's included
    shifted: Float[np.ndarray, " n_k"]
    exps: Float[np.ndarray, " n_k"]
    total: float  # Σ exps, the sink's included
    weights: Float[np.ndarray, " n_k"]
    sink: SinkShare | None

    @property
    def row_sum(self) -> float:
        """1, or 0 where the mask allows no key at all; less than 1 where a sink takes the rest."""
        return float(self.weights.sum())


def row_breakdown(trace: AttentionTrace, q_pos: int) -> RowBreakdown:
    """The steps of row `q_pos` of one head's trace (2-D arrays). Raises ValueError for a row that is not there."""
    n_q = trace.weights.shape[0]
    if trace.weights.ndim != 2 or not 0 <= q_pos < n_q:
        raise ValueError(f"no query {q_pos} in weights of shape {trace.weights.shape}")
    masked_scores, n_k = trace.masked_scores[q_pos], trace.weights.shape[1]
    joined = (
        masked_scores if trace.sinks is None else join_sinks(masked_scores[None], trace.sinks)[0]
    )
    steps = softmax_steps(joined, temperature=trace.temperature)
    sink = None
    if trace.sinks is not None:
        sink = SinkShare(float(joined[-1]), float(steps.exps[-1]), float(steps.weights[-1]))
    return RowBreakdown(
        trace.scores[q_pos],
        trace.scaled_scores[q_pos],
        trace.capped_scores[q_pos],
        None if trace.bias is None else trace.bias[q_pos],
        masked_scores,
        steps.tempered[:n_k],
        float(steps.top.item()),
        steps.shifted[:n_k],
        steps.exps[:n_k],
        float(steps.total.item()),
        steps.weights[:n_k],
        sink,
    )


def strongest(
    weights: Float[np.ndarray, " n_k"], n: int, also: int | None = None
) -> Int[np.ndarray, " n_kept"]:
    """The positions of the n largest weights, in the order of the keys; ties go to the earlier key.

    `also` is a key that must be among them: it takes the place of the last one.
    """
    order = np.argsort(-weights, kind="stable")
    if also is not None and also not in order[:n]:
        order = np.concatenate([order[: n - 1], [also]])
    return np.sort(order[:n])
