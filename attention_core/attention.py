"""Scaled dot-product attention, the one function both worlds run: the toy and the pretrained model.

It is handed q, k, v; where they come from (projections, RoPE, a real model) is not its business.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Shaped

from attention_core.checks import check_attention, floats
from attention_core.softmax import softmax


@dataclass(frozen=True)
class AttentionTrace:
    """One attention call: what went in, then every intermediate in the order it is computed."""

    q: Float[np.ndarray, "*heads n_q d_head"]
    k: Float[np.ndarray, "*heads n_k d_head"]
    v: Float[np.ndarray, "*heads n_k d_v"]
    mask: Bool[np.ndarray, "*#heads n_q n_k"] | None
    bias: Float[np.ndarray, "*#heads n_q n_k"] | None
    scale: float
    temperature: float
    softcap: float | None
    sinks: Float[np.ndarray, "*#heads"] | None
    scores: Float[np.ndarray, "*heads n_q n_k"]
    scaled_scores: Float[np.ndarray, "*heads n_q n_k"]
    capped_scores: Float[np.ndarray, "*heads n_q n_k"]
    masked_scores: Float[np.ndarray, "*heads n_q n_k"]
    weights: Float[np.ndarray, "*heads n_q n_k"]
    context: Float[np.ndarray, "*heads n_q d_v"]


def attention(
    q: Shaped[np.ndarray, "*heads n_q d_head"],
    k: Shaped[np.ndarray, "*heads n_k d_head"],
    v: Shaped[np.ndarray, "*heads n_k d_v"],
    mask: Bool[np.ndarray, "*#heads n_q n_k"] | None = None,
    bias: Float[np.ndarray, "*#heads n_q n_k"] | None = None,
    scale: float | None = None,
    temperature: float = 1.0,
    softcap: float | None = None,
    sinks: Float[np.ndarray, "*#heads"] | None = None,
) -> AttentionTrace:
    """softmax(q kᵀ / √d_head) v (Vaswani et al. 2017, eq. 1).

    Where `mask` is False the score becomes −inf, so that key gets weight 0. `bias` is added to the
    scaled scores (T5). `scale` replaces 1/√d_head: 1.0 leaves the scores as they are.
    `softcap` keeps scaled scores between −softcap and softcap (Gemma 2). `sinks` gives each head one
    more score, of no key, that takes its share of the softmax (GPT-OSS).
    Raises ValueError naming the sizes that don't fit, and for a mask that is not boolean.
    """
    check_attention(q, k, v, mask, bias, softcap, sinks)
    q, k, v = floats(q), floats(k), floats(v)
    # float(): a NumPy float64 would widen float32 scores
    scale = float(1 / np.sqrt(q.shape[-1]) if scale is None else scale)

    scores = q @ k.swapaxes(-1, -2)
    scaled_scores = scores * scale
    capped_scores = scaled_scores if softcap is None else soft_capped(scaled_scores, softcap)
    biased_scores = capped_scores if bias is None else capped_scores + bias
    masked_scores = biased_scores if mask is None else np.where(mask, biased_scores, -np.inf)
    joined_scores = masked_scores if sinks is None else join_sinks(masked_scores, sinks)
    weights = softmax(joined_scores, axis=-1, temperature=temperature)[..., : k.shape[-2]]
    context = weights @ v

    return AttentionTrace(
        q, k, v, mask, bias, scale, temperature, softcap, sinks,
        scores, scaled_scores, capped_scores, masked_scores, weights, context,
    )  # fmt: skip


def softmax_of(
    trace: AttentionTrace, scores: Float[np.ndarray, "*heads n_q n_k"]
) -> Float[np.ndarray, "*heads n_q n_k"]:
    """What the softmax of a call makes of other scores: with its temperature and its sinks."""
    joined_scores = scores if trace.sinks is None else join_sinks(scores, trace.sinks)
    return softmax(joined_scores, temperature=trace.temperature)[..., : scores.shape[-1]]


def soft_capped(scores: Float[np.ndarray, "*shape"], softcap: float) -> Float[np.ndarray, "*shape"]:
    """c · tanh(s / c): about s near 0, and never beyond ±c (Gemma Team 2024, §2)."""
    softcap = float(softcap)  # a NumPy float64 would widen float32 scores
    return softcap * np.tanh(scores / softcap)


def join_sinks(
    scores: Float[np.ndarray, "*heads n_q n_k"], sinks: Float[np.ndarray, "*#heads"]
) -> Float[np.ndarray, "*heads n_q n_k+1"]:
    """One more column, after the keys: each head's sink, the same for all of its queries.

    It takes part in the softmax and its share is dropped, so the weights of the keys sum to less than 1.
    """
    column = np.broadcast_to(sinks[..., None, None], (*scores.shape[:-1], 1))
    return np.concatenate([scores, column.astype(scores.dtype)], axis=-1)
