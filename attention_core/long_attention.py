"""Attention for long texts: what `attention` computes, without ever holding its n_q × n_k matrices.

The keys come a block at a time, and the softmax of each row is put together on the way: the online
softmax (Milakov & Gimelshein 2018), as FlashAttention uses it (Dao et al. 2022). No weights are kept,
so nothing here can be drawn as a heatmap; `weights_of_row` computes a row of them again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from attention_core.checks import check_attention, check_row, check_rule, floats

BLOCK = 512  # tokens: 512 × 512 scores in float32 are 1 MB, about what a core's own cache holds
AT_ONCE = 2 * BLOCK**2  # scores in one call of NumPy: short texts have that of several heads

# which key each query may look at, said as a rule on positions in the text, where the queries are the last
# n_q of n_k tokens: a mask of n_q × n_k would be large itself
Rule = Callable[[Int[np.ndarray, "n_q 1"], Int[np.ndarray, "1 n_k"]], Bool[np.ndarray, "n_q n_k"]]


@dataclass(frozen=True)
class RowsSoFar:
    """The softmax and the weighted sum of some rows, of the keys that have been seen."""

    top: Float[np.ndarray, "*heads n_q 1"]  # the largest score so far; −inf where none was allowed
    total: Float[np.ndarray, "*heads n_q 1"]  # Σ exp(score − top)
    weighted: Float[np.ndarray, "*heads n_q d_v"]  # Σ exp(score − top) · v, not yet over `total`

    @property
    def context(self) -> Float[np.ndarray, "*heads n_q d_v"]:
        """What `attention` would hand over if there were no more keys; 0 where none was allowed."""
        return self.weighted / np.where(self.total == 0, 1, self.total)


@dataclass(frozen=True)
class LongAttention:
    """The context of every query, and the two numbers per row that bring any of its weights back."""

    context: Float[np.ndarray, "*heads n_q d_v"]
    top: Float[np.ndarray, "*heads n_q 1"]
    total: Float[np.ndarray, "*heads n_q 1"]


def no_keys_yet(rows: tuple[int, ...], d_v: int, dtype: np.dtype) -> RowsSoFar:
    """Where every row begins; `rows` says how many there are: (n_q,) or (heads, n_q)."""
    return RowsSoFar(
        np.full((*rows, 1), -np.inf, dtype),
        np.zeros((*rows, 1), dtype),
        np.zeros((*rows, d_v), dtype),
    )


def take_block(
    rows: RowsSoFar,
    scores: Shaped[np.ndarray, "*heads n_q n_block"],
    v: Float[np.ndarray, "*heads n_block d_v"],
    room: Float[np.ndarray, "*heads n_q n_block"] | None = None,
) -> RowsSoFar:
    """One step of the online softmax: a block of scores and their values joins what was seen before.

    top′ = max(top, max scores),  r = exp(top − top′),  e = exp(scores − top′),
    total′ = r · total + Σ e,  weighted′ = r · weighted + e v.
    A larger score than all before makes what was summed up shrink by r ≤ 1; else r is 1.
    The exps are written to `room` if it is given; it may be `scores` itself, where nobody needs them any more.
    Raises ValueError unless each score has its value.
    """
    if scores.shape[-1] != v.shape[-2]:
        raise ValueError(f"the block has {scores.shape[-1]} keys but {v.shape[-2]} values")
    scores = floats(scores)
    top = np.maximum(rows.top, scores.max(axis=-1, keepdims=True))
    subtracted = np.maximum(top, np.finfo(top.dtype).min)  # finite, also in rows without a key
    shrink = np.exp(rows.top - subtracted)
    exps = np.subtract(scores, subtracted, out=room)
    np.exp(exps, out=exps)  # in place: a block is large enough for new memory to cost time
    ones = np.ones((exps.shape[-1], 1), exps.dtype)  # e · 1 is Σ e, in a third of the time
    return RowsSoFar(top, shrink * rows.total + exps @ ones, shrink * rows.weighted + exps @ v)


def attention_in_blocks(
    q: Shaped[np.ndarray, "*heads n_q d_head"],
    k: Shaped[np.ndarray, "*heads n_k d_head"],
    v: Shaped[np.ndarray, "*heads n_k d_v"],
    may_attend: Rule | None = None,
    scale: float | None = None,
    block: int = BLOCK,
) -> LongAttention:
    """softmax(q kᵀ · scale) v as `attention` computes it, in memory that grows with n · block, never n².

    `may_attend` is the mask as a rule on positions, such as `masks.sees_the_past`; the queries are the last
    n_q of n_k tokens, as in `masks.causal_mask`. `scale` is 1/√d_head unless given.
    Raises ValueError naming the sizes that don't fit, and for a block below 1.
    """
    check_attention(q, k, v)
    if block < 1:
        raise ValueError(f"a block needs at least 1 token, got {block}")
    q, k, v = floats(q), floats(k), floats(v)
    n_q, n_k, dtype = q.shape[-2], k.shape[-2], np.result_type(q, k, v)
    scale = float(1 / np.sqrt(q.shape[-1]) if scale is None else scale)
    found = LongAttention(*(np.empty((*q.shape[:-1], d), dtype) for d in (v.shape[-1], 1, 1)))
    n_heads = int(np.prod(q.shape[:-2]))
    n_asking, n_offering = (max(1, min(n, block)) for n in (n_q, n_k))  # in a block
    q, k, v, context, top, total = (
        array.reshape(n_heads, *array.shape[-2:])
        for array in (q, k, v, found.context, found.top, found.total)
    )
    together = max(1, min(n_heads, AT_ONCE // (n_asking * n_offering)))
    room = np.empty((together, n_asking, n_offering), dtype)  # for each block's scores in turn
    for heads in _blocks(n_heads, together):
        for asking in _blocks(n_q, block):
            positions = np.arange(asking.start, asking.stop)[:, None] + (n_k - n_q)
            scaled_q = q[heads, asking].astype(dtype, copy=False) * scale
            rows = _rows(scaled_q, k[heads], v[heads], positions, may_attend, room)
            context[heads, asking] = rows.context
            top[heads, asking], total[heads, asking] = rows.top, rows.total
    return found


def weights_of_row(
    q: Float[np.ndarray, " d_head"],
    k: Float[np.ndarray, "n_k d_head"],
    top: float,
    total: float,
    scale: float,
) -> Float[np.ndarray, " n_k"]:
    """exp(q·k · scale − top) / total: the weights of one unmasked row again, from the two numbers kept of it.

    Raises ValueError naming the sizes that don't fit.
    """
    check_row(q, k)
    return np.exp(k @ q * scale - top) / total


def _rows(
    scaled_q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    q_pos: np.ndarray,
    may_attend: Rule | None,
    room: np.ndarray,
) -> RowsSoFar:
    """All keys, block by block, for one block of queries of some heads."""
    n_heads, n_q, _ = scaled_q.shape
    rows = no_keys_yet((n_heads, n_q), v.shape[-1], room.dtype)
    for offering in _blocks(k.shape[-2], room.shape[-1]):
        k_pos = np.arange(offering.start, offering.stop)[None, :]
        allowed = None if may_attend is None else may_attend(q_pos, k_pos)
        if allowed is not None:
            check_rule(allowed, (n_q, k_pos.size))
        if allowed is not None and not allowed.any():
            continue  # nothing to see here: under a causal mask this spares almost half of the work
        scores = room[:n_heads, :n_q, : offering.stop - offering.start]
        np.matmul(scaled_q, k[:, offering].swapaxes(-1, -2), out=scores)
        if allowed is not None and not allowed.all():
            np.copyto(scores, -np.inf, where=~allowed)
        rows = take_block(rows, scores, v[:, offering], room=scores)
    return rows


def _blocks(n_tokens: int, block: int) -> Iterator[slice]:
    return (slice(i, min(i + block, n_tokens)) for i in range(0, n_tokens, block))
