"""Ten mistakes of attention: each one's stated consequence, by hand, in general, and beside the right attention."""

import inspect

import numpy as np
import pytest
from hypothesis import given

from attention_core.analysis.broken import (
    FUNCTIONS,
    NAMES,
    averaged,
    first_change,
    function_of,
    in_wrong_order,
    large_number,
    masked_too_late,
    over_wrong_axis,
    softmax_twice,
    swapped,
    uniform,
    with_wrong_rope,
    without_largest,
    without_mask,
    without_root,
)
from attention_core.analysis.mistakes import largest_safe_score
from attention_core.attention import attention
from attention_core.masks import causal_mask
from attention_core.positions import apply_rope, rope_angles
from attention_core.softmax import softmax
from tests.core.cases import both_dtypes, float_dtypes, normals, random_mask, random_qkv, seeds

N = 5
CAUSAL = causal_mask(N)
# scores ln 1, ln 2, ln 5 → weights 1/8, 2/8, 5/8
Q, K, V = np.eye(1), np.log([[1.0], [2.0], [5.0]]), np.array([[8.0], [80.0], [800.0]])
LAST_IS_BLOCKED = np.array([[True, True, False]])


def square(seed: int, *heads: int, dtype: type = np.float64) -> list[np.ndarray]:
    """q, k, v of a text that asks itself."""
    return normals(seed, (*heads, N, 4), (*heads, N, 4), (*heads, N, 3), dtype=dtype)


def test_without_the_root_by_hand():
    # d_head 4: the scores ln 4 and 0 are halved to ln 2 and 0 by the right one
    q, k = np.array([[1.0, 0, 0, 0]]), np.array([[np.log(4), 0, 0, 0], [0, 0, 0, 0.0]])
    np.testing.assert_allclose(attention(q, k, k).weights, [[2 / 3, 1 / 3]])
    np.testing.assert_allclose(without_root(q, k, k).weights, [[4 / 5, 1 / 5]])


@given(seeds)
def test_without_the_root_the_largest_weight_of_every_row_grows(seed):
    q, k, v = random_qkv(seed, 2)
    mask = random_mask(seed, 3, 5)
    right, wrong = attention(q, k, v, mask), without_root(q, k, v, mask)
    np.testing.assert_allclose(wrong.scaled_scores, 2 * right.scaled_scores)  # √4
    assert (wrong.weights.max(axis=-1) >= right.weights.max(axis=-1) - 1e-12).all()
    free = mask.sum(axis=-1) > 1
    assert (wrong.weights.max(axis=-1) > right.weights.max(axis=-1))[:, free].all()


def test_over_the_wrong_axis_by_hand():
    # two queries score one key ln 1 and ln 3, the other ln 1 and ln 1: 1/4, 3/4 and 1/2, 1/2 downwards
    q, k = np.array([[0.0], [1.0]]), np.array([[np.log(3)], [0.0]])
    wrong = over_wrong_axis(q, k, np.eye(2))
    np.testing.assert_allclose(wrong.weights, [[1 / 4, 1 / 2], [3 / 4, 1 / 2]])
    np.testing.assert_allclose(wrong.context, wrong.weights)


@given(seeds)
def test_over_the_wrong_axis_columns_sum_to_one_and_only_the_mean_of_the_rows_does(seed):
    wrong = over_wrong_axis(*square(seed, 2), CAUSAL)
    np.testing.assert_allclose(wrong.weights.sum(axis=-2), 1)
    assert wrong.weights.sum(axis=-1).mean() == pytest.approx(1)
    assert np.abs(wrong.weights.sum(axis=-1) - 1).max() > 0.1
    np.testing.assert_allclose(wrong.weights[:, -1, -1], 1)  # nobody else sees the last key


def test_masked_too_late_by_hand():
    wrong = masked_too_late(Q, K, V, LAST_IS_BLOCKED, scale=1.0)
    np.testing.assert_allclose(wrong.weights, [[1 / 8, 2 / 8, 0]])
    np.testing.assert_allclose(wrong.context, [[1 + 20]])
    np.testing.assert_allclose(
        attention(Q, K, V, LAST_IS_BLOCKED, scale=1.0).context, [[(8 + 160) / 3]]
    )


