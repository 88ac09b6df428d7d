"""Attention: worked by hand, by its properties, and beside torch's scaled_dot_product_attention."""

import jaxtyping
import numpy as np
import pytest
import torch
from hypothesis import given
from torch.nn import functional

from attention_core.attention import attention
from attention_core.masks import causal_mask

from .cases import (
    D_HEAD,
    N_K,
    N_Q,
    both_dtypes,
    float_dtypes,
    normals,
    random_mask,
    random_qkv,
    seeds,
)

# Two queries, three keys, d_head 4. Scores come in units of 2 ln 2, halved by √d_head to ln 2,
# so that exp turns a scaled score of n ln 2 into 2ⁿ:
#   q kᵀ = 2 ln 2 · [[1, 0, 1],     exps [[2, 1, 2],     weights [[2/5, 1/5, 2/5],
#                    [0, 1, 3]]           [1, 2, 8]]              [1/11, 2/11, 8/11]]
#   context = [(2·10 + 1·20 + 2·30) / 5, (1·10 + 2·20 + 8·30) / 11] = [20, 290/11]
LN2 = np.log(2)
Q = 2 * LN2 * np.array([[1.0, 0, 0, 0], [0, 1, 0, 0]])
K = np.array([[1.0, 0, 5, 7], [0, 1, 5, 7], [1, 3, 5, 7]])
V = np.array([[10.0], [20.0], [30.0]])


def test_two_queries_and_three_keys_by_hand():
    trace = attention(Q, K, V)
    scaled_scores = LN2 * np.array([[1, 0, 1], [0, 1, 3]])
    np.testing.assert_allclose(trace.scores, 2 * scaled_scores)
    np.testing.assert_allclose(trace.scaled_scores, scaled_scores)
    np.testing.assert_allclose(trace.masked_scores, scaled_scores)
    np.testing.assert_allclose(trace.weights, [[2 / 5, 1 / 5, 2 / 5], [1 / 11, 2 / 11, 8 / 11]])
    np.testing.assert_allclose(trace.context, [[20], [290 / 11]])
    assert (trace.scale, trace.temperature) == (0.5, 1.0)


def test_a_blocked_key_gets_no_weight_by_hand():
    trace = attention(Q, K, V, mask=np.array([[True, True, False], [True, False, True]]))
    np.testing.assert_allclose(
        trace.masked_scores, LN2 * np.array([[1, 0, -np.inf], [0, -np.inf, 3]])
    )
    np.testing.assert_allclose(trace.weights, [[2 / 3, 1 / 3, 0], [1 / 9, 0, 8 / 9]])
    np.testing.assert_allclose(trace.context, [[40 / 3], [250 / 9]])


def test_bias_is_added_after_scaling_and_temperature_divides_last_by_hand():
    # A bias of 2 ln 2 on the middle key lifts its exp fourfold; at temperature 2 exps become roots.
    bias = LN2 * np.array([[0.0, 2, 0], [0, 2, 0]])
    np.testing.assert_allclose(
        attention(Q, K, V, bias=bias).weights, [[2 / 8, 4 / 8, 2 / 8], [1 / 17, 8 / 17, 8 / 17]]
    )
    roots = np.sqrt([[2, 4, 2], [1, 8, 8]])
    np.testing.assert_allclose(
        attention(Q, K, V, bias=bias, temperature=2.0).weights,
        roots / roots.sum(axis=1, keepdims=True),
    )


def test_scale_one_leaves_the_scores_as_they_are():
    trace = attention(Q, K, V, scale=1.0)
    np.testing.assert_array_equal(trace.scaled_scores, trace.scores)
    np.testing.assert_allclose(trace.weights, [[4 / 9, 1 / 9, 4 / 9], [1 / 69, 4 / 69, 64 / 69]])


@given(seeds)
def test_the_order_of_keys_does_not_matter_and_queries_keep_theirs(seed):
    q, k, v = random_qkv(seed)
    rng = np.random.default_rng(seed)
    q_order, k_order = rng.permutation(N_Q), rng.permutation(N_K)
    trace, shuffled = attention(q, k, v), attention(q[q_order], k[k_order], v[k_order])
    np.testing.assert_allclose(shuffled.weights, trace.weights[q_order][:, k_order], rtol=1e-10)
    np.testing.assert_allclose(shuffled.context, trace.context[q_order], rtol=1e-9, atol=1e-12)


@given(seeds)
def test_context_lies_between_the_smallest_and_the_largest_value(seed):
    q, k, v = random_qkv(seed)
    context = attention(q, k, v).context
    assert (context >= v.min(axis=0) - 1e-12).all()
    assert (context <= v.max(axis=0) + 1e-12).all()


