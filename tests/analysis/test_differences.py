"""Distances between rows of weights, against numbers worked out by hand and the laws they must keep."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.analysis.differences import (
    correlation,
    distances,
    jensen_shannon,
    largest_changes,
    mean_over,
    rows_with_choice,
    share_farther,
    total_variation,
)

A = np.array([[0.5, 0.5, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25]])
B = np.array([[0.5, 0.0, 0.5, 0.0], [0.0, 0.0, 0.0, 1.0], [0.25, 0.25, 0.25, 0.25]])
MEASURES = (total_variation, jensen_shannon)


def random_rows(seed: int, n_rows: int = 4, n_keys: int = 7) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows = rng.random((n_rows, n_keys)) ** 4 * (rng.random((n_rows, n_keys)) < 0.7)
    rows[:, 0] += 0.01
    return rows / rows.sum(axis=1, keepdims=True)


def test_distances_worked_out_by_hand():
    # row 0: half of the weight moves; m = (½, ¼, ¼): ½·(½·1) twice = ½ bit
    np.testing.assert_allclose(total_variation(A, B), [0.5, 1, 0], atol=1e-15)
    np.testing.assert_allclose(jensen_shannon(A, B), [0.5, 1, 0], atol=1e-15)
    # a = (1, 0), b = (½, ½): m = (¾, ¼); ½ log₂(4/3) + ½ (½ log₂(2/3) + ½ log₂ 2)
    a, b = np.array([1.0, 0.0]), np.array([0.5, 0.5])
    assert total_variation(a, b) == pytest.approx(0.5)
    expected = 0.5 * np.log2(4 / 3) + 0.25 * np.log2(2 / 3) + 0.25
    assert jensen_shannon(a, b) == pytest.approx(expected, rel=1e-12)


@given(st.integers(0, 10_000))
def test_a_distance_is_symmetric_between_0_and_1_and_0_for_itself(seed: int):
    a, b = random_rows(seed), random_rows(seed + 1)
    for measure in MEASURES:
        there, back = measure(a, b), measure(b, a)
        np.testing.assert_allclose(there, back, atol=1e-15)
        assert (there >= 0).all() and (there <= 1 + 1e-12).all()
        np.testing.assert_allclose(measure(a, a), 0, atol=1e-15)


@given(st.integers(0, 10_000))
def test_jensen_shannon_is_never_more_than_total_variation(seed: int):
    """Lin 1991, theorem 3: in bits, with equal shares."""
    a, b = random_rows(seed), random_rows(seed + 1)
    assert (jensen_shannon(a, b) <= total_variation(a, b) + 1e-12).all()


@pytest.mark.usefixtures("shapes_unchecked")
def test_rows_of_other_sizes_are_refused_by_name():
    for measure in MEASURES:
        with pytest.raises(ValueError, match=r"\(3, 4\) and \(3, 3\)"):
            measure(A, B[:, :3])


def test_correlation_is_numpys_over_the_allowed_cells_alone():
    a, b = random_rows(1), random_rows(2)
    allowed = np.tri(4, 7, k=2, dtype=bool)
    r, n = correlation(a, b, allowed)
    assert n == allowed.sum() == 3 + 4 + 5 + 6
    assert r == pytest.approx(np.corrcoef(a[allowed], b[allowed])[0, 1], rel=1e-12)
    assert r != pytest.approx(np.corrcoef(a.ravel(), b.ravel())[0, 1], rel=1e-3)
    assert correlation(a, 1 - 2 * a, allowed)[0] == pytest.approx(-1)


def test_there_is_no_correlation_with_a_side_that_never_changes():
    even = np.full((4, 7), 1 / 7)
    assert np.isnan(correlation(random_rows(1), even, np.ones((4, 7), dtype=bool))[0])
    one = np.ones((1, 1))
    assert np.isnan(correlation(one, one, one.astype(bool))[0])


@pytest.mark.usefixtures("shapes_unchecked")
def test_correlation_refuses_another_mask():
    with pytest.raises(ValueError, match=r"\(2, 4\) does not fit"):
        correlation(A, B, np.ones((2, 4), dtype=bool))


def test_a_row_with_a_single_key_or_without_weight_is_not_counted():
    causal = np.tri(3, dtype=bool)
    a = causal / causal.sum(axis=1, keepdims=True)
    assert rows_with_choice(a, a, causal, causal).tolist() == [False, True, True]
    free = np.ones((3, 3), dtype=bool)
    empty = a.copy()
    empty[2] = 0
    assert rows_with_choice(a, empty, causal, free).tolist() == [True, True, False]


def test_the_mean_is_over_the_counted_rows_and_nan_without_any():
    values = np.array([[9.0, 1.0, 3.0], [9.0, 0.0, 1.0]])
    assert mean_over(values, np.array([False, True, True])).tolist() == [2.0, 0.5]
    assert float(mean_over(values[0], np.array([False, True, True]))) == 2.0
    assert np.isnan(mean_over(values, np.zeros(3, dtype=bool))).all()


def test_the_largest_changes_come_first_of_either_sign_and_none_is_zero():
    difference = np.array([[0.0, -0.5, 0.1], [0.3, 0.0, 0.0]])
    assert largest_changes(difference, 2) == [(0, 1), (1, 0)]
    assert largest_changes(difference, 5) == [(0, 1), (1, 0), (0, 2)]
    assert largest_changes(np.zeros((2, 3)), 3) == []


def test_distances_to_many_are_the_same_one_by_one():
    heads = {(layer, head): random_rows(10 * layer + head) for layer in (0, 2) for head in (0, 1)}
    a = random_rows(99)
    found = distances(a, iter(heads.items()))
    assert found.heads == tuple(heads)
    for i, weights in enumerate(heads.values()):
        np.testing.assert_allclose(found.total_variation[i], total_variation(a, weights), rtol=1e-6)
        np.testing.assert_allclose(found.jensen_shannon[i], jensen_shannon(a, weights), rtol=1e-5)
    rest = found.without((0, 1), (2, 0))
    assert rest.heads == ((0, 0), (2, 1))
    np.testing.assert_array_equal(rest.total_variation, found.total_variation[[0, 3]])
    np.testing.assert_array_equal(rest.jensen_shannon, found.jensen_shannon[[0, 3]])


def test_no_other_head_leaves_nothing_to_compare_with():
    found = distances(A, iter([]))
    assert found.heads == () and found.total_variation.shape == (0, 3)
    assert np.isnan(share_farther(0.5, found.total_variation[:, 0]))


def test_the_share_of_heads_farther_away_counts_equal_ones_half():
    others = np.array([0.1, 0.2, 0.2, 0.4], dtype=np.float32)
    assert share_farther(0.3, others) == 0.25
    assert share_farther(0.2, others) == 0.5
    assert share_farther(0.0, others) == 1
    assert share_farther(0.9, others) == 0


def test_a_head_drawn_by_chance_is_closer_than_half_of_the_others_on_average():
    rng = np.random.default_rng(3)
    values = np.round(rng.random(40), 1)  # with ties
    shares = [share_farther(v, np.delete(values, i)) for i, v in enumerate(values)]
    assert np.mean(shares) == pytest.approx(0.5)
