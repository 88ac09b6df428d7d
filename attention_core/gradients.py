"""The backward pass by hand: how a change of the loss flows from the output to every input.

Each function is the transpose of one forward function and takes that function's trace; no autograd anywhere.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from attention_core.attention import AttentionTrace, join_sinks
from attention_core.checks import check_axes, check_buckets, check_shape
from attention_core.heads import MultiHeadTrace, Projections, merge_heads, split_heads
from attention_core.positions import apply_rope
from attention_core.softmax import softmax


@dataclass(frozen=True)
class AttentionGradients:
    """∂L/∂(each input of `attention`), and of the scores on the way.

    `grad_bias` is that of the capped scores too; a bias or sink that was broadcast sums it over the broadcast axes.
    """

    grad_q: Float[np.ndarray, "*heads n_q d_head"]
    grad_k: Float[np.ndarray, "*heads n_k d_head"]
    grad_v: Float[np.ndarray, "*heads n_k d_v"]
    grad_bias: Float[np.ndarray, "*heads n_q n_k"]
    grad_scores: Float[np.ndarray, "*heads n_q n_k"]
    grad_weights: Float[np.ndarray, "*heads n_q n_k"]
    grad_sinks: Float[np.ndarray, "*heads"] | None  # None where there are no sinks


@dataclass(frozen=True)
class ProjectionGradients:
    """∂L/∂(each matrix of `Projections`) and ∂L/∂x."""

    grad_W_Q: Float[np.ndarray, "d_model q_size"]
    grad_W_K: Float[np.ndarray, "d_model k_size"]
    grad_W_V: Float[np.ndarray, "d_model v_size"]
    grad_W_O: Float[np.ndarray, "o_size d_model"]
    grad_x: Float[np.ndarray, "*batch n_tokens d_model"]


def softmax_backward(
    weights: Float[np.ndarray, "*shape"],
    grad_weights: Float[np.ndarray, "*shape"],
    axis: int = -1,
    temperature: float = 1.0,
) -> Float[np.ndarray, "*shape"]:
    """∂L/∂s_j = a_j (∂L/∂a_j − Σ_i a_i ∂L/∂a_i) / T: a score gains only against the row's average.

    Raises ValueError naming shapes that differ.
    """
    check_shape("grad_weights", grad_weights, weights.shape, "weights")
    average = (weights * grad_weights).sum(axis=axis, keepdims=True)
    return weights * (grad_weights - average) / float(temperature)


def attention_backward(
    trace: AttentionTrace, grad_context: Float[np.ndarray, "*heads n_q d_v"]
) -> AttentionGradients:
    """Back through context = A V, A = softmax(c · tanh(scale · Q Kᵀ / c) + bias), or without c.

    Blocked keys have weight 0, hence gradient 0. Raises ValueError naming shapes that differ.
    """
    check_shape("grad_context", grad_context, trace.context.shape, "context")
    grad_v = trace.weights.swapaxes(-1, -2) @ grad_context
    grad_weights = grad_context @ trace.v.swapaxes(-1, -2)
    grad_bias = softmax_backward(trace.weights, grad_weights, temperature=trace.temperature)
    grad_scores = soft_cap_backward(trace, grad_bias) * trace.scale
    grad_q = grad_scores @ trace.k
    grad_k = grad_scores.swapaxes(-1, -2) @ trace.q
    grad_sinks = None if trace.sinks is None else sinks_backward(trace, grad_weights)
    return AttentionGradients(
        grad_q, grad_k, grad_v, grad_bias, grad_scores, grad_weights, grad_sinks
    )


def soft_cap_backward(
    trace: AttentionTrace, grad_capped: Float[np.ndarray, "*heads n_q n_k"]
) -> Float[np.ndarray, "*heads n_q n_k"]:
    """∂ c·tanh(s/c) / ∂s = 1 − tanh²(s/c): a score close to the cap gains hardly anything."""
    if trace.softcap is None:
        return grad_capped
    return grad_capped * (1 - (trace.capped_scores / float(trace.softcap)) ** 2)


def sinks_backward(
    trace: AttentionTrace, grad_weights: Float[np.ndarray, "*heads n_q n_k"]
) -> Float[np.ndarray, "*heads"]:
    """∂L/∂(sink) = −Σ_q a_sink Σ_k a_k ∂L/∂a_k / T: what a sink takes, all keys of the row lose."""
    assert trace.sinks is not None
    joined = softmax(join_sinks(trace.masked_scores, trace.sinks), temperature=trace.temperature)
    average = (trace.weights * grad_weights).sum(axis=-1)
    return -(joined[..., -1] * average).sum(axis=-1) / float(trace.temperature)


def repeat_kv_backward(
    grad_repeated: Float[np.ndarray, "*batch n_heads n_k d"], group_size: int
) -> Float[np.ndarray, "*batch n_kv_heads n_k d"]:
    """A shared key-value head collects the gradients of all query heads that used it.

    Raises ValueError if the heads don't make whole groups.
    """
    check_axes("grad_repeated", grad_repeated, 3, "(heads, tokens, dimensions)")
    if group_size < 1 or grad_repeated.shape[-3] % group_size:
        raise ValueError(f"{grad_repeated.shape[-3]} heads don't make groups of {group_size}")
    *batch, n_heads, n_k, d = grad_repeated.shape
    return grad_repeated.reshape(*batch, n_heads // group_size, group_size, n_k, d).sum(axis=-3)


def matrix_backward(
    x: Float[np.ndarray, "*batch n_tokens d_in"], grad_y: Float[np.ndarray, "*batch n_tokens d_out"]
) -> Float[np.ndarray, "d_in d_out"]:
    """∂L/∂W of y = x W is xᵀ ∂L/∂y, summed over the batch: every token of every sequence went through the same W.

    Raises ValueError unless each row of x has its row of ∂L/∂y.
    """
    check_shape("grad_y", grad_y, (*x.shape[:-1], *grad_y.shape[-1:]), "y")
    return x.reshape(-1, x.shape[-1]).T @ grad_y.reshape(-1, grad_y.shape[-1])


def multi_head_backward(
    x: Float[np.ndarray, "*batch n_tokens d_model"],
    projections: Projections,
    trace: MultiHeadTrace,
    grad_output: Float[np.ndarray, "*batch n_tokens d_model"],
) -> ProjectionGradients:
    """Back through the whole layer: W_O, the heads, then W_Q, W_K, W_V, whose paths meet again in x.

    Raises ValueError naming shapes that differ.
    """
    check_shape("grad_output", grad_output, trace.output.shape, "output")
    grad_W_O = matrix_backward(trace.merged, grad_output)
    grad_context = split_heads(grad_output @ projections.W_O.T, projections.n_heads)
    heads = attention_backward(trace.heads, grad_context)
    grad_queries = merge_heads(heads.grad_q)
    grad_keys = merge_heads(repeat_kv_backward(heads.grad_k, projections.group_size))
    grad_values = merge_heads(repeat_kv_backward(heads.grad_v, projections.group_size))
    return ProjectionGradients(
        grad_W_Q=matrix_backward(x, grad_queries),
        grad_W_K=matrix_backward(x, grad_keys),
        grad_W_V=matrix_backward(x, grad_values),
        grad_W_O=grad_W_O,
        grad_x=grad_queries @ projections.W_Q.T
        + grad_keys @ projections.W_K.T
        + grad_values @ projections.W_V.T,
    )


def rope_backward(
    grad_rotated: Float[np.ndarray, "*heads n_tokens d_head"],
    angles: Float[np.ndarray, "n_tokens half"],
) -> Float[np.ndarray, "*heads n_tokens d_head"]:
    """A rotation's transpose is the rotation back."""
    return apply_rope(grad_rotated, -angles)


def relative_bias_backward(
    grad_bias: Float[np.ndarray, "n_heads n_q n_k"],
    buckets: Int[np.ndarray, "n_q n_k"],
    n_buckets: int,
) -> Float[np.ndarray, "n_buckets n_heads"]:
    """Each bucket of the table collects the gradient of every query–key pair that read it.

    Raises ValueError naming shapes that differ, and for a bucket that the table does not have.
    """
    check_shape("grad_bias", grad_bias, (len(grad_bias), *buckets.shape), "the bias of the buckets")
    check_buckets(buckets, n_buckets)
    grad_table = np.zeros((n_buckets, grad_bias.shape[0]), dtype=grad_bias.dtype)
    np.add.at(grad_table, buckets, np.moveaxis(grad_bias, 0, -1))
    return grad_table
