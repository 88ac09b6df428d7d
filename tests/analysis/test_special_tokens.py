"""Hiding tokens is plain deletion; renormalising is the softmax without them."""

import numpy as np
import pytest

from attention_core.analysis.special_tokens import renormalised, sinks, taken, without
from attention_core.softmax import softmax

WEIGHTS = np.array([[0.5, 0.25, 0.25], [0.6, 0.1, 0.3]])


def test_hiding_is_deletion_of_rows_and_columns():
    rng = np.random.default_rng(0)
    weights = rng.dirichlet(np.ones(5), size=4)
    queries, keys = (
        np.array([True, False, False, True]),
        np.array([True, False, False, False, True]),
    )
    expected = np.delete(np.delete(weights, [0, 3], axis=0), [0, 4], axis=1)
    np.testing.assert_array_equal(without(weights, queries, keys), expected)


def test_renormalised_by_hand():
    np.testing.assert_allclose(renormalised(WEIGHTS[:, 1:]), [[0.5, 0.5], [0.25, 0.75]])


def test_renormalising_is_the_softmax_without_the_hidden_keys():
    scores = np.random.default_rng(1).standard_normal((3, 6))
    np.testing.assert_allclose(renormalised(softmax(scores)[:, 2:]), softmax(scores[:, 2:]))


def test_a_row_that_gave_all_to_hidden_keys_stays_zero_and_keeps_its_type():
    left = renormalised(np.array([[0.0, 0.0], [0.5, 0.0]], dtype=np.float32))
    np.testing.assert_array_equal(left, np.array([[0, 0], [1, 0]], dtype=np.float32))
    assert left.dtype == np.float32


def test_what_keys_take_of_a_row_and_of_all_rows():
    found = taken(WEIGHTS, [0, 2], 1)
    assert found.in_row == pytest.approx(0.9)
    assert found.in_all_rows == pytest.approx((0.75 + 0.9) / 2)
    with pytest.raises(ValueError, match="no key 3"):
        taken(WEIGHTS, [3], 0)


@pytest.mark.usefixtures("shapes_unchecked")
def test_sizes_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"3 queries and 2 keys do not fit \(2, 3\)"):
        without(WEIGHTS, np.zeros(3, bool), np.zeros(2, bool))


def test_sinks_take_of_the_weight_and_of_what_is_handed_over():
    v = np.array([[0.0, 1.0], [3.0, 4.0], [0.0, 2.0]])  # lengths 1, 5 and 2
    found = sinks({"special": [0, 2], "none": []}, WEIGHTS, v, 1)
    assert list(found) == ["special"] and found["special"].n_keys == 2
    assert found["special"].weight == taken(WEIGHTS, [0, 2], 1)
    assert found["special"].handed is not None
    assert found["special"].handed.in_row == pytest.approx(1.2 / 1.7)
    assert sinks({"first": [0]}, WEIGHTS, None, 1)["first"].handed is None
