"""Measures of change by hand, at their ends, and against SciPy's definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.analysis.leave_out import (
    fell_most,
    moved_probability,
    rank_agreement,
    turned,
)

LISTS = st.lists(st.integers(-5, 5).map(float), min_size=2, max_size=12)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([1.0, 0.0], [5.0, 0.0], 0.0),
        ([1.0, 0.0], [0.0, 2.0], 1.0),
        ([1.0, 2.0], [-2.0, -4.0], 2.0),
        ([3.0, 4.0], [3.0, 0.0], 1 - 3 / 5),
        ([0.0, 0.0], [0.0, 0.0], 0.0),
        ([0.0, 0.0], [1.0, 0.0], 1.0),
    ],
)
def test_turned_by_hand(before, after, expected):
    assert turned(np.array(before), np.array(after)) == pytest.approx(expected)


def test_moved_probability_by_hand():
    # one tenth leaves the first outcome, and reaches the third
    before, after = np.array([0.5, 0.3, 0.2]), np.array([0.4, 0.3, 0.3])
    assert moved_probability(before, after) == pytest.approx(0.1)
    assert moved_probability(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 1
    assert moved_probability(before, before) == 0


def test_moved_probability_counts_small_changes_of_many_outcomes_in_float32():
    before = np.full(50_000, 1 / 50_000, np.float32)
    after = before * np.where(np.arange(50_000) % 2, 1.5, 0.5).astype(np.float32)
    assert moved_probability(before, after) == pytest.approx(0.25, rel=1e-6)


def test_other_outcomes_are_refused():
    with pytest.raises(ValueError, match="same outcomes"):
        moved_probability(np.ones(2), np.ones(3))


def test_the_head_that_fell_most():
    before = np.array([[0.5, 0.2, 0.9], [0.3, 0.6, 0.1]])
    after = np.array([[0.4, 0.9, 0.7], [0.3, 0.1, 0.1]])  # falls of .1, −.7, .2 and 0, .5, 0
    assert fell_most(before, after) == (1, 1)
    assert fell_most(before, before) == (0, 0)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([1, 2, 3], [10, 200, 3000], 1),
        ([1, 2, 3], [3, 2, 1], -1),
        # ranks 0 1 2 3 and 1 0 2 3: 1 − 6·(1 + 1) / (4·15)
        ([1, 2, 3, 4], [20, 10, 30, 40], 1 - 12 / 60),
        # a tie: ranks 0.5 0.5 2 against 0 1 2 → 1.5 / √(1.5 · 2)
        ([1, 1, 2], [1, 2, 3], 1.5 / np.sqrt(3)),
    ],
)
def test_rank_agreement_by_hand(a, b, expected):
    assert rank_agreement(np.array(a, float), np.array(b, float)) == pytest.approx(expected)


@pytest.mark.parametrize(("a", "b"), [([1, 1], [1, 2]), ([1, 2], [3, 3]), ([4], [5]), ([], [])])
def test_without_an_order_there_is_no_agreement(a, b):
    assert np.isnan(rank_agreement(np.array(a, float), np.array(b, float)))


def test_lists_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="no common order"):
        rank_agreement(np.ones(2), np.ones(3))


@given(LISTS, st.data())
def test_only_the_order_counts(values, data):
    a = np.array(values)
    b = np.array(data.draw(st.lists(st.floats(-9, 9), min_size=len(a), max_size=len(a))))
    agreement = rank_agreement(a, b)
    np.testing.assert_allclose(rank_agreement(np.exp(a), b), agreement)
    np.testing.assert_allclose(rank_agreement(-a, b), -agreement, atol=1e-12)
    np.testing.assert_allclose(rank_agreement(b, a), agreement, atol=1e-12)
