"""Mistakes that are made on purpose: what each gives by hand, and how far it is from the core."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from attention_core.analysis.mistakes import largest_safe_score, over_queries, twice, without_max
from attention_core.softmax import softmax

finite = arrays(np.float64, st.integers(2, 8), elements=st.floats(-500, 500))


def test_without_max_by_hand():
    # exp of [ln 1, ln 3] is [1, 3]
    broken = without_max(np.log([1.0, 3.0]))
    np.testing.assert_allclose(broken.exps, [1, 3])
    np.testing.assert_allclose(broken.total, [4])
    np.testing.assert_allclose(broken.weights, [1 / 4, 3 / 4])


@given(finite)
def test_without_max_agrees_with_the_core_while_no_exp_is_too_large_or_too_small(scores):
    np.testing.assert_allclose(without_max(scores).weights, softmax(scores), atol=1e-12)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("scores", "exps", "weights"),
    [
        ([2000.0, 1000.0, 500.0], [np.inf, np.inf, np.exp(500)], [np.nan, np.nan, 0]),
        ([2000.0, 1.0], [np.inf, np.e], [np.nan, 0]),
        ([-2000.0, -1000.0], [0, 0], [np.nan, np.nan]),
    ],
)
def test_without_max_large_scores_end_in_nan_without_a_warning(scores, exps, weights):
    broken = without_max(np.array(scores))
    np.testing.assert_allclose(broken.exps, exps)
    np.testing.assert_array_equal(broken.weights, weights)
    assert softmax(np.array(scores)).sum() == pytest.approx(1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_largest_safe_score_is_the_edge(dtype):
    edge = largest_safe_score(dtype)
    assert np.isfinite(without_max(np.array([edge - 1], dtype)).exps).all()
    assert np.isinf(without_max(np.array([edge + 1], dtype)).exps).all()


def test_twice_by_hand():
    # softmax of [0, 0] is [1/2, 1/2], again the same; of [big, 0] it is [1, 0], then [e, 1] / (e + 1)
    np.testing.assert_allclose(twice(np.zeros(2)), [1 / 2, 1 / 2])
    np.testing.assert_allclose(twice(np.array([900.0, 0])), np.array([np.e, 1]) / (np.e + 1))


@given(finite)
def test_twice_sums_to_one_but_hardly_any_gap_is_left(scores):
    weights = twice(scores)
    assert weights.sum() == pytest.approx(1)
    assert weights.max() <= np.e * weights.min() * (1 + 1e-12)
    assert weights.max() <= softmax(scores).max() + 1e-12


def test_over_queries_by_hand():
    # columns ln [1, 3] and ln [1, 1]: shares [1/4, 3/4] and [1/2, 1/2], downwards
    weights = over_queries(np.log([[1.0, 1.0], [3.0, 1.0]]))
    np.testing.assert_allclose(weights, [[1 / 4, 1 / 2], [3 / 4, 1 / 2]])


@given(st.integers(0, 99), st.integers(1, 7), st.integers(1, 7), st.sampled_from([0.5, 1.0, 4.0]))
def test_over_queries_the_columns_sum_to_one_and_the_mean_of_the_rows_hides_it(
    seed, n_q, n_k, temperature
):
    scores = np.random.default_rng(seed).normal(size=(n_q, n_k))
    weights = over_queries(scores, temperature)
    np.testing.assert_allclose(weights.sum(axis=0), 1)
    assert weights.sum(axis=1).mean() == pytest.approx(n_k / n_q)
    np.testing.assert_allclose(weights, softmax(scores.T / temperature).T)
