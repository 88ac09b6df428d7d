"""Scaled dot-product attention, the one function both worlds run: the toy and the pretrained model.

It is handed q, k, v; where they come from (projections, RoPE, a real model) is not its business.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

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
    q: Float[np.ndarray, "*heads n_q d_head"],
    k: Float[np.ndarray, "*heads n_k d_head"],
    v: Float[np.ndarray, "*heads n_k d_v"],
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
    Raises ValueError naming the sizes that don't fit.
    """
    check_sizes(q, k, v, mask, bias, sinks)
    if softcap is not None and not softcap > 0:
        raise ValueError(f"softcap must be above 0, got {softcap}: None leaves scores uncapped")
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


def check_sizes(
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    mask: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    sinks: np.ndarray | None = None,
) -> None:
    """Raises ValueError naming the sizes that don't fit, before any number is computed."""
    if min(q.ndim, k.ndim, v.ndim) < 2:
        raise ValueError(f"q, k, v need (tokens, dimensions): got {q.shape}, {k.shape}, {v.shape}")
    if q.shape[-1] != k.shape[-1]:
        raise ValueError(
            f"q has d_head {q.shape[-1]} but k has d_head {k.shape[-1]}: no dot product"
        )
    if k.shape[-2] != v.shape[-2]:
        raise ValueError(
            f"k has {k.shape[-2]} tokens but v has {v.shape[-2]}: each key needs one value"
        )
    n_q, n_k = q.shape[-2], k.shape[-2]
    for name, array in (("mask", mask), ("bias", bias)):
        if array is not None and array.shape[-2:] != (n_q, n_k):
            raise ValueError(f"{name} is {array.shape[-2:]} but scores are ({n_q}, {n_k})")
    heads = q.shape[:-2]
    if sinks is not None and not _broadcasts(sinks.shape, heads):
        raise ValueError(f"sinks are {sinks.shape} but heads are {heads}: each head has one")


def _broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(shape, to) == to
    except ValueError:
        return False
