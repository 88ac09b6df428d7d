"""The fewest keys that carry a share of a row."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from attention_core.analysis.coverage import even_number, n_to_cover, smallest_set

# whole numbers of 64ths, so that sums are exact and ties are common
ROWS = arrays(np.float64, st.integers(1, 8), elements=st.integers(0, 9).map(float))
SHARES = st.integers(1, 64).map(lambda n: n / 64)


def test_by_hand():
    row = np.array([0.125, 0.5, 0.0, 0.25, 0.125])
    np.testing.assert_array_equal(smallest_set(row, 0.5), [1])
    np.testing.assert_array_equal(smallest_set(row, 0.75), [1, 3])
    np.testing.assert_array_equal(smallest_set(row, 0.76), [0, 1, 3])
    np.testing.assert_array_equal(smallest_set(row, 1.0), [0, 1, 3, 4])


@given(ROWS, SHARES)
def test_no_smaller_set_reaches_the_share(row, share):
    kept = smallest_set(row, share)
    target = share * row.sum()
    assert row[kept].sum() >= target
    fewer = combinations(row, len(kept) - 1) if len(kept) else []
    assert not any(sum(subset) >= target > 0 for subset in fewer)


def test_no_smaller_set_covers_a_random_row():
    rng = np.random.default_rng(3)
    for share in (0.5, 0.8, 0.9, 0.97):
        for row in rng.dirichlet(np.full(9, 0.4), size=8):
            size = next(
                n
                for n in range(1, 10)
                if any(sum(subset) >= share * row.sum() for subset in combinations(row, n))
            )
            assert len(smallest_set(row, share)) == size


def test_rows_of_any_shape_are_counted_as_one_by_one():
    rng = np.random.default_rng(5)
    rows = rng.dirichlet(np.ones(7), size=(3, 4)).astype(np.float32)
    counts = n_to_cover(rows, 0.9)
    assert counts.shape == (3, 4)
    for place in np.ndindex(3, 4):
        assert counts[place] == len(smallest_set(rows[place], 0.9))


def test_a_row_of_zeros_needs_no_key():
    np.testing.assert_array_equal(n_to_cover(np.array([[0.0, 0.0], [1.0, 0.0]]), 1.0), [0, 1])
    assert smallest_set(np.zeros(3), 0.9).size == 0


def test_an_even_row_needs_its_share_of_the_keys():
    assert [even_number(n, 0.9) for n in (0, 1, 10, 15)] == [0, 1, 9, 14]


@pytest.mark.parametrize("share", [0.0, -0.1, 1.01])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(ValueError, match="a share lies above 0"):
        smallest_set(np.ones(2), share)


def test_negative_amounts_are_refused():
    with pytest.raises(ValueError, match="none may be negative"):
        smallest_set(np.array([1.0, -0.5]), 0.5)