@given(seeds)
def test_changing_the_future_does_not_change_the_past(seed):
    q, k, v, new_k, new_v = normals(seed, *[(N_K, D_HEAD)] * 5)
    now = seed % (N_K - 1)
    later = np.arange(N_K)[:, None] > now
    mask = causal_mask(N_K)
    before = attention(q, k, v, mask)
    after = attention(q, np.where(later, new_k, k), np.where(later, new_v, v), mask)
    np.testing.assert_array_equal(after.context[: now + 1], before.context[: now + 1])
    assert not np.allclose(after.context[now + 1 :], before.context[now + 1 :])


@given(seeds)
def test_heads_do_not_see_each_other(seed):
    q, k, v = random_qkv(seed, 2, 6)
    mask = random_mask(seed, 6, N_Q, N_K)
    together = attention(q, k, v, mask).context
    for i, j in np.ndindex(2, 6):
        alone = attention(q[i, j], k[i, j], v[i, j], mask[j]).context
        np.testing.assert_allclose(together[i, j], alone, rtol=1e-10, atol=1e-14)


@both_dtypes
def test_a_query_with_no_allowed_key_gets_a_context_of_zeros(dtype):
    q, k, v = random_qkv(0, 2, dtype=dtype)
    mask = np.ones((N_Q, N_K), dtype=bool)
    mask[1] = False
    with np.errstate(all="raise"):
        trace = attention(q, k, v, mask)
    assert (trace.weights[:, 1] == 0).all()
    assert (trace.context[:, 1] == 0).all()
    np.testing.assert_array_equal(trace.context[:, 0], attention(q, k, v).context[:, 0])


def test_huge_queries_do_not_overflow():
    q, k, v = random_qkv(0, dtype=np.float32)
    with np.errstate(all="raise", under="ignore"):
        weights = attention(q * np.float32(1e4), k, v).weights
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-6)


@both_dtypes
@pytest.mark.parametrize("scale", [None, 0.3, 1 / np.sqrt(D_HEAD)])
def test_every_step_keeps_the_dtype_of_q(dtype, scale):
    q, k, v = random_qkv(0, 2, dtype=dtype)
    (bias,) = normals(1, (N_Q, N_K), dtype=dtype)
    trace = attention(q, k, v, random_mask(0, N_Q, N_K), bias, scale, temperature=0.7)
    assert float_dtypes(trace) == {np.dtype(dtype)}


@pytest.mark.parametrize("heads", [(), (6,), (2, 6)])
@pytest.mark.parametrize("scale", [None, 1.0, 0.3])
@pytest.mark.parametrize("added", ["nothing", "mask", "bias", "mask and bias"])
def test_attention_equals_torch(heads, scale, added):
    q, k, v = random_qkv(2, *heads)
    mask = random_mask(2, N_Q, N_K) if "mask" in added else None
    bias = normals(3, (*heads, N_Q, N_K))[0] if "bias" in added else None
    attn_mask = {
        "nothing": lambda: None,
        "mask": lambda: torch.from_numpy(mask),
        "bias": lambda: torch.from_numpy(bias),
        "mask and bias": lambda: torch.from_numpy(np.where(mask, bias, -np.inf)),
    }[added]()
    expected = functional.scaled_dot_product_attention(
        *map(torch.from_numpy, (q, k, v)), attn_mask=attn_mask, scale=scale
    )
    np.testing.assert_allclose(
        attention(q, k, v, mask, bias, scale).context, expected, rtol=1e-10, atol=1e-14
    )


def test_the_causal_mask_equals_torch_is_causal():
    q, k, v = normals(4, (6, N_K, D_HEAD), (6, N_K, D_HEAD), (6, N_K, 2))
    expected = functional.scaled_dot_product_attention(
        *map(torch.from_numpy, (q, k, v)), is_causal=True
    )
    context = attention(q, k, v, causal_mask(N_K)).context
    np.testing.assert_allclose(context, expected, rtol=1e-10, atol=1e-14)


@pytest.mark.usefixtures("shapes_unchecked")
@pytest.mark.parametrize(
    ("shapes", "extra", "message"),
    [
        (((4,), (5, 4), (5, 2)), {}, r"got \(4,\), \(5, 4\), \(5, 2\)"),
        (((3, 4), (5, 6), (5, 2)), {}, "q has d_head 4 but k has d_head 6"),
        (((3, 4), (5, 4), (7, 2)), {}, "k has 5 tokens but v has 7"),
        (
            ((3, 4), (5, 4), (5, 2)),
            {"mask": np.ones((5, 3), dtype=bool)},
            r"mask is \(5, 3\) but scores are \(3, 5\)",
        ),
        (
            ((3, 4), (5, 4), (5, 2)),
            {"bias": np.ones((3, 1))},
            r"bias is \(3, 1\) but scores are \(3, 5\)",
        ),
    ],
)
def test_sizes_that_do_not_fit_are_named(shapes, extra, message):
    with pytest.raises(ValueError, match=message):
        attention(*map(np.ones, shapes), **extra)


def test_shapes_are_checked_while_the_tests_run():
    with pytest.raises(jaxtyping.TypeCheckError, match="attention"):
        attention(np.ones((3, 4)), np.ones((5, 6)), np.ones((5, 2)))
