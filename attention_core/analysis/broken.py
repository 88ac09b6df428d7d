"""Ten ways to get attention wrong, each a function that can stand wherever `attention` stands, and does what its mistake does.

The right one is `attention_core.attention`; each of these differs from it in one step. Nothing here is
used to compute attention.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from attention_core.analysis.mistakes import largest_safe_score, over_queries, twice, without_max
from attention_core.attention import AttentionTrace, attention, join_sinks
from attention_core.positions import apply_rope

Q = Float[np.ndarray, "*heads n_q d_head"]
K = Float[np.ndarray, "*heads n_k d_head"]
V = Float[np.ndarray, "*heads n_k d_v"]
Mask = Bool[np.ndarray, "*#heads n_q n_k"] | None
Bias = Float[np.ndarray, "*#heads n_q n_k"] | None
Scale = float | None
Angles = Float[np.ndarray, "n_tokens half"]
# q, k, v, mask, bias, scale, and by name what else `attention` takes: temperature, softcap, sinks
AttentionFunction = Callable[..., AttentionTrace]

# what a cell of a trace passes through, in this order
STAGES = ("scores", "scaled_scores", "masked_scores", "weights")


def without_root(
    q: Q, k: K, v: V, mask: Mask = None, bias: Bias = None, scale: Scale = None, **terms: Any
) -> AttentionTrace:
    """softmax(q kᵀ) v: scores are √d times as large as they should be, so the largest weight of each row is too large."""
    return attention(q, k, v, mask, bias, scale=1.0, **terms)


def over_wrong_axis(
    q: Q, k: K, v: V, mask: Mask = None, bias: Bias = None, scale: Scale = None, **terms: Any
) -> AttentionTrace:
    """Softmax down the columns: each key shares itself out among the queries. Rows sum to anything, on average to n_k / n_q."""
    trace = attention(q, k, v, mask, bias, scale, **terms)
    return weighted_by(trace, over_queries(trace.masked_scores))


def masked_too_late(
    q: Q, k: K, v: V, mask: Mask = None, bias: Bias = None, scale: Scale = None, **terms: Any
) -> AttentionTrace:
    """softmax(scores) · mask: what blocked keys had is lost, so rows sum to less than 1."""
    trace = attention(q, k, v, None, bias, scale, **terms)
    return trace if mask is None else weighted_by(trace, trace.weights * mask)


def without_mask(
    q: Q, k: K, v: V, mask: Mask = None, bias: Bias = None, scale: Scale = None, **terms: Any
) -> AttentionTrace:
    """Every query sees every key, also those it should not see."""
    return attention(q, k, v, None, bias, scale, **terms)


def swapped(
    q: Q, k: K, v: V, mask: Mask = None, bias: Bias = None, scale: Scale = None, **terms: Any
) -> AttentionTrace:
    """softmax(k qᵀ / √d) v: the scores are transposed. Raises ValueError unless there are as many queries as keys."""
    return attention(k, q, v, mask, bias, scale, **terms)


def averaged(
    q: Q, k: K, v: V, mask: Mask = None, bias: Bias = None, scale: Scale = None, **terms: Any
) -> AttentionTrace:
    """Every head gets the mean of all heads' weights. A head alone (no axis before the tokens) is its own mean."""
    trace = attention(q, k, v, mask, bias, scale, **terms)
    if trace.weights.ndim < 3:
        return trace
    mean = trace.weights.mean(axis=-3, keepdims=True)
    return weighted_by(trace, np.repeat(mean, trace.weights.shape[-3], axis=-3))


def uniform(
    q: Q, k: K, v: V, mask: Mask = None, bias: Bias = None, scale: Scale = None, **terms: Any
) -> AttentionTrace:
    """q = 0 and no bias: all scores are 0, and each row is shared evenly among the keys it may see."""
    return attention(np.zeros_like(q), k, v, mask, None, scale, **terms)


def softmax_twice(
    q: Q, k: K, v: V, mask: Mask = None, bias: Bias = None, scale: Scale = None, **terms: Any
) -> AttentionTrace:
    """softmax(softmax(scores)) v: no weight is more than e times another, and a blocked key (0) gets one again, as exp(0) = 1."""
    trace = attention(q, k, v, mask, bias, scale, **terms)
    return weighted_by(trace, twice(joined_scores(trace))[..., : k.shape[-2]])


