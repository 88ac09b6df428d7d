"""Attention: worked by hand, by its properties, and beside torch's scaled_dot_product_attention."""

import jaxtyping
import numpy as np
import pytest
import torch
from hypothesis import given
from torch.nn import functional

from attention_core.attention import attention, softmax_of
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
    (sinks,) = normals(2, (2,), dtype=np.float64)
    cap = np.float64(1.5)
    trace = attention(q, k, v, random_mask(0, N_Q, N_K), bias, scale, 0.7, cap, sinks.astype(dtype))
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
        (((3, 4), (4,), (5, 2)), {}, r"got \(3, 4\), \(4,\), \(5, 2\)"),
        (((3, 4), (5, 4), (5,)), {}, r"got \(3, 4\), \(5, 4\), \(5,\)"),
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
        (
            ((6, 3, 4), (6, 5, 4), (6, 5, 2)),
            {"sinks": np.ones(2)},
            r"sinks are \(2,\) but heads are \(6,\)",
        ),
        (((3, 4), (5, 4), (5, 2)), {"sinks": np.ones(1)}, r"sinks are \(1,\) but heads are \(\)"),
    ],
)
def test_sizes_that_do_not_fit_are_named(shapes, extra, message):
    with pytest.raises(ValueError, match=message):
        attention(*map(np.ones, shapes), **extra)


def test_shapes_are_checked_while_the_tests_run():
    with pytest.raises(jaxtyping.TypeCheckError, match="attention"):
        attention(np.ones((3, 4)), np.ones((5, 6)), np.ones((5, 2)))


def test_a_soft_cap_bends_the_scaled_scores_by_hand():
    # tanh(ln 2 / 2) = (2 − 1) / (2 + 1) = 1/3 and tanh(3 ln 2 / 2) = (8 − 1) / (8 + 1) = 7/9; tanh 0 = 0.
    trace = attention(Q, K, V, softcap=2.0)
    np.testing.assert_allclose(trace.scaled_scores, LN2 * np.array([[1, 0, 1], [0, 1, 3]]))
    np.testing.assert_allclose(trace.capped_scores, [[2 / 3, 0, 2 / 3], [0, 2 / 3, 14 / 9]])
    np.testing.assert_array_equal(trace.masked_scores, trace.capped_scores)
    assert trace.softcap == 2.0


def test_the_cap_comes_after_scaling_and_before_bias_and_mask_by_hand():
    mask = np.array([[True, True, False], [True, False, True]])
    bias = np.array([[5.0, -4, 0], [5, 0, -4]])
    trace = attention(Q, K, V, mask, bias, softcap=2.0)
    capped = [[2 / 3, 0, 2 / 3], [0, 2 / 3, 14 / 9]]
    np.testing.assert_allclose(trace.masked_scores, np.where(mask, capped + bias, -np.inf))


def test_a_sink_takes_its_share_by_hand():
    # Exps are [[2, 1, 2], [1, 2, 8]] as above; a sink of ln 3 adds 3 to each sum: 8 and 14.
    trace = attention(Q, K, V, sinks=np.array(np.log(3)))
    np.testing.assert_allclose(trace.weights, [[2 / 8, 1 / 8, 2 / 8], [1 / 14, 2 / 14, 8 / 14]])
    np.testing.assert_allclose(trace.context, [[100 / 8], [290 / 14]])
    # At temperature 2 all exps become roots, the sink's too.
    hot = np.sqrt([[2, 1, 2], [1, 2, 8]])
    np.testing.assert_allclose(
        attention(Q, K, V, temperature=2.0, sinks=np.array(np.log(3))).weights,
        hot / (hot.sum(axis=1, keepdims=True) + np.sqrt(3)),
    )


def test_a_sink_takes_all_of_a_row_that_sees_no_key_and_the_rest_of_others():
    mask = np.array([[False, False, False], [True, False, False]])
    trace = attention(Q, K, V, mask, sinks=np.array(np.log(3)))
    np.testing.assert_allclose(trace.weights, [[0, 0, 0], [1 / 4, 0, 0]])
    np.testing.assert_allclose(trace.context, [[0], [10 / 4]])


@pytest.mark.parametrize("shape", [(), (1,), (6,), (2, 1), (2, 6)])
def test_soft_cap_and_sinks_equal_torch(shape):
    q, k, v = random_qkv(5, 2, 6)
    mask, bias = random_mask(5, N_Q, N_K), normals(6, (6, N_Q, N_K))[0]
    (sinks,) = normals(7, shape)
    scores = torch.from_numpy(q) @ torch.from_numpy(k).mT * 0.3
    capped = torch.tanh(scores / 1.5) * 1.5 + torch.from_numpy(bias)
    capped = capped.masked_fill(~torch.from_numpy(mask), -torch.inf)
    column = torch.from_numpy(sinks)[..., None, None].expand(2, 6, N_Q, 1)
    weights = torch.cat([capped, column], dim=-1).softmax(dim=-1)[..., :-1]  # as GPT-OSS does it
    trace = attention(q, k, v, mask, bias, scale=0.3, softcap=1.5, sinks=sinks)
    np.testing.assert_allclose(trace.weights, weights, rtol=1e-10)
    np.testing.assert_allclose(trace.context, weights @ torch.from_numpy(v), rtol=1e-10, atol=1e-14)


def test_a_wide_cap_and_a_sink_of_minus_infinity_change_nothing():
    q, k, v = random_qkv(0, 6)
    plain = attention(q, k, v)
    wide = attention(q, k, v, softcap=1e9, sinks=np.full(6, -np.inf))
    np.testing.assert_allclose(wide.weights, plain.weights, rtol=1e-12)
    assert plain.softcap is None and plain.sinks is None
    np.testing.assert_array_equal(plain.capped_scores, plain.scaled_scores)


@pytest.mark.parametrize("softcap", [0.0, -1.0, np.nan])
def test_a_soft_cap_must_be_above_zero(softcap):
    with pytest.raises(ValueError, match=f"softcap must be above 0, got {softcap}"):
        attention(Q, K, V, softcap=softcap)


def test_other_scores_go_through_the_same_softmax_by_hand():
    # Exps are roots at temperature 2: 1, 2 and, of the sink, 3.
    trace = attention(Q, K, V, temperature=2.0, sinks=np.array(2 * np.log(3)))
    scores = 2 * np.log([[1.0, 2.0]])
    np.testing.assert_allclose(softmax_of(trace, scores), [[1 / 6, 2 / 6]])
    plain = attention(Q, K, V, temperature=2.0)
    np.testing.assert_allclose(softmax_of(plain, scores), [[1 / 3, 2 / 3]])
    many = attention(*random_qkv(0, 6), sinks=np.arange(6.0))
    np.testing.assert_array_equal(softmax_of(many, many.masked_scores), many.weights)
