"""Changes of what one pass does to attention, each an `attend` for a `Run`. The model itself is never changed.

Every change begins from what the core computes and says in which layers and heads it acts; what comes
of it is in `outcome`, and whether it is much is for the caller to compare.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float

from attention_core.attention import AttentionTrace, softmax_of
from attention_core.heads import grouped_attention, head_of, repeat_kv
from attention_core.pretrained.run import AttentionCall, core_attention

Attend = Callable[[AttentionCall], AttentionTrace]
Head = tuple[int, int]  # (layer, head)
Edge = tuple[int, int]  # (q_pos, k_pos)
# attention's own signature: q, k, v, mask, bias, scale; softcap and sinks by name, where the family has them
AttentionFunction = Callable[..., AttentionTrace]

INSTEAD_OF_HEAD = ("zero", "uniform", "mean")
INSTEAD_OF_EDGE = ("blocked", "zero", "uniform")


def computed_by(function: AttentionFunction, layers: Collection[int] | None = None) -> Attend:
    """Another function in the place of `attention`, in these layers (None: in all). It sees k and v once for each head."""

    def attend(call: AttentionCall) -> AttentionTrace:
        if layers is not None and call.layer not in layers:
            return core_attention(call)
        group_size = len(call.q) // len(call.k)
        k, v = repeat_kv(call.k, group_size), repeat_kv(call.v, group_size)
        return function(call.q, k, v, call.mask, call.bias, call.scale, **call.terms)

    return attend


def without_heads(
    heads: Collection[Head],
    instead: str = "zero",
    means: Sequence[Float[np.ndarray, "n_heads d_v"]] = (),
) -> Attend:
    """Some heads hand over nothing ("zero"), the plain average of the values they may see ("uniform"), or what
    they hand over on average ("mean": the `means` of `mean_contexts`, at every position the same).

    Of a head replaced by its mean the weights are left as they were, for nothing is made of them.
    """
    if instead not in INSTEAD_OF_HEAD:
        raise ValueError(f"a head is replaced by {', '.join(INSTEAD_OF_HEAD)}, not by {instead}")

    def attend(call: AttentionCall) -> AttentionTrace:
        trace = core_attention(call)
        gone = sorted(head for layer, head in heads if layer == call.layer)
        if not gone:
            return trace
        weights, context = trace.weights.copy(), trace.context.copy()
        if instead == "zero":
            weights[gone] = context[gone] = 0
        elif instead == "uniform":
            even = evenly(call)
            weights[gone], context[gone] = even.weights[gone], even.context[gone]
        else:
            context[gone] = means[call.layer][gone][:, None]
        return replace(trace, weights=weights, context=context)

    return attend


def without_edges(
    edges: Collection[Edge], heads: Collection[Head] | None = None, instead: str = "blocked"
) -> Attend:
    """Some queries do not get what they took from some keys, in these heads (None: in all).

    "blocked": as if the mask forbade it, so that the row's other keys share the weight; "zero": the weight is
    lost, and the row sums to less than 1; "uniform": the weight is what a uniform head would give.
    """
    if instead not in INSTEAD_OF_EDGE:
        raise ValueError(f"an edge is {', '.join(INSTEAD_OF_EDGE)}, not {instead}")

    def attend(call: AttentionCall) -> AttentionTrace:
        chosen = [h for h in range(len(call.q)) if heads is None or (call.layer, h) in heads]
        if not chosen:
            return core_attention(call)
        n_heads, n_q, n_k = len(call.q), call.q.shape[1], call.k.shape[1]
        cut = np.zeros((n_heads, n_q, n_k), dtype=bool)
        for q_pos, k_pos in edges:
            if q_pos < n_q and k_pos < n_k:  # the decoder of two stacks has other tokens
                cut[chosen, q_pos, k_pos] = True
        if instead == "blocked":
            return core_attention(replace(call, mask=_without(call, cut)))
        trace = core_attention(call)
        weights = np.where(cut, 0 if instead == "zero" else evenly(call).weights, trace.weights)
        weights = weights.astype(trace.weights.dtype)
        return replace(trace, weights=weights, context=weights @ trace.v)

    return attend


def edges_to(k_pos: int, n_tokens: int) -> frozenset[Edge]:
    """Every look of another token at one token: without them it can hand nothing to the others."""
    return frozenset((q_pos, k_pos) for q_pos in range(n_tokens) if q_pos != k_pos)


def with_scores(layer: int, head: int, q_pos: int, scores: Float[np.ndarray, " n_k"]) -> Attend:
    """One row of one head gets other scores just before its softmax; what the mask forbids stays forbidden."""

    def changed(trace: AttentionTrace) -> np.ndarray:
        before = trace.masked_scores[head, q_pos]
        given = np.where(np.isneginf(before), before, scores).astype(before.dtype)
        return softmax_of(head_of(trace, head), given[None])[0]

    return _with_row(layer, head, q_pos, changed)


def with_weights(layer: int, head: int, q_pos: int, weights: Float[np.ndarray, " n_k"]) -> Attend:
    """One row of one head gets other weights, whatever they sum to."""
    return _with_row(layer, head, q_pos, lambda _: weights)


def _with_row(
    layer: int, head: int, q_pos: int, row: Callable[[AttentionTrace], np.ndarray]
) -> Attend:
    def attend(call: AttentionCall) -> AttentionTrace:
        trace = core_attention(call)
        if call.layer != layer:
            return trace
        weights, context = trace.weights.copy(), trace.context.copy()
        weights[head, q_pos] = row(trace)
        context[head, q_pos] = weights[head, q_pos] @ trace.v[head]
        return replace(trace, weights=weights, context=context)

    return attend


def evenly(call: AttentionCall) -> AttentionTrace:
    """Queries that ask for nothing: all scores are 0, so each row is even over the keys it may see."""
    return grouped_attention(np.zeros_like(call.q), call.k, call.v, call.mask, None, call.scale)


def _without(
    call: AttentionCall, cut: Bool[np.ndarray, "n_heads n_q n_k"]
) -> Bool[np.ndarray, "n_heads n_q n_k"]:
    return ~cut if call.mask is None else call.mask & ~cut
