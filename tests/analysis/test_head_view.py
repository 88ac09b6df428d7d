"""One head word by word, with and without special tokens, and back again."""

import numpy as np
import pytest

from attention_core.analysis.head_view import (
    n_allowed,
    place_of,
    remaining,
    summing_to_one,
    token_view,
    word_view,
    words_only,
)
from attention_core.masks import causal_mask

# "[CLS] un believ able cats [SEP]" over "unbelievable cats"
TOKENS = [(0, 0), (0, 2), (2, 8), (8, 12), (13, 17), (0, 0)]
WORDS = [(0, 12), (13, 17)]
SPECIAL = [True, False, False, False, False, True]


@pytest.fixture
def weights() -> np.ndarray:
    return np.random.default_rng(2).dirichlet(np.ones(6), size=6)


def test_merged_rows_still_sum_to_one(weights):
    view = word_view(token_view(weights), TOKENS, WORDS)
    assert view.rows == view.columns == ((0,), (1, 2, 3), (4,), (5,))
    np.testing.assert_allclose(view.weights.sum(axis=1), 1)
    assert view.weights[1, 2] == pytest.approx(weights[1:4, 4].mean())
    assert view.weights[2, 1] == pytest.approx(weights[4, 1:4].sum())


def test_the_tokens_behind_a_view_are_all_there_to_go_back_to(weights):
    view = word_view(token_view(weights), TOKENS, WORDS)
    assert [i for group in view.rows for i in group] == list(range(6))
    assert [place_of(i, view.rows) for i in range(6)] == [0, 1, 1, 1, 2, 3]


def test_hiding_without_renormalising_is_plain_deletion(weights):
    view = words_only(token_view(weights), SPECIAL, SPECIAL)
    np.testing.assert_array_equal(view.weights, weights[1:5, 1:5])
    assert view.rows == ((1,), (2,), (3,), (4,))
    assert place_of(0, view.rows) is None
    assert view.mean_sum == pytest.approx((1 - weights[1:5][:, [0, 5]].sum(axis=1)).mean())


def test_words_without_special_tokens_can_be_made_to_sum_to_one(weights):
    hidden = words_only(word_view(token_view(weights), TOKENS, WORDS), SPECIAL, SPECIAL)
    assert hidden.columns == ((1, 2, 3), (4,))
    scaled = summing_to_one(hidden)
    np.testing.assert_allclose(scaled.weights.sum(axis=1), 1)
    np.testing.assert_allclose(
        scaled.weights[0, 0] / scaled.weights[0, 1], hidden.weights[0, 0] / hidden.weights[0, 1]
    )


def test_a_pair_of_words_is_blocked_where_all_its_pieces_are(weights):
    view = word_view(token_view(weights, ~causal_mask(6)), TOKENS, WORDS)
    np.testing.assert_array_equal(view.blocked, ~causal_mask(4))
    assert [n_allowed(view, row) for row in range(4)] == [1, 2, 3, 4]
    hidden = words_only(view, SPECIAL, SPECIAL)
    np.testing.assert_array_equal(hidden.blocked, ~causal_mask(2))


def test_cells_left_by_a_threshold_are_counted_among_those_that_may_attend():
    weights = np.array([[1.0, 0.0], [0.25, 0.75]])
    assert remaining(token_view(weights), 0.25) == (3, 4)
    assert remaining(token_view(weights, ~causal_mask(2)), 0.0) == (3, 3)
    assert n_allowed(token_view(weights), 0) == 2


def test_one_token_is_a_view_of_one_cell():
    one = token_view(np.ones((1, 1)))
    assert word_view(one, [(0, 3)], [(0, 3)]).weights.tolist() == [[1.0]]
    assert words_only(one, [True], [True]).weights.shape == (0, 0)


def test_cross_attention_hides_its_own_tokens_on_each_side():
    weights = np.arange(6.0).reshape(2, 3)
    view = words_only(token_view(weights), [True, False], [False, False, True])
    np.testing.assert_array_equal(view.weights, [[3.0, 4.0]])