@given(seeds)
def test_masked_too_late_loses_exactly_what_blocked_keys_had(seed):
    q, k, v = square(seed, 2)
    free = attention(q, k, v).weights
    wrong = masked_too_late(q, k, v, CAUSAL).weights
    lost = np.where(CAUSAL, 0, free).sum(axis=-1)
    np.testing.assert_allclose(wrong.sum(axis=-1), 1 - lost)
    assert (lost[:, :-1] > 0).all() and not wrong[:, ~CAUSAL].any()
    np.testing.assert_array_equal(masked_too_late(q, k, v).weights, free)  # no mask, no mistake


def test_without_the_mask_by_hand():
    wrong = without_mask(Q, K, V, LAST_IS_BLOCKED, scale=1.0)
    np.testing.assert_allclose(wrong.weights, [[1 / 8, 2 / 8, 5 / 8]])
    np.testing.assert_allclose(wrong.context, [[1 + 20 + 500]])


@given(seeds)
def test_without_the_mask_the_first_token_reads_the_future(seed):
    q, k, v = square(seed)
    other = v.copy()
    other[-1] += 1  # only the last token is another one
    right, right_other = (attention(q, k, each, CAUSAL).context for each in (v, other))
    wrong, wrong_other = (without_mask(q, k, each, CAUSAL).context for each in (v, other))
    np.testing.assert_array_equal(right[:-1], right_other[:-1])
    assert (wrong_other[0] > wrong[0]).all()


def test_swapped_by_hand():
    # q = 1, 2 and k = 1, 0: q kᵀ = [[1, 0], [2, 0]], so k qᵀ = [[1, 2], [0, 0]]
    q, k = np.array([[1.0], [2.0]]), np.array([[1.0], [0.0]])
    wrong = swapped(q, k, np.eye(2))
    np.testing.assert_allclose(wrong.scores, [[1, 2], [0, 0]])
    np.testing.assert_allclose(wrong.weights[0], np.array([1, np.e]) / (1 + np.e))
    np.testing.assert_allclose(wrong.weights[1], [1 / 2, 1 / 2])


@given(seeds)
def test_swapped_transposes_the_scores_and_not_the_weights(seed):
    q, k, v = square(seed, 2)
    right, wrong = attention(q, k, v), swapped(q, k, v)
    np.testing.assert_allclose(wrong.scores, right.scores.swapaxes(-1, -2))
    np.testing.assert_allclose(wrong.weights, softmax(right.scaled_scores.swapaxes(-1, -2)))
    assert np.abs(wrong.weights - right.weights.swapaxes(-1, -2)).max() > 1e-3
    np.testing.assert_array_equal(swapped(q, q, v).weights, attention(q, q, v).weights)


@pytest.mark.usefixtures("shapes_unchecked")
def test_swapped_needs_as_many_queries_as_keys():
    with pytest.raises(ValueError, match="k has 3 tokens but v has 5"):
        swapped(*random_qkv(0))


@given(seeds)
def test_averaged_gives_every_head_the_mean_of_all(seed):
    q, k, v = random_qkv(seed, 3)
    mask = random_mask(seed, 3, 5)
    right, wrong = attention(q, k, v, mask), averaged(q, k, v, mask)
    for head in range(3):
        np.testing.assert_allclose(wrong.weights[head], right.weights.sum(axis=0) / 3)
    np.testing.assert_allclose(wrong.weights.sum(axis=-1), 1)
    np.testing.assert_array_equal(averaged(q[:1], k[:1], v[:1]).weights[0], attention(q[0], k[0], v[0]).weights)  # fmt: skip
    np.testing.assert_array_equal(averaged(q[0], k[0], v[0]).weights, attention(q[0], k[0], v[0]).weights)  # fmt: skip


@given(seeds)
def test_uniform_shares_each_row_evenly_whatever_the_numbers(seed):
    q, k, v = square(seed, 2)
    (bias,) = normals(seed, (N, N))
    wrong = uniform(q, k, v, CAUSAL, bias)
    np.testing.assert_allclose(wrong.weights[0], CAUSAL / np.arange(1, N + 1)[:, None])
    np.testing.assert_allclose(wrong.context[1, 2], v[1, :3].mean(axis=0))


