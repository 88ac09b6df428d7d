"""Two texts on the same rows and columns: who is whose partner, and what was left out for it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.analysis.matched_words import between_words, match_words

# [CLS] a bc(2 pieces) d [SEP]
TOKENS = [(0, 0), (0, 1), (2, 3), (3, 4), (5, 6), (0, 0)]
WORDS = [(0, 1), (2, 4), (5, 6)]


def test_equal_words_go_together_in_order_whatever_their_case():
    found = match_words(["the", "hot", "dog", "was", "The"], ["The", "dog", "was"])
    assert found.pairs == ((0, 0), (2, 1), (3, 2))
    assert found.only_a == (1, 4) and found.only_b == ()


def test_a_word_on_another_place_has_no_partner():
    found = match_words(["a", "b", "c"], ["c", "a", "b"])
    assert found.pairs == ((0, 1), (1, 2))
    assert (found.only_a, found.only_b) == ((2,), (0,))


def test_nothing_in_common_is_no_pair():
    found = match_words(["a", "b"], ["c"])
    assert found.pairs == () and found.only_a == (0, 1) and found.only_b == (0,)


def test_a_frequent_word_of_a_long_text_still_counts():
    words = ["the"] * 300  # difflib's autojunk would drop it
    assert len(match_words(words, words).pairs) == 300


@given(st.lists(st.sampled_from("aAbc"), max_size=9), st.lists(st.sampled_from("abcd"), max_size=7))
def test_partners_are_equal_unique_and_in_order(a: list[str], b: list[str]):
    found = match_words(a, b)
    assert all(a[i].lower() == b[j].lower() for i, j in found.pairs)
    for side, words, only in ((0, a, found.only_a), (1, b, found.only_b)):
        matched = [pair[side] for pair in found.pairs]
        assert matched == sorted(set(matched))
        assert sorted([*matched, *only]) == list(range(len(words)))


def test_weights_between_words_worked_out_by_hand():
    weights = np.zeros((6, 6))
    weights[1] = [0.5, 0.1, 0.2, 0.1, 0.1, 0.0]  # a: 0.1 | 0.3 | 0.1, half on [CLS]
    weights[2] = [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]  # bc: the mean of its pieces
    weights[3] = [0.0, 0.0, 0.5, 0.0, 0.0, 0.5]
    weights[4] = [0.9, 0.0, 0.0, 0.0, 0.0, 0.1]  # d: nothing to a word
    found = between_words(weights, None, TOKENS, WORDS)
    np.testing.assert_allclose(
        found.weights, [[0.2, 0.6, 0.2], [2 / 3, 1 / 3, 0], [0, 0, 0]], atol=1e-15
    )
    np.testing.assert_allclose(found.left_out, [0.5, 0.25, 1.0])
    np.testing.assert_allclose(found.to_special, [0.5, 0.25, 1.0])
    assert found.allowed.all()


def test_a_word_left_out_counts_as_left_out_but_not_as_special():
    weights = np.full((6, 6), 1 / 6)
    found = between_words(weights, None, TOKENS, [WORDS[0], WORDS[2]])
    np.testing.assert_allclose(found.weights, 0.5)
    np.testing.assert_allclose(found.left_out, 4 / 6)
    np.testing.assert_allclose(found.to_special, 2 / 6)


def test_a_word_is_allowed_where_one_of_its_pieces_is():
    causal = np.tri(6, dtype=bool)
    weights = causal / causal.sum(axis=1, keepdims=True)
    found = between_words(weights, causal, TOKENS, WORDS)
    assert found.allowed.tolist() == np.tri(3, dtype=bool).tolist()
    assert (found.weights[~found.allowed] == 0).all()
    np.testing.assert_allclose(found.weights.sum(axis=1), 1)


@pytest.mark.usefixtures("shapes_unchecked")
def test_sizes_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"6 tokens do not fit weights \(5, 5\)"):
        between_words(np.eye(5), None, TOKENS, WORDS)
    with pytest.raises(ValueError, match=r"allowed \(5, 5\) does not fit"):
        between_words(np.eye(6), np.ones((5, 5), dtype=bool), TOKENS, WORDS)
