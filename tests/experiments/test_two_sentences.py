"""One word in two sentences: its vectors, the words beside it, and when a prediction is the final one; by hand."""

import numpy as np
import pytest

from attention_core.experiments.two_sentences import (
    cosines,
    layers_until_final,
    mean_cosines,
    states_of_word,
    tokens_of_other_words,
)

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
