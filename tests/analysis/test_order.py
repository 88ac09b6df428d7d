"""Order: shuffles that can be told and undone, real weights word by word, and scores that know distances only."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.analysis.order import (
    at_every_position,
    diagonal_spread,
    largest_difference,
    put_back,
    scores_by_position,
    shuffled_order,
    text_in_order,
)
from attention_core.attention import attention
from attention_core.masks import causal_mask

seeds = st.integers(0, 2**32 - 1)


@given(st.integers(0, 12), st.integers(0, 999))
def test_a_shuffle_holds_every_position_once_and_is_told_by_its_number(n_tokens, number):
    order = shuffled_order(n_tokens, number)
    assert sorted(order.tolist()) == list(range(n_tokens))
    assert order.tolist() == shuffled_order(n_tokens, number).tolist()
    assert n_tokens < 2 or order.tolist() != list(range(n_tokens))


def test_other_numbers_give_other_shuffles():
    assert len({tuple(shuffled_order(9, number).tolist()) for number in range(20)}) > 15


def test_a_text_in_another_order_and_where_its_words_went():
    text, spans = text_in_order(["the", "hot", "dog's", "!"], np.array([3, 2, 0, 1]))
    assert text == "! dog's the hot"
    assert [text[start:end] for start, end in spans] == ["the", "hot", "dog's", "!"]


def test_rows_and_columns_go_back_by_hand():
    # shuffled: the word of position 2, then of 0, then of 1
    shuffled = np.array([[22.0, 20, 21], [2, 0, 1], [12, 10, 11]])
    np.testing.assert_array_equal(
        put_back(shuffled, np.array([2, 0, 1])), [[0, 1, 2], [10, 11, 12], [20, 21, 22]]
    )


@given(st.integers(1, 9), st.integers(1, 5), seeds)
def test_attention_without_positions_or_mask_does_not_know_order(n_tokens, d, seed):
    rng = np.random.default_rng(seed)
    q, k, v = rng.normal(size=(3, 2, n_tokens, d))
    order = rng.permutation(n_tokens)
    shuffled = attention(q[:, order], k[:, order], v[:, order]).weights
    assert largest_difference(put_back(shuffled, order), attention(q, k, v).weights) < 1e-12


def test_under_a_causal_mask_it_does():
    q, k, v = np.random.default_rng(0).normal(size=(3, 6, 4))
    order, mask = shuffled_order(6, 1), causal_mask(6)
    shuffled = attention(q[order], k[order], v[order], mask).weights
    assert largest_difference(put_back(shuffled, order), attention(q, k, v, mask).weights) > 0.1


@pytest.mark.parametrize("order", [[0, 0, 1], [1, 2, 3]])
def test_what_is_no_order_is_refused(order):
    with pytest.raises(ValueError, match="is no order of 3 positions"):
        put_back(np.eye(3), np.array(order))


def test_the_largest_difference_by_hand():
    assert largest_difference(np.array([[1.0, 2], [3, 4]]), np.array([[1.0, 2.5], [1, 4]])) == 2
    assert largest_difference(np.empty((0, 0)), np.empty((0, 0))) == 0


def test_one_vector_at_every_position_by_hand():
    # two dimensions are one pair, which turns by 1 radian a position
    np.testing.assert_allclose(
        at_every_position(np.array([2.0, 0.0]), 3, strength=0.5),
        [[2, 0], [2 * np.cos(0.5), 2 * np.sin(0.5)], [2 * np.cos(1), 2 * np.sin(1)]],
    )


@given(st.integers(2, 8), st.integers(1, 3), seeds)
def test_turned_scores_depend_on_the_distance_alone(n, half, seed):
    q, k = np.random.default_rng(seed).normal(size=(2, 2 * half))
    scores = scores_by_position(q, k, n)
    assert diagonal_spread(scores) < 1e-12 * 2 * half * 20
    np.testing.assert_allclose(scores[0, 0], q @ k)


def test_they_do_depend_on_the_distance_and_not_on_its_absence():
    q = np.array([1.0, 2, 0, 1])
    scores = scores_by_position(q, q, 6)
    assert np.ptp(scores[0]) > 1
    np.testing.assert_allclose(scores_by_position(q, q, 6, strength=0.0), q @ q)


def test_the_spread_finds_a_diagonal_that_is_not_constant():
    matrix = np.array([[1.0, 2, 3], [0, 1, 2], [7, 0, 1]])
    assert diagonal_spread(matrix) == 0
    matrix[2, 1] = 0.5
    assert diagonal_spread(matrix) == 0.5


def test_an_odd_vector_cannot_be_turned():
    with pytest.raises(ValueError, match="must be even, got 3"):
        at_every_position(np.ones(3), 4)
