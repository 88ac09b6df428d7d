"""One row's online softmax, block by block, with everything that a reader can check; and whole layers against it.

The steps are `long_attention.take_block` itself, called once per block; nothing is computed a second way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Shaped

from attention_core.attention import AttentionTrace
from attention_core.checks import floats
from attention_core.long_attention import (
    RowsSoFar,
    Rule,
    attention_in_blocks,
    no_keys_yet,
    take_block,
    weights_of_row,
)


@dataclass(frozen=True)
class OnlineStep:
    """What is known of one row once a block of keys has been taken in."""

    first: int  # the block's first key …
    stop: int  # … and the one behind its last
    shrink: float  # r = exp(top before − top now): what becomes of everything summed up before
    before: RowsSoFar
    rows: RowsSoFar

    @property
    def top(self) -> float:
        return float(self.rows.top[0, 0])

    @property
    def top_before(self) -> float:
        """−∞ where no key was taken in before, or none that the query may see."""
        return float(self.before.top[0, 0])

    @property
    def total(self) -> float:
        return float(self.rows.total[0, 0])

    @property
    def total_before(self) -> float:
        return float(self.before.total[0, 0])

    @property
    def joined(self) -> float:
        """Σ exp(score − top) over the block alone."""
        return self.total - self.shrink * self.total_before

    @property
    def context(self) -> Float[np.ndarray, " d_v"]:
        return self.rows.context[0]


def online_steps(
    scores: Shaped[np.ndarray, " n_k"], v: Float[np.ndarray, "n_k d_v"], block: int
) -> list[OnlineStep]:
    """The row's keys in blocks of `block`, in order; `scores` are scaled and −inf where blocked.

    Raises ValueError for a block below 1.
    """
    scores = floats(scores)
    if block < 1:
        raise ValueError(f"a block needs at least 1 key, got {block}")
    rows, steps = no_keys_yet((1,), v.shape[-1], scores.dtype), []
    for first in range(0, len(scores), block):
        stop = min(first + block, len(scores))
        before, rows = rows, take_block(rows, scores[None, first:stop], v[first:stop])
        steps.append(OnlineStep(first, stop, _shrink(before.top, rows.top), before, rows))
    return steps


def _shrink(before: np.ndarray, now: np.ndarray) -> float:
    """1 where nothing was there to shrink: neither before nor now."""
    return 1.0 if np.isneginf(now[0, 0]) else float(np.exp(before - now)[0, 0])


@dataclass(frozen=True)
class InBlocks:
    """Many heads computed both ways: the largest differences, and how large the numbers are."""

    n_heads: int
    context_difference: float
    context_size: float
    row_difference: float  # of one row of weights, computed again from the two numbers kept of it


def against_matrix(traces: Sequence[AttentionTrace], block: int, row: int) -> InBlocks:
    """Each trace's own q, k, v, mask and scale again, in blocks.

    Raises ValueError where a bias is added to the scores, which is a matrix of n × n itself, and for a soft
    cap or a sink, which blocks don't have.
    """
    contexts, sizes, rows = [], [], []
    for trace in traces:
        if trace.bias is not None:
            raise ValueError("a bias on the scores has no rule: it is a matrix of n × n itself")
        if trace.softcap is not None or trace.sinks is not None:
            raise ValueError("attention in blocks has no soft cap and no sinks")
        again = attention_in_blocks(
            trace.q, trace.k, trace.v, _rule(trace.mask), trace.scale, block
        )
        contexts.append(abs(again.context - trace.context).max())
        sizes.append(abs(trace.context).max())
        allowed = True if trace.mask is None else trace.mask[row]
        weights = weights_of_row(
            trace.q[row], trace.k, float(again.top[row, 0]), float(again.total[row, 0]), trace.scale
        )
        rows.append(abs(np.where(allowed, weights, 0) - trace.weights[row]).max())
    return InBlocks(len(traces), float(max(contexts)), float(max(sizes)), float(max(rows)))


def _rule(mask: Bool[np.ndarray, "n_q n_k"] | None) -> Rule | None:
    """A mask that is there already, as the rule that it is: its rows are the last of its columns."""
    if mask is None:
        return None
    first = mask.shape[1] - mask.shape[0]
    return lambda q_pos, k_pos: mask[q_pos - first, k_pos]


def block_alone(
    scores: Float[np.ndarray, "n_q n_k"], step: OnlineStep
) -> Float[np.ndarray, "n_q n_k"]:
    """The scores that exist while the step's block is taken in; nan where they are forgotten or yet to come."""
    there = np.full_like(scores, np.nan)
    there[:, step.first : step.stop] = scores[:, step.first : step.stop]
    return there


def largest_shrink(steps: Sequence[OnlineStep]) -> int | None:
    """The step that made what came before shrink the most; None where no later block had a larger score."""
    shrinks = [1.0, *(step.shrink for step in steps[1:])]  # before the first there is nothing
    least = int(np.argmin(shrinks))
    return least if shrinks[least] < 1 else None