def without_largest(
    q: Q, k: K, v: V, mask: Mask = None, bias: Bias = None, scale: Scale = None, **terms: Any
) -> AttentionTrace:
    """All scores with one large number added, and a softmax that does not subtract the largest first: ∞ / ∞.

    To the right softmax the added number means nothing.
    """
    trace = attention(q, k, v, mask, bias, scale, **terms)
    number, n_k = large_number(trace.masked_scores), k.shape[-2]
    weights = without_max(joined_scores(trace) + number).weights[..., :n_k]
    return weighted_by(replace(trace, masked_scores=trace.masked_scores + number), weights)


def with_wrong_rope(angles: Angles) -> AttentionFunction:
    """Attention for q and k that were turned in half-split pairs: undone, and turned in neighbouring pairs."""

    def function(
        q: Q, k: K, v: V, mask: Mask = None, bias: Bias = None, scale: Scale = None, **terms: Any
    ) -> AttentionTrace:
        q, k = in_wrong_order(q, angles), in_wrong_order(k, angles)
        return attention(q, k, v, mask, bias, scale, **terms)

    return function


def in_wrong_order(
    x: Float[np.ndarray, "*heads n_tokens d_head"], angles: Angles
) -> Float[np.ndarray, "*heads n_tokens d_head"]:
    """RoPE in half-split pairs (x_i, x_{i+d/2}) undone, then done again in neighbouring pairs (x_2i, x_{2i+1}).

    By the same angles: each turns another pair. With d_head 2 there is one pair, and nothing changes.
    """
    unturned = apply_rope(x, -angles)
    in_halves = np.concatenate([unturned[..., ::2], unturned[..., 1::2]], axis=-1)
    first, second = np.split(apply_rope(in_halves, angles), 2, axis=-1)
    return np.stack([first, second], axis=-1).reshape(x.shape)


# all but the wrong order of RoPE, which needs angles
FUNCTIONS: dict[str, AttentionFunction] = {
    "no-root": without_root,
    "wrong-axis": over_wrong_axis,
    "mask-after": masked_too_late,
    "no-mask": without_mask,
    "swapped": swapped,
    "averaged": averaged,
    "uniform": uniform,
    "twice": softmax_twice,
    "no-max": without_largest,
}
ROPE = "rope"
NAMES = (*FUNCTIONS, ROPE)


def function_of(name: str, angles: Angles | None = None) -> AttentionFunction:
    """The broken attention of this name; `angles` are those that q and k were turned by.

    Raises ValueError where there is no such name, or no angles for the wrong order of RoPE.
    """
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    if name != ROPE or angles is None:
        raise ValueError(f"no broken attention “{name}”" + " without angles" * (name == ROPE))
    return with_wrong_rope(angles)


def large_number(scores: Float[np.ndarray, "*shape"]) -> float:
    """Twice the largest score that exp can take in their type: with it, every score above minus that largest is too large."""
    return 2 * largest_safe_score(scores.dtype.type)


def joined_scores(
    trace: AttentionTrace, scores: Float[np.ndarray, "*heads n_q n_k"] | None = None
) -> Float[np.ndarray, "*heads n_q n_joined"]:
    """What shares a row: the scores of the keys (the masked ones, or others) and, where the head has one, its sink."""
    scores = trace.masked_scores if scores is None else scores
    return scores if trace.sinks is None else join_sinks(scores, trace.sinks)


def weighted_by(
    trace: AttentionTrace, weights: Float[np.ndarray, "*heads n_q n_k"]
) -> AttentionTrace:
    """The trace from its weights on: other weights, and the context they give."""
    return replace(trace, weights=weights, context=weights @ trace.v)


def first_change(control: AttentionTrace, changed: AttentionTrace) -> str | None:
    """The first of STAGES in which any number differs; None where none does."""
    for stage in STAGES:
        before, after = getattr(control, stage), getattr(changed, stage)
        if not np.array_equal(before, after, equal_nan=True):
            return stage
    return None
