"""The backward pass by hand: how a change of the loss flows from the output to every input.

Each function is the transpose of one forward function and takes that function's trace; no autograd anywhere.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from attention_core.attention import AttentionTrace
from attention_core.heads import MultiHeadTrace, Projections, merge_heads, split_heads
from attention_core.positions import apply_rope


@dataclass(frozen=True)
class AttentionGradients:
    """∂L/∂(each input of `attention`), and of the scores on the way.

    `grad_bias` is that of the scaled scores too; a bias that was broadcast sums it over the broadcast axes.
    """

    grad_q: Float[np.ndarray, "*heads n_q d_head"]
    grad_k: Float[np.ndarray, "*heads n_k d_head"]
    grad_v: Float[np.ndarray, "*heads n_k d_v"]
    grad_bias: Float[np.ndarray, "*heads n_q n_k"]
    grad_scores: Float[np.ndarray, "*heads n_q n_k"]
    grad_weights: Float[np.ndarray, "*heads n_q n_k"]


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
    """∂L/∂s_j = a_j (∂L/∂a_j − Σ_i a_i ∂L/∂a_i) / T: a score gains only against the row's average."""
    average = (weights * grad_weights).sum(axis=axis, keepdims=True)
    return weights * (grad_weights - average) / float(temperature)


def attention_backward(
    trace: AttentionTrace, grad_context: Float[np.ndarray, "*heads n_q d_v"]
) -> AttentionGradients:
    """Back through context = A V, A = softmax(scale · Q Kᵀ + bias). Blocked keys have weight 0, hence gradient 0."""
    grad_v = trace.weights.swapaxes(-1, -2) @ grad_context
    grad_weights = grad_context @ trace.v.swapaxes(-1, -2)
    grad_scaled = softmax_backward(trace.weights, grad_weights, temperature=trace.temperature)
    grad_scores = grad_scaled * trace.scale
    grad_q = grad_scores @ trace.k
    grad_k = grad_scores.swapaxes(-1, -2) @ trace.q
    return AttentionGradients(grad_q, grad_k, grad_v, grad_scaled, grad_scores, grad_weights)


def repeat_kv_backward(
    grad_repeated: Float[np.ndarray, "*batch n_heads n_k d"], group_size: int
) -> Float[np.ndarray, "*batch n_kv_heads n_k d"]:
    """A shared key-value head collects the gradients of all query heads that used it."""
    *batch, n_heads, n_k, d = grad_repeated.shape
    return grad_repeated.reshape(*batch, n_heads // group_size, group_size, n_k, d).sum(axis=-3)


def matrix_backward(
    x: Float[np.ndarray, "*batch n_tokens d_in"], grad_y: Float[np.ndarray, "*batch n_tokens d_out"]
) -> Float[np.ndarray, "d_in d_out"]:
    """∂L/∂W of y = x W is xᵀ ∂L/∂y, summed over the batch: every token of every sequence went through the same W."""
    return x.reshape(-1, x.shape[-1]).T @ grad_y.reshape(-1, grad_y.shape[-1])


def multi_head_backward(
    x: Float[np.ndarray, "*batch n_tokens d_model"],
    projections: Projections,
    trace: MultiHeadTrace,
    grad_output: Float[np.ndarray, "*batch n_tokens d_model"],
) -> ProjectionGradients:
    """Back through the whole layer: W_O, the heads, then W_Q, W_K, W_V, whose paths meet again in x."""
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
    """Each bucket of the table collects the gradient of every query–key pair that read it."""
    grad_table = np.zeros((n_buckets, grad_bias.shape[0]), dtype=grad_bias.dtype)
    np.add.at(grad_table, buckets, np.moveaxis(grad_bias, 0, -1))
    return grad_table