def test_softmax_twice_by_hand():
    # 1/3, 2/3 and 0 for the blocked key, and then their softmax
    wrong = softmax_twice(Q, K, V, LAST_IS_BLOCKED, scale=1.0)
    exps = np.exp([1 / 3, 2 / 3, 0])
    np.testing.assert_allclose(wrong.weights, [exps / exps.sum()])


@given(seeds)
def test_softmax_twice_leaves_hardly_a_difference_and_gives_blocked_keys_weight(seed):
    wrong = softmax_twice(*square(seed, 2), CAUSAL).weights
    assert (wrong.max(axis=-1) <= np.e * wrong.min(axis=-1) * (1 + 1e-12)).all()
    np.testing.assert_allclose(wrong.sum(axis=-1), 1)
    assert (wrong[:, ~CAUSAL] > 1 / (N * np.e)).all()
    np.testing.assert_allclose(wrong[:, 0, 0], np.e / (np.e + N - 1))


@pytest.mark.filterwarnings("error")
@both_dtypes
def test_without_the_largest_there_is_no_number_and_the_core_does_not_mind(dtype):
    q, k, v = square(3, 2, dtype=dtype)
    right, wrong = attention(q, k, v, CAUSAL), without_largest(q, k, v, CAUSAL)
    assert np.isnan(wrong.weights[:, CAUSAL]).all()
    assert not wrong.weights[:, ~CAUSAL].any()  # exp(−∞) is 0, and 0 ÷ ∞ is a number
    assert np.isnan(wrong.context).all()
    large = large_number(right.masked_scores)
    assert large == 2 * largest_safe_score(dtype)
    np.testing.assert_array_equal(wrong.masked_scores, right.masked_scores + dtype(large))
    with_core = softmax(wrong.masked_scores)
    np.testing.assert_allclose(with_core, right.weights, atol=1e-4 if dtype == np.float32 else 1e-12)  # fmt: skip


def test_the_wrong_order_of_rope_turns_neighbours():
    # as complex numbers: neighbours (a, b) are a + ib, turned by e^{iθ}; halves are (x_i, x_{i+d/2})
    (unturned,) = normals(0, (2, N, 6))
    angles = rope_angles(N, 6)
    wrong = in_wrong_order(apply_rope(unturned, angles), angles)
    expected = (unturned[..., ::2] + 1j * unturned[..., 1::2]) * np.exp(1j * angles)
    np.testing.assert_allclose(wrong[..., ::2], expected.real, atol=1e-12)
    np.testing.assert_allclose(wrong[..., 1::2], expected.imag, atol=1e-12)
    assert np.abs(wrong - apply_rope(unturned, angles))[:, 1:].max() > 0.5


@given(seeds)
def test_the_wrong_order_of_rope_keeps_lengths_and_scores_still_depend_on_distance_alone(seed):
    q, k = normals(seed, (1, 6), (1, 6))
    angles = rope_angles(9, 6)
    at_all = [apply_rope(np.repeat(each, 9, axis=0), angles) for each in (q, k)]
    wrong_q, wrong_k = (in_wrong_order(each, angles) for each in at_all)
    np.testing.assert_allclose(np.linalg.norm(wrong_q, axis=-1), np.linalg.norm(q), rtol=1e-12)
    scores = wrong_q @ wrong_k.T
    for distance in range(-8, 9):
        np.testing.assert_allclose(np.ptp(np.diagonal(scores, distance)), 0, atol=1e-10)


def test_the_wrong_order_of_rope_is_attention_on_q_and_k_turned_otherwise():
    q, k, v = square(1, 2)
    angles = rope_angles(N, 4)
    q, k = apply_rope(q, angles), apply_rope(k, angles)
    wrong = with_wrong_rope(angles)(q, k, v, CAUSAL)
    expected = attention(in_wrong_order(q, angles), in_wrong_order(k, angles), v, CAUSAL)
    np.testing.assert_array_equal(wrong.weights, expected.weights)
    assert np.abs(wrong.weights - attention(q, k, v, CAUSAL).weights).max() > 0.01
    np.testing.assert_allclose(wrong.weights[:, 0], attention(q, k, v, CAUSAL).weights[:, 0])


