"""One layer of heads computed in three ways that must agree, and the width at which they would not.

What each head adds to the output is here too; what a head looks at is in `patterns`.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from attention_core.attention import attention
from attention_core.heads import Projections, multi_head_attention, split_heads


@dataclass(frozen=True)
class ThreeWays:
    """The output of the same layer on the same x, three times, and of one that only looks the same."""

    one_by_one: Float[np.ndarray, "n_tokens d_model"]
    at_once: Float[np.ndarray, "n_tokens d_model"]
    summed: Float[np.ndarray, "n_tokens d_model"]
    one_wide_head: Float[np.ndarray, "n_tokens d_model"]

    def gap(self, way: str) -> float:
        """max |difference| between one way, by its name, and all heads at once."""
        return float(np.abs(getattr(self, way) - self.at_once).max())


def three_ways(x: Float[np.ndarray, "n_tokens d_model"], projections: Projections) -> ThreeWays:
    """Raises ValueError where heads share keys and values: these have no one wide head."""
    layer = multi_head_attention(x, projections)
    return ThreeWays(
        one_by_one=one_by_one(x, projections),
        at_once=layer.output,
        summed=sum_over_heads(added_by_heads(layer.heads.context, projections.W_O)),
        one_wide_head=multi_head_attention(
            x, replace(projections, n_heads=1, n_kv_heads=None)
        ).output,
    )


def one_by_one(
    x: Float[np.ndarray, "n_tokens d_model"], projections: Projections
) -> Float[np.ndarray, "n_tokens d_model"]:
    """A loop over the heads, each with its own blocks of the matrices; then side by side, then W_O."""
    contexts = []
    for head in range(projections.n_heads):
        W_Q, W_K, W_V = blocks(projections, head)
        contexts.append(attention(x @ W_Q, x @ W_K, x @ W_V).context)
    return np.concatenate(contexts, axis=1) @ projections.W_O


def added_by_heads(
    context: Float[np.ndarray, "n_heads n_tokens d_v"], W_O: Float[np.ndarray, "o_size d_model"]
) -> Float[np.ndarray, "n_heads n_tokens d_model"]:
    """What each head writes into the output: context_h times its own block of rows of W_O.

    Raises ValueError if W_O has not as many rows as the heads merge to.
    """
    n_heads, _, d_v = context.shape
    if len(W_O) != n_heads * d_v:
        raise ValueError(f"{n_heads} heads of {d_v} need {n_heads * d_v} rows of W_O: {len(W_O)}")
    return context @ W_O.reshape(n_heads, d_v, -1)


def sum_over_heads(
    added: Float[np.ndarray, "n_heads n_tokens d_model"],
) -> Float[np.ndarray, "n_tokens d_model"]:
    """output = Σ_h context_h W_O_h: the heads' additions are all there is to the output."""
    return added.sum(axis=0)


def blocks(
    projections: Projections, head: int
) -> tuple[
    Float[np.ndarray, "d_model d_head"],
    Float[np.ndarray, "d_model d_head"],
    Float[np.ndarray, "d_model d_v"],
]:
    """The columns of W_Q, W_K and W_V that are one head's own; those of K and V may be shared by a group."""
    kv_head = head // projections.group_size
    return (
        split_heads(projections.W_Q, projections.n_heads)[head],
        split_heads(projections.W_K, projections.kv_heads)[kv_head],
        split_heads(projections.W_V, projections.kv_heads)[kv_head],
    )
