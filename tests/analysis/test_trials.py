"""Changes of scores and what they do to the weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from attention_core.analysis.trials import lead, redrawn, shifted, stretched
from attention_core.softmax import softmax

some_scores = arrays(np.float64, st.integers(2, 8), elements=st.floats(-20, 20))


@given(some_scores, st.floats(-50, 50))
def test_a_constant_moves_no_weight(scores, by):
    tried = shifted(scores, by)
    np.testing.assert_array_equal(tried.new_scores, scores + by)
    assert tried.moved < 1e-12


@given(some_scores, st.floats(1.5, 9))
def test_stretching_sharpens_as_a_lower_temperature_does(scores, factor):
    tried = stretched(scores, factor)
    np.testing.assert_allclose(
        tried.new_weights, softmax(scores, temperature=1 / factor), atol=1e-12
    )
    assert tried.new_weights.max() >= tried.weights.max() - 1e-12


def test_moved_is_the_largest_change_by_hand():
    # [0, 0] → [0, 2 ln 3 / 2]: weights [1/2, 1/2] → [1/4, 3/4]
    tried = stretched(np.array([0.0, np.log(3)]), 2.0)
    np.testing.assert_allclose(tried.weights, [1 / 4, 3 / 4])
    np.testing.assert_allclose(tried.new_weights, [1 / 10, 9 / 10])
    assert tried.moved == pytest.approx(0.15)


def test_redrawn_scores_are_seeded_have_one_decimal_and_keep_the_number_of_keys():
    scores = np.array([2.0, 1.0, 0.5])
    tried = redrawn(scores, seed=1)
    np.testing.assert_array_equal(tried.new_scores, redrawn(scores, seed=1).new_scores)
    assert not np.array_equal(tried.new_scores, redrawn(scores, seed=2).new_scores)
    np.testing.assert_array_equal(tried.new_scores, tried.new_scores.round(1))
    assert tried.new_weights.shape == (3,) and tried.new_weights.sum() == pytest.approx(1)
    np.testing.assert_array_equal(tried.scores, scores)


@given(some_scores)
def test_the_lead_is_the_ratio_of_the_two_largest_weights(scores):
    best, weights = lead(scores), np.sort(softmax(scores))[::-1]
    assert best.ratio == pytest.approx(weights[0] / weights[1])
    assert best.gap >= 0 and best.first != best.second
    assert scores[best.first] - scores[best.second] == best.gap


def test_a_lead_by_hand_and_ties_to_the_earlier():
    best = lead(np.array([0.5, 2.0, 1.0]))
    assert (best.first, best.second, best.gap) == (1, 2, 1.0)
    assert best.ratio == pytest.approx(np.e)
    assert (lead(np.zeros(3)).first, lead(np.zeros(3)).second) == (0, 1)


def test_one_score_has_no_lead():
    with pytest.raises(ValueError, match="two scores, got 1"):
        lead(np.array([1.0]))
