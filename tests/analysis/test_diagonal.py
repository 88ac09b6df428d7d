"""Symmetry and the diagonal of a square attention matrix."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from attention_core.analysis.diagonal import asymmetry, prefers_itself
from attention_core.attention import attention

TOKENS = arrays(float, (5, 3), elements=st.floats(-3, 3))


def test_asymmetry_is_the_largest_difference_between_two_directions():
    assert asymmetry(np.array([[9.0, 1.0, 4.0], [3.0, 9.0, 0.0], [4.0, 0.5, 9.0]])) == 2.0


@given(TOKENS)
def test_one_matrix_for_both_sides_makes_scores_symmetric(x):
    assert asymmetry(attention(x, x, x).scores) <= 1e-12


@given(TOKENS, TOKENS)
def test_turning_the_matrix_over_changes_nothing(q, k):
    scores = attention(q, k, k).scores
    assert asymmetry(scores) == asymmetry(scores.T)


def test_a_token_prefers_itself_only_if_no_other_key_has_as_much():
    weights = np.array([[0.5, 0.3, 0.2], [0.4, 0.4, 0.2], [0.1, 0.6, 0.3]])
    assert prefers_itself(weights).tolist() == [True, False, False]
    assert prefers_itself(np.array([[1.0]])).tolist() == [True]


def test_other_tokens_in_the_columns_are_refused():
    for judge in (asymmetry, prefers_itself):
        with pytest.raises(ValueError, match=r"same tokens, got \(2, 3\)"):
            judge(np.ones((2, 3)))
