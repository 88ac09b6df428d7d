"""The permutation test by hand, at its ends, and on lists that have nothing to do with each other."""

from itertools import permutations

import numpy as np
import pytest

from attention_core.analysis.chance import DRAWN, rank_test
from attention_core.analysis.leave_out import rank_agreement


def test_three_numbers_prove_nothing_however_well_they_agree():
    # of 6 orders, two agree as strongly: the same and the reversed one
    found = rank_test(np.array([1.0, 2, 3]), np.array([4.0, 5, 9]))
    assert (found.rho, found.n, found.n_orders, found.exact) == (1, 3, 6, True)
    assert found.p == pytest.approx(2 / 6)


def test_every_order_is_counted_with_ties():
    a, b = np.array([1.0, 1, 2, 5]), np.array([3.0, 2, 8, 8])
    seen = abs(rank_agreement(a, b))
    by_hand = [abs(rank_agreement(a[list(order)], b)) for order in permutations(range(4))]
    expected = np.mean([rho >= seen - 1e-9 for rho in by_hand])
    assert rank_test(a, b).p == pytest.approx(expected)


def test_above_seven_orders_are_drawn_and_the_same_each_time():
    a = np.arange(12.0)
    found = rank_test(a, a)
    assert not found.exact
    assert found.p == 1 / (DRAWN + 1)  # never 0: the order observed is one of them
    noisy = rank_test(a, np.sin(a * 7))
    assert noisy == rank_test(a, np.sin(a * 7))
    assert 0.05 < noisy.p < 1


def test_drawn_and_exact_agree_where_both_can_be_had(monkeypatch):
    rng = np.random.default_rng(3)
    a, b = rng.standard_normal(7), rng.standard_normal(7)
    exact = rank_test(a, b).p
    monkeypatch.setattr("attention_core.analysis.chance.EVERY_ORDER_UP_TO", 6)
    assert rank_test(a, b).p == pytest.approx(exact, abs=0.02)


def test_unrelated_lists_are_rarely_called_related():
    rng = np.random.default_rng(0)
    found = [rank_test(rng.standard_normal(6), rng.standard_normal(6)).p for _ in range(200)]
    assert np.mean([p <= 0.05 for p in found]) <= 0.08


def test_a_reversed_order_counts_as_strongly():
    a = np.arange(6.0)
    assert rank_test(a, -a).p == rank_test(a, a).p == pytest.approx(2 / 720)


@pytest.mark.parametrize(("a", "b"), [([1, 1], [1, 2]), ([4], [5]), ([], [])])
def test_without_an_order_there_is_no_p(a, b):
    found = rank_test(np.array(a, float), np.array(b, float))
    assert np.isnan(found.rho) and np.isnan(found.p)
    assert found.n == len(a)


def test_lists_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="no common order"):
        rank_test(np.ones(2), np.ones(3))
