"""Tokens and words meet by their places in the text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.analysis.words import mean_over_words, tokens_of, word_of

# "[CLS] un believ able cats [SEP]" over "unbelievable cats"
TOKENS = [(0, 0), (0, 2), (2, 8), (8, 12), (13, 17), (0, 0)]
WORDS = [(0, 12), (13, 17)]


def test_a_word_has_all_the_pieces_that_share_a_character_with_it():
    assert [tokens_of(word, TOKENS) for word in WORDS] == [[1, 2, 3], [4]]


def test_a_piece_belongs_to_one_word_and_an_added_token_to_none():
    assert [word_of(token, WORDS) for token in TOKENS] == [None, 0, 0, 0, 1, None]


def test_a_token_across_two_words_belongs_to_both_but_counts_for_the_first():
    across = [(3, 8)]
    assert [tokens_of(word, across) for word in [(0, 5), (6, 9)]] == [[0], [0]]
    assert word_of((3, 8), [(0, 5), (6, 9)]) == 0


def test_neighbours_that_only_touch_share_nothing():
    assert tokens_of((0, 3), [(3, 5)]) == []
    assert word_of((3, 5), [(0, 3)]) is None


def test_the_mean_over_a_word_by_hand():
    vectors = np.array([[9.0, 9], [1, 0], [2, 3], [3, 6], [7, 8], [9, 9]])
    np.testing.assert_array_equal(mean_over_words(vectors, TOKENS, WORDS), [[2, 3], [7, 8]])


def test_a_word_that_lost_its_tokens_gets_zeros_in_the_same_type():
    means = mean_over_words(np.ones((1, 3), np.float32), [(0, 2)], [(0, 2), (5, 9)])
    np.testing.assert_array_equal(means, [[1, 1, 1], [0, 0, 0]])
    assert means.dtype == np.float32


@given(st.lists(st.integers(1, 4), min_size=1, max_size=8), st.data())
def test_both_ways_agree(lengths, data):
    ends = np.cumsum(lengths)
    tokens = [(int(end - n), int(end)) for end, n in zip(ends, lengths, strict=True)]
    cuts = data.draw(st.sets(st.integers(0, len(tokens) - 1), min_size=1).map(sorted))
    starts = [tokens[i][0] for i in cuts]
    words = list(zip(starts, [*starts[1:], int(ends[-1])], strict=True))
    for i, word in enumerate(words):
        assert all(word_of(tokens[t], words) == i for t in tokens_of(word, tokens))
    belonging = [t for word in words for t in tokens_of(word, tokens)]
    assert belonging == list(range(cuts[0], len(tokens)))


def test_the_words_of_a_real_sentence(captured):
    words = [(0, 3), (4, 10), (11, 17)]
    assert [captured.text[start:end] for start, end in words] == ["The", "animal", "didn't"]
    spans = [(token.start, token.end) for token in captured.tokens]
    pieces = [[captured.tokens[i].text for i in tokens_of(word, spans)] for word in words]
    assert pieces == [["The"], ["animal"], ["didn", "'", "t"]]
    means = mean_over_words(captured.x, spans, words)
    np.testing.assert_array_equal(means[0], captured.x[1])
    assert means[2] == pytest.approx(captured.x[3:6].mean(axis=0))
