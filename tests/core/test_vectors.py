"""Cosines and angles by hand, neighbours in order, and what principal components keep."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from attention_core.vectors import (
    angle,
    cosine,
    cosine_steps,
    cosine_table,
    nearest,
    principal_components,
    unit_rows,
)

from .cases import both_dtypes, normals, seeds

numbers = st.floats(-1e6, 1e6).filter(lambda number: number == 0 or abs(number) > 1e-6)
vectors_of_three = arrays(np.float64, 3, elements=numbers)


def array(*numbers: float) -> np.ndarray:
    return np.array(numbers, dtype=float)


def test_every_step_of_a_cosine_by_hand():
    steps = cosine_steps(array(3, 4), array(4, 3))
    np.testing.assert_array_equal(steps.products, [12, 12])
    assert (steps.dot, steps.length_a, steps.length_b) == (24, 5, 5)
    assert steps.cosine == pytest.approx(24 / 25, rel=1e-15)
    steps = cosine_steps(array(0, 2), array(1, -6))
    assert (steps.dot, steps.length_a) == (-12, 2)
    assert steps.length_b == pytest.approx(37**0.5)


@pytest.mark.parametrize(
    ("b", "degrees"), [((2, 0), 0), ((3, 3), 45), ((0, 7), 90), ((-1, 1), 135), ((-5, 0), 180)]
)
def test_angles_by_hand(b, degrees):
    assert angle(array(1, 0), array(*b)) == pytest.approx(degrees, abs=1e-5)


@given(vectors_of_three, vectors_of_three, st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_only_the_direction_counts(a, b, stretch, shrink):
    if not (a.any() and b.any()):
        assert np.isnan(cosine(a, b))
        return
    assert -1 <= cosine(a, b) <= 1
    assert cosine(stretch * a, shrink * b) == pytest.approx(cosine(a, b), abs=1e-12)
    assert cosine(a, -b) == pytest.approx(-cosine(a, b), abs=1e-12)
    assert cosine(a, b) == pytest.approx(cosine(b, a), abs=1e-15)


@given(vectors_of_three.filter(np.any))
def test_a_vector_and_itself_have_a_cosine_of_one_and_an_angle(a):
    assert cosine(a, a) == pytest.approx(1, abs=1e-15)
    assert angle(a, a) == pytest.approx(0, abs=1e-5)
    assert angle(a, -a) == pytest.approx(180, abs=1e-5)


def test_a_vector_of_zeros_has_no_direction():
    assert np.isnan(cosine(array(0, 0), array(1, 2)))
    assert np.isnan(angle(array(1, 2), array(0, 0)))
    table = cosine_table(np.array([[0.0, 0.0], [1.0, 2.0]]))
    np.testing.assert_array_equal(np.isnan(table), [[True, True], [True, False]])


@both_dtypes
def test_the_table_holds_every_pair(dtype):
    (x,) = normals(0, (5, 3), dtype=dtype)
    table = cosine_table(x)
    for i, a in enumerate(x):
        for j, b in enumerate(x):
            expected = a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
            assert table[i, j] == pytest.approx(expected, abs=1e-6)
            assert table[i, j] == pytest.approx(cosine(a, b), abs=1e-15)


@pytest.mark.usefixtures("shapes_unchecked")
def test_vectors_of_different_sizes_are_refused():
    with pytest.raises(ValueError, match=r"same size, got \(2,\) and \(3,\)"):
        cosine(array(1, 2), array(1, 2, 3))


def test_the_nearest_come_first_and_the_row_itself_is_left_out():
    similarities = np.array([[1.0, 0.2, 0.9, -1.0], [0.2, 1, 0, 0], [0.9, 0, 1, 0], [-1, 0, 0, 1]])
    np.testing.assert_array_equal(nearest(similarities, 0), [2, 1, 3])


def test_among_equals_the_order_is_kept_and_what_has_no_direction_is_last():
    similarities = np.array(4 * [[np.nan, 0.5, 1.0, 0.5]])
    np.testing.assert_array_equal(nearest(similarities, 2), [1, 3, 0])


@given(seed=seeds, n=st.integers(2, 8), d=st.integers(1, 12), n_kept=st.integers(1, 12))
def test_the_share_is_that_of_the_largest_eigenvalues(seed, n, d, n_kept):
    (vectors,) = normals(seed, (n, d))
    coordinates, share = principal_components(vectors, n_kept)
    eigenvalues = np.linalg.eigvalsh(np.atleast_2d(np.cov(vectors, rowvar=False)))[::-1]
    assert coordinates.shape == (n, n_kept)
    assert share == pytest.approx(eigenvalues[:n_kept].sum() / eigenvalues.sum(), rel=1e-9)
    variances = coordinates.var(axis=0, ddof=1)[: min(d, n_kept)]
    np.testing.assert_allclose(variances, eigenvalues[: len(variances)], atol=1e-9)


def test_a_line_in_space_needs_one_direction():
    # (1, 2, 2) is 3 long: the points stand 3 apart, and the middle one is the mean
    vectors = np.array([[0.0, 0.0, 0.0], [1.0, 2.0, 2.0], [2.0, 4.0, 4.0]]) + 7
    coordinates, share = principal_components(vectors, 2)
    np.testing.assert_allclose(coordinates, [[-3, 0], [0, 0], [3, 0]], atol=1e-12)
    assert share == pytest.approx(1)


@pytest.mark.parametrize(
    "vectors", [np.zeros((0, 6)), np.full((1, 6), 0.3), np.full((3, 6), 0.1), np.zeros((2, 6))]
)
def test_without_variance_all_is_zero_and_nothing_is_lost(vectors):
    coordinates, share = principal_components(vectors, 2)
    np.testing.assert_array_equal(coordinates, np.zeros((len(vectors), 2)))
    assert share == 1.0


def test_what_is_not_a_number_has_no_place_on_a_map():
    with pytest.raises(ValueError, match=r"^the vectors hold something that is not a number$"):
        principal_components(np.array([[1.0, np.nan], [0.0, 1.0]]), 2)


def test_rows_of_zeros_are_left_out_without_a_warning_and_any_axes_come_before():
    x = np.array([[[3.0, 4.0], [0.0, 0.0], [0.0, 2.0]]])
    with np.errstate(all="raise"):
        found = unit_rows(x)
    np.testing.assert_allclose(found, [[[0.6, 0.8], [np.nan, np.nan], [0, 1]]])


def test_ties_keep_their_order_among_many():
    similarities = np.tile(np.arange(400) % 2, (400, 1)).astype(float)
    expected = [*range(1, 400, 2), *range(0, 400, 2)]
    assert nearest(similarities, 7).tolist() == [i for i in expected if i != 7]


def test_half_precision_is_measured_in_full():
    vectors = np.random.default_rng(0).normal(size=(9, 4)).astype(np.float16)
    found, share = principal_components(vectors, 2)
    expected, expected_share = principal_components(vectors.astype(np.float64), 2)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert share == pytest.approx(expected_share, rel=1e-12)


def test_what_is_rounding_noise_goes_by_the_size_of_the_numbers():
    equal_but_for_rounding = np.array([[1e9, 1e9], [1e9 + 2e-7, 1e9]])
    assert principal_components(equal_but_for_rounding, 1) == (pytest.approx(0), 1.0)
    line = 1e8 * np.outer(np.arange(9.0), [1.0, 1 / 3, 1 / 7])
    coordinates, _ = principal_components(line, 2)
    assert (coordinates[:, 1] == 0).all()
    with np.errstate(all="raise"):
        assert principal_components(np.zeros((3, 2)), 1)[1] == 1.0
