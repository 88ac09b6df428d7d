"""A score is the sum of its products; the strongest half of them are named."""

import numpy as np
import pytest

from attention_core.analysis.score_terms import score_terms


def test_by_hand():
    terms = score_terms(np.array([1.0, -2.0, 0.5, 0.0]), np.array([1.0, 2.0, 2.0, 9.0]))
    np.testing.assert_array_equal(terms.products, [1, -4, 1, 0])
    np.testing.assert_array_equal(terms.order, [1, 0, 2, 3])
    np.testing.assert_array_equal(terms.strongest, [1])  # 4 of 6
    assert (terms.score, terms.strongest_sum, terms.even) == (-2.0, -4.0, 2)


def test_the_products_sum_to_the_score_of_the_core(trace):
    for q_pos, k_pos in np.ndindex(trace.scores.shape):
        terms = score_terms(trace.q[q_pos], trace.k[k_pos])
        assert terms.score == pytest.approx(trace.scores[q_pos, k_pos], rel=1e-4, abs=1e-5)
        size = np.abs(terms.products)
        assert size[terms.strongest].sum() >= size.sum() / 2
        assert (np.diff(size[terms.order]) <= 0).all()


def test_a_query_of_zeros_has_no_strongest_dimension():
    assert score_terms(np.zeros(3), np.ones(3)).strongest.size == 0
