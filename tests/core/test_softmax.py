"""Softmax: by hand, by its properties, and beside torch."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from attention_core.softmax import softmax, softmax_steps

from .cases import both_dtypes, float_dtypes, normals, seeds

INF = np.inf
score_arrays = arrays(
    np.float64, array_shapes(max_dims=3, max_side=5), elements=st.floats(-100, 100)
)
huge_scores = arrays(
    np.float32, array_shapes(max_dims=3, max_side=5), elements=st.floats(-1e4, 1e4, width=32)
)
temperatures = st.floats(0.1, 10)


def test_two_scores_by_hand():
    np.testing.assert_allclose(softmax(np.array([0.0, 1.0])), np.array([1, np.e]) / (1 + np.e))


def test_three_scores_by_hand():
    weights = softmax(np.array([2.0, 1.0, 0.5]))
    np.testing.assert_allclose(weights, [0.629, 0.231, 0.140], atol=5e-4)


def test_every_step_by_hand():
    # At temperature 2 the scores halve to ln 1, ln 2, ln 5; the largest, ln 5, is subtracted,
    # so that the exps are 1/5, 2/5, 5/5. They sum to 8/5: the weights are 1/8, 2/8, 5/8.
    steps = softmax_steps(2 * np.log([1.0, 2.0, 5.0]), temperature=2.0)
    np.testing.assert_allclose(steps.tempered, np.log([1, 2, 5]))
    np.testing.assert_allclose(steps.top, [np.log(5)])
    np.testing.assert_allclose(steps.shifted, np.log([1 / 5, 2 / 5, 1]), atol=1e-15)
    np.testing.assert_allclose(steps.exps, [1 / 5, 2 / 5, 1])
    np.testing.assert_allclose(steps.total, [8 / 5])
    np.testing.assert_allclose(steps.weights, [1 / 8, 2 / 8, 5 / 8])


@given(score_arrays, st.integers(0, 2), temperatures)
def test_weights_are_a_distribution_along_any_axis(scores, axis, temperature):
    weights = softmax(scores, axis % scores.ndim, temperature)
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(axis=axis % scores.ndim), 1, rtol=1e-12)


@given(score_arrays, st.floats(-1000, 1000))
def test_adding_one_number_to_all_scores_changes_nothing(scores, shift):
    np.testing.assert_allclose(softmax(scores + shift), softmax(scores), rtol=1e-10)


@given(score_arrays, st.integers(0, 2))
def test_an_axis_is_the_last_axis_after_moving_it_there(scores, axis):
    axis %= scores.ndim
    moved = softmax(np.moveaxis(scores, axis, -1))
    np.testing.assert_allclose(softmax(scores, axis), np.moveaxis(moved, -1, axis), rtol=1e-12)


@given(score_arrays, temperatures)
def test_temperature_divides_the_scores(scores, temperature):
    np.testing.assert_array_equal(
        softmax(scores, temperature=temperature), softmax(scores / temperature)
    )


def test_cold_picks_the_largest_and_heat_evens_out():
    scores = np.array([2.0, 1.0, 0.5])
    np.testing.assert_allclose(softmax(scores, temperature=0.01), [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(softmax(scores, temperature=1e9), [1 / 3] * 3, rtol=1e-8)


@given(huge_scores)
def test_huge_scores_do_not_overflow(scores):
    with np.errstate(all="raise", under="ignore"):
        weights = softmax(scores)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-6)


@given(st.integers(1, 8), seeds)
def test_blocked_scores_count_as_if_they_were_absent(n_k, seed):
    (scores,) = normals(seed, (n_k,))
    allowed = np.random.default_rng(seed).random(n_k) < 0.5
    allowed[0] = True
    with np.errstate(all="raise"):
        weights = softmax(np.where(allowed, scores, -INF))
    assert (weights[~allowed] == 0).all()
    np.testing.assert_allclose(weights[allowed], softmax(scores[allowed]), rtol=1e-12)


@both_dtypes
def test_a_fully_blocked_row_gets_no_weight_and_leaves_the_others_alone(dtype):
    scores = np.array([[0.0, 1.0], [-INF, -INF], [-INF, 3.0]], dtype)
    with np.errstate(all="raise"):
        weights = softmax(scores)
    expected = np.array([[1 / (1 + np.e), np.e / (1 + np.e)], [0, 0], [0, 1]], dtype)
    np.testing.assert_allclose(weights, expected, rtol=1e-6)


@both_dtypes
@pytest.mark.parametrize("temperature", [0.7, np.float64(0.7)])
def test_every_step_keeps_the_dtype_of_the_scores(dtype, temperature):
    (scores,) = normals(0, (3, 5), dtype=dtype)
    assert float_dtypes(softmax_steps(scores, temperature=temperature)) == {np.dtype(dtype)}


def test_scores_are_left_as_they_were():
    scores = np.array([[0.0, 1.0, -INF]])
    softmax(scores, temperature=0.5)
    np.testing.assert_array_equal(scores, [[0.0, 1.0, -INF]])


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("temperature", [1.0, 0.3])
def test_softmax_equals_torch(axis, temperature):
    (scores,) = normals(1, (3, 5, 4))
    expected = torch.softmax(torch.from_numpy(scores) / temperature, dim=axis)
    np.testing.assert_allclose(softmax(scores, axis, temperature), expected, rtol=1e-10)


@pytest.mark.parametrize("temperature", [0.0, -1.0, np.nan])
def test_a_temperature_not_above_zero_is_refused(temperature):
    with pytest.raises(ValueError, match=f"temperature must be above 0, got {temperature}"):
        softmax(np.zeros(3), temperature=temperature)


def test_without_a_temperature_scores_stay_as_they_are_and_a_blocked_row_has_top_zero():
    steps = softmax_steps(np.array([[1.0, 3.0], [-INF, -INF]]))
    np.testing.assert_array_equal(steps.tempered, [[1, 3], [-INF, -INF]])
    np.testing.assert_array_equal(steps.top, [[3], [0]])
    np.testing.assert_array_equal(steps.total[1], [0])
