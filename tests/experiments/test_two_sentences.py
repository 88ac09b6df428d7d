"""One word in two sentences: its vectors, the words beside it, and when a prediction is the final one; by hand."""

import numpy as np
import pytest

from attention_core.analysis.shared_words import Matched
from attention_core.experiments.two_sentences import (
    cosines,
    layers_until_final,
    likeliest_of_both,
    mean_cosines,
    numbered,
    row_of_word,
    states_of_word,
    tokens_of_other_words,
)
from tests.experiments.captures import capture_of

PLACES = [(0, 3), (4, 6), (6, 7), (8, 11)]  # "The dog the": "do" and "g" are two tokens
STATES = np.arange(24, dtype=float).reshape(2, 4, 3)  # (n_layers_passed, n_tokens, d_model)


def test_a_word_of_two_tokens_has_the_vectors_of_its_last_one():
    np.testing.assert_array_equal(states_of_word(STATES, PLACES, (4, 7)), STATES[:, 2])
    assert states_of_word(STATES, PLACES, (12, 15)) is None


def test_words_spelt_alike_are_left_out_in_upper_or_lower_case():
    assert tokens_of_other_words("the", "The dog the", PLACES) == [1, 2]
    assert tokens_of_other_words("dog", "The dog the", PLACES) == [0, 3]


def test_cosines_are_taken_layer_by_layer():
    a, b = np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([[0.0, 2.0], [1.0, 0.0]])
    np.testing.assert_allclose(cosines(a, b), [0, 0.5**0.5])
    assert cosines(a, None) is None
    others = np.stack([a, b], axis=1)  # two tokens: the word itself and the other one
    np.testing.assert_allclose(mean_cosines(a, others), [0.5, (1 + 0.5**0.5) / 2])


@pytest.mark.parametrize(("best", "n_layers"), [([0, 1, 1], 1), ([1, 0, 1], 2), ([1, 1, 1], 0)])
def test_the_final_favourite_counts_from_where_it_stays(best: list[int], n_layers: int):
    assert layers_until_final(np.eye(2)[best]) == n_layers


def test_a_row_of_weights_is_that_of_the_words_last_token_and_has_no_number_where_the_mask_forbids():
    weights = np.arange(32, dtype=float).reshape(2, 4, 4)
    read = capture_of("The dog the", PLACES, (np.tri(4, dtype=bool), None))
    np.testing.assert_array_equal(row_of_word(weights, read, 0, 1, (4, 7)), [24, 25, 26, np.nan])
    np.testing.assert_array_equal(row_of_word(weights, read, 1, 1, (4, 7)), [24, 25, 26, 27])
    assert row_of_word(weights, read, 1, 1, (12, 15)) is None


def test_a_name_that_comes_more_than_once_is_numbered():
    found = [Matched(name, 0.5, None) for name in ("the", "dog", "the")]
    assert numbered(found) == ["the (1)", "dog", "the (2)"]


def test_the_likeliest_tokens_of_either_are_sorted_by_their_larger_probability():
    first, second = np.array([0.6, 0.3, 0.1, 0.0]), np.array([0.05, 0.1, 0.05, 0.8])
    assert likeliest_of_both(first, second, 1) == [3, 0]
    assert likeliest_of_both(first, second, 2) == [3, 0, 1]
