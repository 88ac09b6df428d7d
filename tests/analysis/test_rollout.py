"""Rollout by hand on two layers that do not commute, so that the wrong order fails; row sums would not catch it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.analysis.rollout import after_each_layer, mixed, roll_out
from attention_core.softmax import softmax

FIRST = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.5, 0.5]])
SECOND = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]])
# Ā = (A + I) / 2, written out
MIXED_FIRST = np.array([[1, 0, 0], [1 / 2, 1 / 2, 0], [0, 1 / 4, 3 / 4]])
MIXED_SECOND = np.array([[1 / 2, 1 / 2, 0], [0, 1 / 2, 1 / 2], [0, 0, 1]])
# Ā_2 Ā_1: the second layer mixes the rows that the first one made
EXPECTED = np.array([[3 / 4, 1 / 4, 0], [1 / 4, 3 / 8, 3 / 8], [0, 1 / 4, 3 / 4]])


def random_layers(n_layers: int, n_tokens: int, seed: int) -> list[np.ndarray]:
    scores = np.random.default_rng(seed).standard_normal((n_layers, n_tokens, n_tokens))
    return list(softmax(3 * scores))


def test_one_layer_is_mixed_by_hand():
    np.testing.assert_allclose(mixed(FIRST), MIXED_FIRST)
    np.testing.assert_allclose(mixed(FIRST, 0.0), FIRST)
    np.testing.assert_allclose(mixed(FIRST, 1.0), np.eye(3))


def test_two_layers_by_hand_the_later_one_from_the_left():
    found = roll_out([FIRST, SECOND], q_pos=1)
    np.testing.assert_allclose(found.matrix, EXPECTED)
    np.testing.assert_allclose(found.growth, [[0, 1, 0], [1 / 2, 1 / 2, 0], EXPECTED[1]])


def test_the_wrong_order_has_the_same_row_sums_and_other_numbers():
    wrong = MIXED_FIRST @ MIXED_SECOND
    np.testing.assert_allclose(wrong.sum(axis=1), EXPECTED.sum(axis=1))
    assert np.abs(wrong - EXPECTED).max() > 0.2
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(roll_out([SECOND, FIRST], 0).matrix, EXPECTED)


def test_a_fact_travels_over_two_layers_only_in_the_order_of_the_layers():
    # layer 0: token 1 reads token 0; layer 1: token 2 reads token 1. So token 0 reaches token 2.
    reads_0, reads_1 = np.eye(3), np.eye(3)
    reads_0[1], reads_1[2] = [1, 0, 0], [0, 1, 0]
    assert roll_out([reads_0, reads_1], 2).growth[-1, 0] == pytest.approx(0.25)
    assert roll_out([reads_1, reads_0], 2).growth[-1, 0] == 0


@given(st.integers(1, 6), st.integers(1, 7), st.floats(0, 1), st.integers(0, 99))
def test_rows_are_shares_and_growth_ends_in_the_matrix(n_layers, n_tokens, residual, seed):
    layers = random_layers(n_layers, n_tokens, seed)
    found = roll_out(layers, n_tokens - 1, residual)
    assert found.growth.shape == (n_layers + 1, n_tokens)
    np.testing.assert_allclose(found.matrix.sum(axis=1), 1)
    np.testing.assert_allclose(found.growth.sum(axis=1), 1)
    np.testing.assert_array_equal(found.growth[-1], found.matrix[-1])
    # what stays by the residual alone is the least a token keeps of itself
    assert (np.diag(found.matrix) >= residual**n_layers - 1e-12).all()


def test_nothing_comes_from_a_blocked_future():
    layers = [np.tril(layer) / np.tril(layer).sum(1, keepdims=True) for layer in random_layers(4, 5, 1)]  # fmt: skip
    assert not np.triu(roll_out(layers, 0).matrix, 1).any()


def test_a_row_without_weight_keeps_its_token():
    blocked = np.array([[0.0, 0.0], [0.5, 0.5]])
    for residual in (0.0, 0.5):
        np.testing.assert_array_equal(mixed(blocked, residual)[0], [1, 0])


def test_layers_are_taken_one_at_a_time():
    taken = []

    def layers():
        for layer in (FIRST, SECOND):
            taken.append(len(taken))
            yield layer

    steps = after_each_layer(layers())
    next(steps)
    assert taken == [0]


def test_what_does_not_fit_is_refused_with_its_sizes():
    with pytest.raises(ValueError, match=r"\(2, 3\)"):
        mixed(np.full((2, 3), 1 / 3))
    with pytest.raises(ValueError, match=r"got 1\.5"):
        mixed(FIRST, 1.5)
    with pytest.raises(ValueError, match="no token 3 among 3"):
        roll_out([FIRST], 3)
    with pytest.raises(ValueError, match="at least one layer"):
        roll_out([], 0)
