"""Many heads: project x to q, k, v, run attention in every head at once, merge, project back.

The heads are an ordinary axis before the tokens, and a batch of sequences is one more before the heads;
nothing here loops over them.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Shaped

from attention_core.attention import AttentionTrace, attention


@dataclass(frozen=True)
class Projections:
    """The four learned matrices of one attention layer. Raises ValueError naming the sizes that don't fit."""

    W_Q: Float[np.ndarray, "d_model q_size"]  # q_size = n_heads · d_head
    W_K: Float[np.ndarray, "d_model k_size"]  # k_size = n_kv_heads · d_head
    W_V: Float[np.ndarray, "d_model v_size"]  # v_size = n_kv_heads · d_v
    W_O: Float[np.ndarray, "o_size d_model"]  # o_size = n_heads · d_v
    n_heads: int = 1
    n_kv_heads: int | None = None  # None: as many as n_heads

    def __post_init__(self) -> None:
        n_heads, n_kv_heads = self.n_heads, self.kv_heads
        if n_heads < 1 or n_kv_heads < 1 or n_heads % n_kv_heads:
            raise ValueError(f"{n_heads} heads cannot share {n_kv_heads} key-value heads evenly")
        for name, size, parts in (
            ("W_Q", self.W_Q.shape[1], n_heads),
            ("W_K", self.W_K.shape[1], n_kv_heads),
            ("W_V", self.W_V.shape[1], n_kv_heads),
        ):
            if size % parts:
                raise ValueError(f"{name} has {size} columns, which {parts} heads cannot split")
        d_head, k_head = self.W_Q.shape[1] // n_heads, self.W_K.shape[1] // n_kv_heads
        if d_head != k_head:
            raise ValueError(f"W_Q gives each head {d_head} dimensions but W_K gives {k_head}")
        o_size = n_heads * (self.W_V.shape[1] // n_kv_heads)
        if self.W_O.shape[0] != o_size:
            raise ValueError(f"W_O has {self.W_O.shape[0]} rows but the heads merge to {o_size}")

    @property
    def kv_heads(self) -> int:
        return self.n_heads if self.n_kv_heads is None else self.n_kv_heads

    @property
    def group_size(self) -> int:
        """How many query heads share one key-value head."""
        return self.n_heads // self.kv_heads


@dataclass(frozen=True)
class MultiHeadTrace:
    """One multi-head layer: the per-head trace, then what W_O makes of the merged heads."""

    heads: AttentionTrace  # its arrays lead with *batch n_heads; k and v already repeated per group
    merged: Float[np.ndarray, "*batch n_tokens o_size"]
    output: Float[np.ndarray, "*batch n_tokens d_model"]


def split_heads(
    x: Float[np.ndarray, "*batch n_tokens size"], n_heads: int
) -> Float[np.ndarray, "*batch n_heads n_tokens d_head"]:
    """Cut the columns into n_heads equal blocks. Raises ValueError if they don't divide evenly."""
    *batch, n_tokens, size = x.shape
    if size % n_heads:
        raise ValueError(f"{size} columns cannot be split into {n_heads} heads")
    return x.reshape(*batch, n_tokens, n_heads, size // n_heads).swapaxes(-3, -2)


def merge_heads(
    context: Float[np.ndarray, "*batch n_heads n_tokens d_v"],
) -> Float[np.ndarray, "*batch n_tokens o_size"]:
    """Put the heads side by side again: the inverse of `split_heads`."""
    *batch, n_heads, n_tokens, d_v = context.shape
    return context.swapaxes(-3, -2).reshape(*batch, n_tokens, n_heads * d_v)


def repeat_kv(
    kv: Float[np.ndarray, "*batch n_kv_heads n_k d"], group_size: int
) -> Float[np.ndarray, "*batch n_heads n_k d"]:
    """Give each query head its key-value head: heads 0…group_size−1 share the first, and so on."""
    return kv if group_size == 1 else np.repeat(kv, group_size, axis=-3)


def project(
    x: Float[np.ndarray, "*batch n_tokens d_model"], projections: Projections
) -> tuple[
    Float[np.ndarray, "*batch n_heads n_tokens d_head"],
    Float[np.ndarray, "*batch n_kv_heads n_tokens d_head"],
    Float[np.ndarray, "*batch n_kv_heads n_tokens d_v"],
]:
    """q = x W_Q, k = x W_K, v = x W_V, split into heads. Raises ValueError if d_model differs."""
    d_model = projections.W_Q.shape[0]
    if x.shape[-1] != d_model:
        raise ValueError(f"x has {x.shape[-1]} dimensions but W_Q expects {d_model}")
    q = split_heads(x @ projections.W_Q, projections.n_heads)
    k = split_heads(x @ projections.W_K, projections.kv_heads)
    v = split_heads(x @ projections.W_V, projections.kv_heads)
    return q, k, v


def grouped_attention(
    q: Float[np.ndarray, "*batch n_heads n_q d_head"],
    k: Float[np.ndarray, "*batch n_kv_heads n_k d_head"],
    v: Float[np.ndarray, "*batch n_kv_heads n_k d_v"],
    mask: Bool[np.ndarray, "*#heads n_q n_k"] | None = None,
    bias: Float[np.ndarray, "*#heads n_q n_k"] | None = None,
    scale: float | None = None,
    temperature: float = 1.0,
    softcap: float | None = None,
    sinks: Float[np.ndarray, "*#heads"] | None = None,
) -> AttentionTrace:
    """`attention` in every head, where n_heads // n_kv_heads query heads share one key-value head."""
    group_size = q.shape[-3] // k.shape[-3]
    k, v = repeat_kv(k, group_size), repeat_kv(v, group_size)
    return attention(q, k, v, mask, bias, scale, temperature, softcap, sinks)


def multi_head_attention(
    x: Float[np.ndarray, "*batch n_tokens d_model"],
    projections: Projections,
    mask: Bool[np.ndarray, "n_tokens n_tokens"] | None = None,
    bias: Float[np.ndarray, "#n_heads n_tokens n_tokens"] | None = None,
    scale: float | None = None,
    temperature: float = 1.0,
) -> MultiHeadTrace:
    """Concat(head_1 … head_h) W_O with head_i = attention(x W_Q_i, x W_K_i, x W_V_i) (Vaswani et al. 2017, §3.2.2)."""
    q, k, v = project(x, projections)
    heads = grouped_attention(q, k, v, mask, bias, scale, temperature)
    merged = merge_heads(heads.context)
    return MultiHeadTrace(heads, merged, output=merged @ projections.W_O)


def head_of(trace: AttentionTrace, head: int) -> AttentionTrace:
    """One head of a multi-head trace: every array without its leading axis."""
    return AttentionTrace(
        q=trace.q[head],
        k=trace.k[head],
        v=trace.v[head],
        mask=of_head(trace.mask, head),
        bias=of_head(trace.bias, head),
        scale=trace.scale,
        temperature=trace.temperature,
        softcap=trace.softcap,
        sinks=sink_of_head(trace.sinks, head),
        scores=trace.scores[head],
        scaled_scores=trace.scaled_scores[head],
        capped_scores=trace.capped_scores[head],
        masked_scores=trace.masked_scores[head],
        weights=trace.weights[head],
        context=trace.context[head],
    )


def of_head(
    array: Shaped[np.ndarray, "*#heads n_q n_k"] | None, head: int
) -> Shaped[np.ndarray, "n_q n_k"] | None:
    """The head's own mask or bias; the common one where all heads share it."""
    if array is None or array.ndim == 2:
        return array
    return array[head if array.shape[0] > 1 else 0]


def sink_of_head(
    sinks: Float[np.ndarray, " #n_heads"] | Float[np.ndarray, ""] | None, head: int
) -> Float[np.ndarray, ""] | None:
    """The head's own sink; the common one where all heads share it."""
    if sinks is None:
        return None
    return np.asarray(sinks[head] if sinks.size > 1 else sinks.reshape(()))