def test_with_one_pair_there_is_no_order_to_get_wrong():
    (x,) = normals(0, (3, N, 2))
    angles = rope_angles(N, 2)
    np.testing.assert_allclose(in_wrong_order(apply_rope(x, angles), angles), apply_rope(x, angles))


@pytest.mark.parametrize("name", NAMES)
def test_each_takes_what_attention_takes_and_keeps_its_type(name):
    function = function_of(name, rope_angles(N, 4))
    *taken, terms = inspect.signature(function).parameters.values()
    assert [p.name for p in taken] == list(inspect.signature(attention).parameters)[:6]
    assert all(p.default is None for p in taken[3:]) and terms.kind is inspect.Parameter.VAR_KEYWORD
    q, k, v = square(0, 2, dtype=np.float32)
    (bias,) = normals(0, (N, N), dtype=np.float32)
    trace = function(q, k, v, CAUSAL, bias, 0.7)
    assert float_dtypes(trace) == {np.dtype(np.float32)}
    assert trace.weights.shape == (2, N, N) and trace.context.shape == (2, N, 3)
    np.testing.assert_array_equal(trace.context, trace.weights @ trace.v)
    assert trace.weights.flags.writeable  # torch takes no other
    for given_one, untouched in zip((q, k, v), square(0, 2, dtype=np.float32), strict=True):
        np.testing.assert_array_equal(given_one, untouched)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"averaged", "no-max"}))
def test_each_head_by_itself_gives_what_it_gives_among_others(name):
    function = function_of(name, rope_angles(N, 4))
    q, k, v = square(0, 3)
    together = function(q, k, v, CAUSAL)
    for head in range(3):
        alone = function(q[head], k[head], v[head], CAUSAL)
        np.testing.assert_allclose(together.context[head], alone.context, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("no-root", "scaled_scores"),
        ("wrong-axis", "weights"),
        ("mask-after", "masked_scores"),
        ("no-mask", "masked_scores"),
        ("swapped", "scores"),
        ("averaged", "weights"),
        ("uniform", "scores"),
        ("twice", "weights"),
        ("no-max", "masked_scores"),
        ("rope", "scores"),
    ],
)
def test_the_first_number_that_changes_is_the_one_the_mistake_is_about(name, stage):
    q, k, v = square(0, 2)
    changed = function_of(name, rope_angles(N, 4))(q, k, v, CAUSAL)
    assert first_change(attention(q, k, v, CAUSAL), changed) == stage


def test_where_nothing_changes_there_is_no_first_change():
    q, k, v = square(0)
    right = attention(q, k, v)
    assert first_change(right, without_mask(q, k, v)) is None
    no_number = without_largest(q, k, v)
    assert first_change(no_number, no_number) is None  # nan on both sides is the same


def test_a_name_that_is_none_is_refused_and_rope_needs_angles():
    assert set(NAMES) == {*FUNCTIONS, "rope"} and len(NAMES) == 10
    with pytest.raises(ValueError, match="no broken attention “softmin”"):
        function_of("softmin")
    with pytest.raises(ValueError, match="“rope” without angles"):
        function_of("rope")


@pytest.mark.parametrize("name", ["twice", "no-max"])
def test_a_sink_takes_its_share_in_the_broken_softmax_too(name):
    q, k, v = square(0)
    terms = {"softcap": 0.8, "sinks": np.array(0.3)}
    scores = attention(q, k, v, **terms).masked_scores
    joined = np.concatenate([scores, np.full((N, 1), 0.3)], axis=1)
    exps = np.exp(softmax(joined))
    expected = exps / exps.sum(axis=1, keepdims=True) if name == "twice" else joined * np.nan
    found = function_of(name)(q, k, v, **terms)
    np.testing.assert_allclose(found.weights, expected[:, :N])
    np.testing.assert_array_equal(found.capped_scores, scores)
