"""Masks gone wrong and masks alone, by hand and beside the core's own way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.analysis.masking import (
    allowed_share,
    even_weights,
    flip,
    mask_after_softmax,
    received,
    weight_on_blocked,
    zero_for_blocked,
)
from attention_core.attention import attention
from attention_core.masks import causal_mask

# scores ln 1, ln 2, ln 5 → weights 1/8, 2/8, 5/8; the last key is blocked
Q, K = np.eye(1), np.log([[1.0], [2.0], [5.0]])
MASK = np.array([[True, True, False]])


@pytest.fixture
def free():
    return attention(Q, K, K, scale=1.0)


def test_a_mask_after_the_softmax_loses_what_blocked_keys_had(free):
    wrong = mask_after_softmax(free, MASK)
    np.testing.assert_allclose(wrong, [[1 / 8, 2 / 8, 0]])
    np.testing.assert_allclose(wrong.sum(), 3 / 8)


def test_a_score_of_zero_still_gets_a_share(free):
    # exp(0) = 1 in the place of 5: 1, 2, 1 of 4
    wrong = zero_for_blocked(free, MASK)
    np.testing.assert_allclose(wrong, [[1 / 4, 2 / 4, 1 / 4]])
    np.testing.assert_allclose(weight_on_blocked(wrong, MASK), [1 / 4])


def test_the_right_way_sums_to_one_and_leaks_nothing(free):
    right = attention(Q, K, K, MASK, scale=1.0).weights
    np.testing.assert_allclose(right, [[1 / 3, 2 / 3, 0]])
    np.testing.assert_array_equal(weight_on_blocked(right, MASK), [0])


@given(st.integers(2, 7), st.integers(0, 2**32 - 1), st.floats(0.2, 3))
def test_mistakes_in_general(n, seed, temperature):
    q, k, v = np.random.default_rng(seed).normal(size=(3, 2, n, 4))
    bias = np.random.default_rng(seed + 1).normal(size=(n, n))
    mask = causal_mask(n)
    free = attention(q, k, v, bias=bias, temperature=temperature)
    after, zero = mask_after_softmax(free, mask), zero_for_blocked(free, mask)
    np.testing.assert_array_equal(after, free.weights * mask)
    assert (after.sum(axis=-1)[:, :-1] < 1).all()
    np.testing.assert_allclose(zero.sum(axis=-1), 1)
    assert (weight_on_blocked(zero, mask)[:, :-1] > 0).all()
    np.testing.assert_allclose(after[:, -1], free.weights[:, -1])  # nothing is blocked there


def test_a_mistake_does_not_see_the_mask_that_the_trace_had():
    q, k, v = np.random.default_rng(0).normal(size=(3, 4, 2))
    free, masked = attention(q, k, v), attention(q, k, v, causal_mask(4))
    np.testing.assert_array_equal(
        mask_after_softmax(masked, causal_mask(4)), mask_after_softmax(free, causal_mask(4))
    )


def test_flipped_cells_and_no_others():
    mask = causal_mask(3)
    flipped = flip(mask, {(0, 2), (2, 0)})
    np.testing.assert_array_equal(flipped, [[1, 0, 1], [1, 1, 0], [0, 1, 1]])
    np.testing.assert_array_equal(flip(flipped, {(0, 2), (2, 0)}), mask)
    np.testing.assert_array_equal(mask, causal_mask(3))


def test_even_weights_under_no_mask_a_causal_one_and_a_blocked_row():
    np.testing.assert_allclose(even_weights(2, 4), np.full((2, 4), 1 / 4))
    np.testing.assert_allclose(
        even_weights(3, 3, causal_mask(3)), [[1, 0, 0], [1 / 2, 1 / 2, 0], [1 / 3, 1 / 3, 1 / 3]]
    )
    blocked = np.array([[True, True], [False, False]])
    np.testing.assert_allclose(even_weights(2, 2, blocked), [[1 / 2, 1 / 2], [0, 0]])


def test_early_tokens_receive_more_under_a_causal_mask():
    shares = received(even_weights(8, 8, causal_mask(8)))
    harmonic = np.array([sum(1 / i for i in range(j, 9)) / 8 for j in range(1, 9)])
    np.testing.assert_allclose(shares, harmonic)
    np.testing.assert_array_equal(shares[:3].round(2), [0.34, 0.21, 0.15])
    assert (np.diff(shares) < 0).all()
    assert shares.sum() == pytest.approx(1)


def test_received_by_hand_is_the_mean_of_columns():
    np.testing.assert_allclose(received(np.array([[1.0, 0, 0], [0.5, 0.5, 0]])), [0.75, 0.25, 0])


def test_the_allowed_share():
    assert allowed_share(None) == 1
    assert allowed_share(causal_mask(4)) == 10 / 16


def test_mistakes_of_a_head_with_a_soft_cap_and_a_sink_are_in_the_mask_alone():
    mask, sink = causal_mask(4), np.array(0.3)
    q, k, v = (np.random.default_rng(3).normal(size=(4, 4)) for _ in range(3))
    free = attention(q, k, v, softcap=0.8, sinks=sink)
    np.testing.assert_allclose(mask_after_softmax(free, mask), free.weights * mask)
    exps = np.exp(np.where(mask, free.capped_scores, 0))
    expected = exps / (exps.sum(axis=1, keepdims=True) + np.exp(0.3))
    np.testing.assert_allclose(zero_for_blocked(free, mask), expected)
