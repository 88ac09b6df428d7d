"""Heads: split and merged by hand, against a loop over heads, and beside torch's multi-head layers."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from attention_core.attention import attention
from attention_core.heads import (
    Projections,
    grouped_attention,
    head_of,
    merge_heads,
    multi_head_attention,
    of_head,
    project,
    repeat_kv,
    sink_of_head,
    split_heads,
)

from .cases import (
    D_HEAD,
    D_MODEL,
    D_V,
    N_HEADS,
    N_TOKENS,
    both_dtypes,
    float_dtypes,
    normals,
    random_layer,
    random_mask,
    seeds,
)
from .torch_reference import matrices, torch_layer

every_sharing = pytest.mark.parametrize("n_kv_heads", [1, 2, 3, 6])


def test_split_and_merge_by_hand():
    x = np.array([[1.0, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]])
    heads = [[[1, 2, 3], [7, 8, 9]], [[4, 5, 6], [10, 11, 12]]]
    np.testing.assert_array_equal(split_heads(x, 2), heads)
    np.testing.assert_array_equal(merge_heads(np.array(heads, dtype=float)), x)


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 5), seeds)
def test_merge_undoes_split_and_split_undoes_merge(n_heads, n_tokens, d_head, seed):
    x, context = normals(seed, (n_tokens, n_heads * d_head), (n_heads, n_tokens, d_head))
    np.testing.assert_array_equal(merge_heads(split_heads(x, n_heads)), x)
    np.testing.assert_array_equal(split_heads(merge_heads(context), n_heads), context)


def test_neighbouring_query_heads_share_a_key_value_head_by_hand():
    kv = np.array([[[1.0, 2.0]], [[3.0, 4.0]]])
    np.testing.assert_array_equal(repeat_kv(kv, 1), kv)
    np.testing.assert_array_equal(
        repeat_kv(kv, 3), [[[1, 2]], [[1, 2]], [[1, 2]], [[3, 4]], [[3, 4]], [[3, 4]]]
    )


def test_one_head_by_hand():
    # x is one-hot, so q, k and v are rows of W_Q, W_K and W_V. Each token's q meets only its own k,
    # at a scaled score of ln 3: weights [3/4, 1/4] and [1/4, 3/4]. v is 8 and 16, so context is
    # 10 and 14, and W_O writes it once and twice.
    x = np.eye(2)
    trace = multi_head_attention(
        x,
        Projections(np.log(3) * x, np.sqrt(2) * x, np.array([[8.0], [16.0]]), np.array([[1.0, 2]])),
    )
    np.testing.assert_allclose(trace.heads.weights, [[[3 / 4, 1 / 4], [1 / 4, 3 / 4]]])
    np.testing.assert_allclose(trace.merged, [[10], [14]])
    np.testing.assert_allclose(trace.output, [[10, 20], [14, 28]])


@every_sharing
def test_every_head_equals_its_own_columns_run_alone(n_kv_heads):
    x, projections = random_layer(0, n_kv_heads)
    mask = random_mask(0, N_TOKENS, N_TOKENS)
    trace = multi_head_attention(x, projections, mask)
    assert projections.group_size == N_HEADS // n_kv_heads
    output = np.zeros((N_TOKENS, D_MODEL))
    for head in range(N_HEADS):
        kv_head = head // (N_HEADS // n_kv_heads)
        q_columns = slice(head * D_HEAD, (head + 1) * D_HEAD)
        k_columns = slice(kv_head * D_HEAD, (kv_head + 1) * D_HEAD)
        v_columns = slice(kv_head * D_V, (kv_head + 1) * D_V)
        alone = attention(
            x @ projections.W_Q[:, q_columns],
            x @ projections.W_K[:, k_columns],
            x @ projections.W_V[:, v_columns],
            mask,
        )
        np.testing.assert_allclose(trace.heads.weights[head], alone.weights, rtol=1e-10)
        output += alone.context @ projections.W_O[head * D_V : (head + 1) * D_V]
    np.testing.assert_allclose(trace.output, output, rtol=1e-10)


@every_sharing
def test_a_batch_of_sequences_equals_a_loop_over_them(n_kv_heads):
    _, projections = random_layer(0, n_kv_heads)
    (batch,) = normals(4, (2, 3, N_TOKENS, D_MODEL))  # two leading axes
    options = {"mask": random_mask(4, N_TOKENS, N_TOKENS), "temperature": 0.7}
    trace = multi_head_attention(batch, projections, **options)
    assert trace.heads.weights.shape == (2, 3, N_HEADS, N_TOKENS, N_TOKENS)
    for place in np.ndindex(2, 3):
        alone = multi_head_attention(batch[place], projections, **options)
        for name in ("merged", "output"):
            np.testing.assert_allclose(
                getattr(trace, name)[place], getattr(alone, name), rtol=1e-12, atol=1e-13
            )
        for name in ("q", "k", "v", "scores", "weights", "context"):
            np.testing.assert_allclose(
                getattr(trace.heads, name)[place],
                getattr(alone.heads, name),
                rtol=1e-12,
                atol=1e-13,
            )
        np.testing.assert_array_equal(merge_heads(trace.heads.context)[place], trace.merged[place])


def test_query_heads_of_one_group_have_their_own_sinks_and_one_soft_cap():
    q, k, v, sinks, bias = normals(6, (6, 3, 4), (2, 5, 4), (2, 5, 3), (6,), (6, 3, 5))
    mask = random_mask(6, 6, 3, 5)
    trace = grouped_attention(q, k, v, mask, bias, 0.3, 0.7, softcap=1.5, sinks=sinks)
    for head in range(6):
        shared = k[head // 3], v[head // 3]
        own = mask[head], bias[head], 0.3, 0.7, 1.5, sinks[head, ...]
        alone, seen = attention(q[head], *shared, *own), head_of(trace, head)
        for name, value in vars(alone).items():
            np.testing.assert_allclose(getattr(seen, name), value, rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("shape", [(), (1,)])
def test_a_sink_that_all_heads_share_is_each_heads_own(shape):
    q, k, v = normals(7, (6, 3, 4), (6, 5, 4), (6, 5, 3))
    trace = grouped_attention(q, k, v, sinks=np.full(shape, 0.5))
    for head in range(6):
        assert head_of(trace, head).sinks == 0.5


def test_n_kv_heads_left_out_means_one_for_each_head():
    x, projections = random_layer(0, n_kv_heads=N_HEADS)
    implied = Projections(**matrices(projections), n_heads=N_HEADS)
    assert (implied.kv_heads, implied.group_size) == (N_HEADS, 1)
    np.testing.assert_array_equal(
        multi_head_attention(x, implied).output, multi_head_attention(x, projections).output
    )


@given(seeds)
def test_without_mask_or_positions_a_layer_sees_a_bag_of_tokens(seed):
    x, projections = random_layer(seed)
    order = np.random.default_rng(seed).permutation(N_TOKENS)
    np.testing.assert_allclose(
        multi_head_attention(x[order], projections).output,
        multi_head_attention(x, projections).output[order],
        rtol=1e-8,
        atol=1e-10,
    )


@every_sharing
@pytest.mark.parametrize("added", ["nothing", "everything", "one bias for all heads"])
def test_a_layer_equals_torch(n_kv_heads, added):
    x, projections = random_layer(1, n_kv_heads)
    mask = random_mask(1, N_TOKENS, N_TOKENS)
    bias, shared_bias = normals(2, (N_HEADS, N_TOKENS, N_TOKENS), (1, N_TOKENS, N_TOKENS))
    options = {
        "nothing": {},
        "everything": {"mask": mask, "bias": bias, "scale": 0.3, "temperature": 0.7},
        "one bias for all heads": {"bias": shared_bias},
    }[added]
    torch_options = options | (
        {"bias": torch.from_numpy(options["bias"])} if "bias" in options else {}
    )
    weights = map(torch.from_numpy, matrices(projections).values())
    expected = torch_layer(torch.from_numpy(x), *weights, projections, **torch_options)
    output = multi_head_attention(x, projections, **options).output
    np.testing.assert_allclose(output, expected, rtol=1e-10, atol=1e-12)


def test_a_layer_equals_torch_multihead_attention():
    n_heads, d_model = 3, 6
    x, *all_matrices = normals(3, (N_TOKENS, d_model), *[(d_model, d_model)] * 4)
    W_Q, W_K, W_V, W_O = all_matrices
    mask = random_mask(3, N_TOKENS, N_TOKENS)
    module = torch.nn.MultiheadAttention(d_model, n_heads, bias=False, dtype=torch.float64)
    module.in_proj_weight.data = torch.from_numpy(np.concatenate([W_Q, W_K, W_V], axis=1).T)
    module.out_proj.weight.data = torch.from_numpy(W_O.T)
    with torch.no_grad():  # torch's mask is the other way round: True = blocked
        output, weights = module(
            *[torch.from_numpy(x)] * 3,
            attn_mask=torch.from_numpy(~mask),
            average_attn_weights=False,
        )
    trace = multi_head_attention(x, Projections(*all_matrices, n_heads=n_heads), mask)
    np.testing.assert_allclose(trace.heads.weights, weights, rtol=1e-10)
    np.testing.assert_allclose(trace.output, output, rtol=1e-10)


@both_dtypes
@every_sharing
def test_a_layer_keeps_the_dtype_of_its_input(dtype, n_kv_heads):
    x, projections = random_layer(0, n_kv_heads, dtype)
    trace = multi_head_attention(x, projections, temperature=0.7)
    assert {array.dtype for array in project(x, projections)} == {np.dtype(dtype)}
    assert float_dtypes(trace) | float_dtypes(trace.heads) == {np.dtype(dtype)}


@pytest.mark.parametrize(
    ("sizes", "n_heads", "n_kv_heads", "message"),
    [
        ((24, 8, 4, 12), 6, 4, "6 heads cannot share 4 key-value heads evenly"),
        ((24, 8, 4, 12), 6, 0, "6 heads cannot share 0 key-value heads evenly"),
        ((24, 8, 4, 12), 0, None, "0 heads cannot share 0 key-value heads evenly"),
        ((25, 8, 4, 12), 6, 2, "W_Q has 25 columns, which 6 heads"),
        ((24, 9, 4, 12), 6, 2, "W_K has 9 columns, which 2 heads"),
        ((24, 8, 5, 12), 6, 2, "W_V has 5 columns, which 2 heads"),
        ((24, 10, 4, 12), 6, 2, "W_Q gives each head 4 dimensions but W_K gives 5$"),
        ((24, 8, 4, 11), 6, 2, "W_O has 11 rows but the heads merge to 12$"),
    ],
)
def test_matrices_that_do_not_fit_are_named(sizes, n_heads, n_kv_heads, message):
    q_size, k_size, v_size, o_size = sizes
    shapes = [(7, q_size), (7, k_size), (7, v_size), (o_size, 7)]
    with pytest.raises(ValueError, match=message):
        Projections(*map(np.ones, shapes), n_heads=n_heads, n_kv_heads=n_kv_heads)


def test_tokens_of_another_size_are_named():
    _, projections = random_layer(0)
    with pytest.raises(ValueError, match=f"x has 8 dimensions but W_Q expects {D_MODEL}"):
        multi_head_attention(np.ones((N_TOKENS, 8)), projections)


def test_columns_that_do_not_divide_are_named():
    with pytest.raises(ValueError, match="7 columns cannot be split into 2 heads"):
        split_heads(np.ones((3, 7)), 2)


@pytest.mark.parametrize("n_q", [1, 3])
def test_a_head_has_its_own_mask_or_the_common_one(n_q):
    own = random_mask(0, 2, n_q, 5)
    common = own[:1]
    for head in range(2):
        np.testing.assert_array_equal(of_head(own, head), own[head])
        np.testing.assert_array_equal(of_head(common, head), own[0])
        np.testing.assert_array_equal(of_head(own[0], head), own[0])
        assert of_head(None, head) is None
    sinks = np.array([0.5, 0.7])
    assert [float(sink_of_head(sinks, head)) for head in range(2)] == [0.5, 0.7]
    assert sink_of_head(sinks[:1], 1).shape == ()


def test_grouped_attention_has_the_defaults_of_attention():
    q, k, v = normals(0, (2, 3, 4), (2, 5, 4), (2, 5, 3))
    for name, value in vars(attention(q, k, v)).items():
        np.testing.assert_array_equal(getattr(grouped_attention(q, k, v), name), value)


def test_sizes_in_a_batch_are_named_by_their_last_axis():
    _, projections = random_layer(0)
    with pytest.raises(ValueError, match=f"x has 8 dimensions but W_Q expects {D_MODEL}"):
        multi_head_attention(np.ones((2, N_TOKENS, 8)), projections)
