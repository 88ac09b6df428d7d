"""Many heads: project x to q, k, v, run attention in every head at once, merge, project back.

The heads are an ordinary axis before the tokens, and a batch of sequences is one more before the heads;
nothing here loops over them.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Shaped

from attention_core.attention import AttentionTrace, attention
from attention_core.checks import check_axes, check_groups, check_sharing, floats


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
        for name in ("W_Q", "W_K", "W_V", "W_O"):
            matrix = getattr(self, name)
            if matrix.ndim != 2:
                raise ValueError(f"{name} must be a matrix, got the shape {matrix.shape}")
        n_heads, n_kv_heads = self.n_heads, self.kv_heads
        check_sharing(n_heads, n_kv_heads)
        for name, parts in (("W_Q", n_heads), ("W_K", n_kv_heads), ("W_V", n_kv_heads)):
            d_model, size = getattr(self, name).shape
            if d_model != self.W_Q.shape[0]:
                raise ValueError(f"{name} has {d_model} rows but W_Q has {self.W_Q.shape[0]}")
            if size % parts:
                raise ValueError(f"{name} has {size} columns, which {parts} heads cannot split")
        d_head, k_head = self.W_Q.shape[1] // n_heads, self.W_K.shape[1] // n_kv_heads
        if d_head != k_head:
            raise ValueError(f"W_Q gives each head {d_head} dimensions but W_K gives {k_head}")
        o_size, d_model = n_heads * (self.W_V.shape[1] // n_kv_heads), self.W_Q.shape[0]
        if self.W_O.shape[0] != o_size:
            raise ValueError(f"W_O has {self.W_O.shape[0]} rows but the heads merge to {o_size}")
        if self.W_O.shape[1] != d_model:
            raise ValueError(f"W_O has {self.W_O.shape[1]} columns but W_Q has {d_model} rows")

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
    check_axes("x", x, 2, "(tokens, columns)")
    *batch, n_tokens, size = x.shape
    if n_heads < 1 or size % n_heads:
        raise ValueError(f"{size} columns cannot be split into {n_heads} heads")
    return x.reshape(*batch, n_tokens, n_heads, size // n_heads).swapaxes(-3, -2)


def merge_heads(
    context: Float[np.ndarray, "*batch n_heads n_tokens d_v"],
) -> Float[np.ndarray, "*batch n_tokens o_size"]:
    """Put the heads side by side again: the inverse of `split_heads`. Raises ValueError if there are no heads."""
    check_axes("context", context, 3, "(heads, tokens, d_v)")
    *batch, n_heads, n_tokens, d_v = context.shape
    return context.swapaxes(-3, -2).reshape(*batch, n_tokens, n_heads * d_v)


def repeat_kv(
    kv: Shaped[np.ndarray, "*batch n_kv_heads n_k d"], group_size: int
) -> Shaped[np.ndarray, "*batch n_heads n_k d"]:
    """Give each query head its key-value head: heads 0…group_size−1 share the first, and so on.

    Raises ValueError for a group of nobody.
    """
    check_axes("kv", kv, 3, "(heads, tokens, dimensions)")
    if group_size < 1:
        raise ValueError(f"a key-value head serves at least 1 query head, got {group_size}")
    return kv if group_size == 1 else np.repeat(kv, group_size, axis=-3)


def project(
    x: Shaped[np.ndarray, "*batch n_tokens d_model"], projections: Projections
) -> tuple[
    Float[np.ndarray, "*batch n_heads n_tokens d_head"],
    Float[np.ndarray, "*batch n_kv_heads n_tokens d_head"],
    Float[np.ndarray, "*batch n_kv_heads n_tokens d_v"],
]:
    """q = x W_Q, k = x W_K, v = x W_V, split into heads. Raises ValueError if d_model differs."""
    check_axes("x", x, 2, "(tokens, d_model)")
    x, d_model = floats(x), projections.W_Q.shape[0]
    if x.shape[-1] != d_model:
        raise ValueError(f"x has {x.shape[-1]} dimensions but W_Q expects {d_model}")
    q = split_heads(x @ projections.W_Q, projections.n_heads)
    k = split_heads(x @ projections.W_K, projections.kv_heads)
    v = split_heads(x @ projections.W_V, projections.kv_heads)
    return q, k, v


def grouped_attention(
    q: Shaped[np.ndarray, "*batch n_heads n_q d_head"],
    k: Shaped[np.ndarray, "*batch n_kv_heads n_k d_head"],
    v: Shaped[np.ndarray, "*batch n_kv_heads n_k d_v"],
    mask: Bool[np.ndarray, "*#heads n_q n_k"] | None = None,
    bias: Float[np.ndarray, "*#heads n_q n_k"] | None = None,
    scale: float | None = None,
    temperature: float = 1.0,
    softcap: float | None = None,
    sinks: Float[np.ndarray, "*#heads"] | None = None,
) -> AttentionTrace:
    """`attention` in every head, where n_heads // n_kv_heads query heads share one key-value head.

    Raises ValueError unless they share them evenly, and as `attention` does.
    """
    check_groups(q, k, v)
    group_size = q.shape[-3] // k.shape[-3]
    k, v = repeat_kv(k, group_size), repeat_kv(v, group_size)
    return attention(q, k, v, mask, bias, scale, temperature, softcap, sinks)


def multi_head_attention(
    x: Shaped[np.ndarray, "*batch n_tokens d_model"],
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
    """One head of a multi-head trace: every array without its leading axis. Raises ValueError for a head it has not."""
    heads = trace.weights.shape[:-2]
    if len(heads) != 1 or not 0 <= head < heads[0]:
        raise ValueError(f"no head {head} in weights of shape {trace.weights.shape}")
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
