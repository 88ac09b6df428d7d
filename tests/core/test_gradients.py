"""The backward pass: against finite differences, beside torch autograd, and a wrong gradient that is caught."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

from attention_core.attention import attention
from attention_core.gradients import (
    ProjectionGradients,
    attention_backward,
    matrix_backward,
    multi_head_backward,
    relative_bias_backward,
    repeat_kv_backward,
    rope_backward,
    softmax_backward,
)
from attention_core.heads import multi_head_attention, repeat_kv
from attention_core.positions import apply_rope, relative_bias, relative_buckets, rope_angles
from attention_core.softmax import softmax

from .cases import (
    D_MODEL,
    D_V,
    N_HEADS,
    N_K,
    N_Q,
    N_TOKENS,
    both_dtypes,
    float_dtypes,
    normals,
    random_layer,
    random_mask,
    random_qkv,
)
from .finite_differences import is_gradient
from .torch_reference import matrices, torch_attention, torch_layer


def options(n_q: int, n_k: int, n_heads: int) -> dict[str, dict[str, Any]]:
    """Every way to call attention, alone and all at once."""
    mask = random_mask(5, n_q, n_k)
    one_row_blocked = mask & (np.arange(n_q) != 1)[:, None]
    (bias,) = normals(6, (n_heads, n_q, n_k))
    return {
        "plain": {},
        "mask": {"mask": mask},
        "a fully blocked row": {"mask": one_row_blocked},
        "bias": {"bias": bias},
        "scale": {"scale": 0.3},
        "temperature": {"temperature": 0.7},
        "all": {"mask": one_row_blocked, "bias": bias, "scale": 0.3, "temperature": 0.7},
    }


def in_every_way(sizes: tuple[int, int, int]) -> pytest.MarkDecorator:
    ways = options(*sizes)
    return pytest.mark.parametrize("call", ways.values(), ids=ways)


every_attention = in_every_way((N_Q, N_K, N_HEADS))
every_layer = in_every_way((N_TOKENS, N_TOKENS, N_HEADS))


def loss_of(forward: Callable[..., np.ndarray], upstream: np.ndarray) -> Callable[..., float]:
    """L = Σ upstream · output, so that ∂L/∂output is `upstream`."""
    return lambda *inputs: (forward(*inputs) * upstream).sum()


def torch_gradients(
    forward: Callable[..., torch.Tensor], upstream: np.ndarray, *inputs: np.ndarray
) -> tuple[torch.Tensor, ...]:
    leaves = [torch.from_numpy(array).requires_grad_() for array in inputs]
    return torch.autograd.grad(forward(*leaves), leaves, torch.from_numpy(upstream))


def assert_same(grads: list[np.ndarray], expected: tuple[torch.Tensor, ...]) -> None:
    for grad, expected_grad in zip(grads, expected, strict=True):
        np.testing.assert_allclose(grad, expected_grad, rtol=1e-10, atol=1e-13)


def test_softmax_gradient_by_hand():
    # Weights 1/4, 3/4 and a loss that counts only the second weight: the average is 3/4,
    # so the scores gain 1/4·(0 − 3/4) = −3/16 and 3/4·(1 − 3/4) = 3/16; temperature 2 halves both.
    weights, grad_weights = np.array([0.25, 0.75]), np.array([0.0, 1.0])
    np.testing.assert_allclose(softmax_backward(weights, grad_weights), [-3 / 16, 3 / 16])
    np.testing.assert_allclose(
        softmax_backward(weights, grad_weights, temperature=2.0), [-3 / 32, 3 / 32]
    )


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_softmax_gradient_is_right(axis, temperature):
    scores, upstream = normals(0, (2, 3, 5), (2, 3, 5))
    grad = softmax_backward(softmax(scores, axis, temperature), upstream, axis, temperature)
    assert is_gradient(grad, loss_of(lambda s: softmax(s, axis, temperature), upstream), scores)
    expected = torch_gradients(lambda s: torch.softmax(s / temperature, axis), upstream, scores)
    assert_same([grad], expected)


def test_wrong_gradients_are_rejected():
    scores, upstream = normals(0, (3, 5), (3, 5))
    loss = loss_of(softmax, upstream)
    weights = softmax(scores)
    right = softmax_backward(weights, upstream)
    nearly = right.copy()
    nearly[1, 2] *= 1 + 1e-4
    assert is_gradient(right, loss, scores)
    assert not is_gradient(weights * upstream, loss, scores)  # the row's average forgotten
    assert not is_gradient(softmax_backward(weights, upstream, axis=0), loss, scores)
    assert not is_gradient(-right, loss, scores)
    assert not is_gradient(nearly, loss, scores)
    assert not is_gradient(right[:1], loss, scores)  # would broadcast


@every_attention
def test_attention_gradients_equal_finite_differences(call):
    q, k, v = random_qkv(1, N_HEADS)
    (upstream,) = normals(2, (N_HEADS, N_Q, D_V))
    trace = attention(q, k, v, **call)
    grads = attention_backward(trace, upstream)
    bias = call.get("bias", np.zeros_like(trace.scores))
    allowed = True if trace.mask is None else trace.mask

    def from_scores(scores: np.ndarray) -> np.ndarray:
        masked_scores = np.where(allowed, scores * trace.scale + bias, -np.inf)
        return softmax(masked_scores, temperature=trace.temperature) @ v

    def context(**changed: np.ndarray) -> np.ndarray:
        return attention(**{"q": q, "k": k, "v": v, **call, **changed}).context

    def holds(grad: np.ndarray, forward: Callable[..., np.ndarray], at: np.ndarray) -> bool:
        return is_gradient(grad, loss_of(forward, upstream), at)

    assert holds(grads.grad_q, lambda changed: context(q=changed), q)
    assert holds(grads.grad_k, lambda changed: context(k=changed), k)
    assert holds(grads.grad_v, lambda changed: context(v=changed), v)
    assert holds(grads.grad_bias, lambda changed: context(bias=changed), bias)
    assert holds(grads.grad_scores, from_scores, trace.scores)
    assert holds(grads.grad_weights, lambda weights: weights @ v, trace.weights)


@every_attention
def test_attention_gradients_equal_torch(call):
    q, k, v = random_qkv(1, N_HEADS)
    (upstream,) = normals(2, (N_HEADS, N_Q, D_V))
    bias = call.get("bias", np.zeros((N_HEADS, N_Q, N_K)))
    grads = attention_backward(attention(q, k, v, **call), upstream)
    expected = torch_gradients(
        lambda q, k, v, bias: torch_attention(q, k, v, **{**call, "bias": bias}),
        upstream, q, k, v, bias,
    )  # fmt: skip
    assert_same([grads.grad_q, grads.grad_k, grads.grad_v, grads.grad_bias], expected)


def test_a_bias_shared_by_heads_collects_the_gradient_of_all():
    q, k, v = random_qkv(1, N_HEADS)
    upstream, bias = normals(2, (N_HEADS, N_Q, D_V), (N_Q, N_K))
    grads = attention_backward(attention(q, k, v, bias=bias), upstream)
    loss = loss_of(lambda shared: attention(q, k, v, bias=shared).context, upstream)
    assert is_gradient(grads.grad_bias.sum(axis=0), loss, bias)


def test_a_blocked_key_and_a_blocked_query_receive_no_gradient():
    q, k, v = random_qkv(1, N_HEADS)
    (upstream,) = normals(2, (N_HEADS, N_Q, D_V))
    mask = np.ones((N_Q, N_K), dtype=bool)
    mask[1], mask[:, 3] = False, False
    with np.errstate(all="raise"):
        grads = attention_backward(attention(q, k, v, mask), upstream)
    for blocked in (grads.grad_q[:, 1], grads.grad_k[:, 3], grads.grad_v[:, 3]):
        assert (blocked == 0).all()
    assert (grads.grad_scores[:, ~mask] == 0).all()
    assert (grads.grad_scores[:, mask] != 0).all()


@pytest.mark.parametrize("way", ["plain", "all"])
def test_layer_gradients_equal_finite_differences(way):
    call = options(N_TOKENS, N_TOKENS, N_HEADS)[way]
    x, projections = random_layer(3)
    (upstream,) = normals(4, (N_TOKENS, D_MODEL))
    grads = multi_head_backward(
        x, projections, multi_head_attention(x, projections, **call), upstream
    )

    def output(x: np.ndarray = x, **changed: np.ndarray) -> np.ndarray:
        return multi_head_attention(x, replace(projections, **changed), **call).output

    assert is_gradient(grads.grad_x, loss_of(output, upstream), x)
    for name, matrix in matrices(projections).items():
        loss = loss_of(lambda changed, name=name: output(**{name: changed}), upstream)
        assert is_gradient(getattr(grads, f"grad_{name}"), loss, matrix), name


@pytest.mark.parametrize("n_kv_heads", [1, 2, 6])
@every_layer
def test_layer_gradients_equal_torch(call, n_kv_heads):
    x, projections = random_layer(3, n_kv_heads)
    (upstream,) = normals(4, (N_TOKENS, D_MODEL))
    grads = multi_head_backward(
        x, projections, multi_head_attention(x, projections, **call), upstream
    )
    torch_call = {**call, "bias": torch.from_numpy(call["bias"])} if "bias" in call else call
    expected = torch_gradients(
        lambda x, *weights: torch_layer(x, *weights, projections, **torch_call),
        upstream,
        x,
        *matrices(projections).values(),
    )
    names = ("grad_x", "grad_W_Q", "grad_W_K", "grad_W_V", "grad_W_O")
    assert_same([getattr(grads, name) for name in names], expected)


@pytest.mark.parametrize("n_kv_heads", [1, 2, 6])
def test_a_batch_has_the_sum_of_the_matrix_gradients_and_each_its_own_x(n_kv_heads):
    _, projections = random_layer(3, n_kv_heads)
    batch, upstream = normals(4, *[(2, 3, N_TOKENS, D_MODEL)] * 2)
    mask = random_mask(5, N_TOKENS, N_TOKENS)

    def backward(place: tuple[int, ...]) -> ProjectionGradients:
        trace = multi_head_attention(batch[place], projections, mask)
        return multi_head_backward(batch[place], projections, trace, upstream[place])

    at_once, one_by_one = backward(()), {place: backward(place) for place in np.ndindex(2, 3)}
    for name in ("grad_W_Q", "grad_W_K", "grad_W_V", "grad_W_O"):
        total = sum(getattr(grads, name) for grads in one_by_one.values())
        np.testing.assert_allclose(getattr(at_once, name), total, rtol=1e-10, atol=1e-12)
    for place, grads in one_by_one.items():
        np.testing.assert_allclose(at_once.grad_x[place], grads.grad_x, rtol=1e-10, atol=1e-12)


def test_matrix_gradient_by_hand():
    # Two sequences of one token each, x = (1, 2) and (3, 4): Σ xᵀ ∂L/∂y = (1·5 + 3·6, 2·5 + 4·6).
    x, grad_y = np.array([[[1.0, 2.0]], [[3.0, 4.0]]]), np.array([[[5.0]], [[6.0]]])
    np.testing.assert_array_equal(matrix_backward(x, grad_y), [[23.0], [34.0]])


@pytest.mark.parametrize("group_size", [1, 3])
def test_shared_heads_collect_the_gradients_of_their_group(group_size):
    kv, upstream = normals(5, (2, 5, 4), (2 * group_size, 5, 4))
    grad = repeat_kv_backward(upstream, group_size)
    assert is_gradient(grad, loss_of(lambda kv: repeat_kv(kv, group_size), upstream), kv)
    expected = torch_gradients(lambda kv: kv.repeat_interleave(group_size, dim=0), upstream, kv)
    assert_same([grad], expected)


def test_rotation_gradient_is_right():
    x, upstream = normals(6, (2, 5, 6), (2, 5, 6))
    angles = rope_angles(5, 6)
    grad = rope_backward(upstream, angles)
    assert is_gradient(grad, loss_of(lambda x: apply_rope(x, angles), upstream), x)

    def llama(x: torch.Tensor) -> torch.Tensor:
        both_halves = torch.from_numpy(np.concatenate([angles, angles], axis=-1))
        return apply_rotary_pos_emb(x, x, both_halves.cos(), both_halves.sin(), 0)[0]

    assert_same([grad], torch_gradients(llama, upstream, x))


def test_table_gradient_is_right_and_unread_buckets_get_none():
    n_buckets, n_heads = 16, 2
    table, upstream = normals(7, (n_buckets, n_heads), (n_heads, 3, 5))
    buckets = relative_buckets(3, 5, n_buckets)
    grad = relative_bias_backward(upstream, buckets, n_buckets)
    assert is_gradient(grad, loss_of(lambda table: relative_bias(table, buckets), upstream), table)
    expected = torch_gradients(
        lambda table: table[torch.from_numpy(buckets)].movedim(-1, 0), upstream, table
    )
    assert_same([grad], expected)
    unread = np.setdiff1d(np.arange(n_buckets), buckets)
    assert unread.size
    assert (grad[unread] == 0).all()


@both_dtypes
def test_every_gradient_keeps_the_dtype(dtype):
    x, projections = random_layer(8, dtype=dtype)
    upstream, rotated, grad_bias = normals(9, x.shape, (2, 5, 6), (2, 3, 5), dtype=dtype)
    trace = multi_head_attention(x, projections, temperature=np.float64(0.7))
    found = (
        float_dtypes(multi_head_backward(x, projections, trace, upstream))
        | float_dtypes(attention_backward(trace.heads, trace.heads.context))
        | {
            softmax_backward(x, upstream, temperature=np.float64(0.7)).dtype,
            repeat_kv_backward(rotated, 2).dtype,
            rope_backward(rotated, rope_angles(5, 6)).dtype,
            relative_bias_backward(grad_bias, relative_buckets(3, 5, 8), 8).dtype,
        }
    )
    assert found == {np.dtype(dtype)}


FURTHER = {
    "soft cap": {"softcap": 1.5},
    "a sink each": {"sinks": np.linspace(-1, 1, N_HEADS)},
    "all": {
        "softcap": 1.5,
        "sinks": np.linspace(-1, 1, N_HEADS),
        "temperature": 0.7,
        "scale": 0.3,
        "mask": random_mask(5, N_Q, N_K),
    },
}


@pytest.mark.parametrize("call", FURTHER.values(), ids=FURTHER)
def test_gradients_through_a_soft_cap_and_sinks_equal_torch(call):
    q, k, v, bias = *random_qkv(1, N_HEADS), normals(6, (N_HEADS, N_Q, N_K))[0]
    (upstream,) = normals(2, (N_HEADS, N_Q, D_V))
    sinks = call.get("sinks", np.full(N_HEADS, -np.inf))
    grads = attention_backward(attention(q, k, v, bias=bias, **call), upstream)

    def forward(q, k, v, bias, sinks):
        scores = q @ k.mT * call.get("scale", q.shape[-1] ** -0.5)
        if "softcap" in call:
            scores = call["softcap"] * torch.tanh(scores / call["softcap"])
        scores = scores + bias
        if "mask" in call:
            scores = scores.masked_fill(~torch.from_numpy(call["mask"]), -torch.inf)
        joined = torch.cat([scores, sinks[:, None, None].expand(*scores.shape[:-1], 1)], dim=-1)
        return (joined / call.get("temperature", 1.0)).softmax(dim=-1)[..., :-1] @ v

    *expected, expected_sinks = torch_gradients(forward, upstream, q, k, v, bias, sinks)
    assert_same([grads.grad_q, grads.grad_k, grads.grad_v, grads.grad_bias], expected)
    if "sinks" in call:
        assert_same([grads.grad_sinks], [expected_sinks])
    else:
        assert grads.grad_sinks is None


def test_each_sequence_of_a_batch_has_a_gradient_of_its_sinks():
    q, k, v = random_qkv(1, 2, N_HEADS)
    sinks = np.linspace(-1, 1, N_HEADS)
    trace = attention(q, k, v, sinks=sinks)
    both = attention_backward(trace, trace.context).grad_sinks
    for i in range(2):
        alone = attention(q[i], k[i], v[i], sinks=sinks)
        np.testing.assert_allclose(both[i], attention_backward(alone, alone.context).grad_sinks)


def test_gradients_of_a_head_with_a_sink_keep_the_dtype():
    q, k, v = random_qkv(1, N_HEADS, dtype=np.float32)
    sinks = np.ones(N_HEADS, dtype=np.float32)
    terms = {"temperature": np.float64(0.7), "softcap": np.float64(1.5), "sinks": sinks}
    trace = attention(q, k, v, **terms)
    assert float_dtypes(attention_backward(trace, trace.context)) == {np.dtype(np.float32)}
