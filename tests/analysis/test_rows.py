"""What must be true of rows, and what printing does to them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.analysis.rows import (
    check_rows,
    half_unit,
    misprinted,
    misses_one,
    printed_sums,
    random_rows,
    sums,
)
from attention_core.toy.claims import (
    HEATMAP_PRINTED,
    HEATMAP_QUERIES,
    SOFTMAX_PRINTED,
    SOFTMAX_SCORES,
)


def test_sums_along_either_axis_by_hand():
    total = sums(np.array([[0.5, 0.5, 0.0], [0.25, 0.25, 0.5]]))
    np.testing.assert_allclose(total.of_queries, [1, 1])
    np.testing.assert_allclose(total.of_keys, [0.75, 0.75, 0.5])
    assert sums(np.array([[0.5, 0.0], [1.0, 0.5]])).mean == pytest.approx(1)  # and no row is 1


def test_the_tutorial_s_heatmap_has_two_rows_that_do_not_sum_to_one():
    check = check_rows(HEATMAP_PRINTED, decimals=1)
    assert [HEATMAP_QUERIES[i] for i in np.flatnonzero(~check.is_one)] == ["sat", "mat"]
    np.testing.assert_allclose(check.sums, [1, 1, 1.1, 1, 0.9])
    assert check.may_be_rounded.all()


@pytest.mark.parametrize(
    ("row", "may_be_rounded"),
    [
        ([0.3, 0.3, 0.3], True),  # thirds
        ([0.5, 0.6], True),  # 0.45 and 0.55 at the edge
        ([0.6, 0.6], False),  # at least 0.55 each
        ([0.4, 0.4], False),  # at most 0.45 each
        ([1.0, 0.0, 0.1, 0.1], False),  # at least 0.95 + 0 + 0.05 + 0.05: a weight is never below 0
    ],
)
def test_whether_rounding_can_be_the_reason(row, may_be_rounded):
    assert check_rows(np.array([row]), decimals=1).may_be_rounded.item() is may_be_rounded


def test_misprints_are_what_rounding_does_not_explain():
    printed, true = np.array([0.63, 0.23, 0.15, 0.5]), np.array([0.6285, 0.2350, 0.1402, 0.5051])
    assert misprinted(printed, true, 2).tolist() == [False, False, True, True]
    exps = np.exp(SOFTMAX_SCORES)
    assert misprinted(SOFTMAX_PRINTED, exps / exps.sum(), 2).all()


@given(st.integers(0, 999), st.integers(1, 12), st.integers(1, 3))
def test_a_row_that_was_rounded_is_never_called_impossible(seed, n_k, decimals):
    printed = random_rows(3, n_k, seed).round(decimals)
    check = check_rows(printed, decimals)
    assert check.may_be_rounded.all()
    np.testing.assert_array_equal(check.is_one, ~misses_one(printed, decimals))
    assert (np.abs(check.sums - 1) <= n_k * half_unit(decimals) + 1e-9).all()


def test_printed_sums_count_units_exactly():
    thirds = np.full((1, 3), 1 / 3)
    assert printed_sums(thirds, 2).tolist() == [0.99]
    assert misses_one(thirds, 2).tolist() == [True]
    assert printed_sums(np.full(10, 0.1), 1) == 1  # in floats 0.9999999999999999
    assert not misses_one(np.full(10, 0.1), 1)


def test_about_half_of_the_rows_of_six_keys_miss_one_and_pairs_never_do():
    assert misses_one(random_rows(5000, 6, seed=1), 2).mean() == pytest.approx(0.45, abs=0.05)
    assert not misses_one(random_rows(5000, 2, seed=1), 2).any()


def test_random_rows_are_seeded_weights():
    rows = random_rows(50, 7, seed=3)
    assert rows.shape == (50, 7) and (rows > 0).all()
    np.testing.assert_allclose(rows.sum(axis=1), 1)
    np.testing.assert_array_equal(rows, random_rows(50, 7, seed=3))
    assert not np.array_equal(rows, random_rows(50, 7, seed=4))
