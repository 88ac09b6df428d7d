"""Tokens and words meet by their places in the text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.analysis.words import (
    brightest,
    mean_over_words,
    merge_words,
    pieces_by_word,
    sum_over_words,
    tokens_of,
    weights_between_words,
    word_of,
)
from attention_core.toy.words import word_spans

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


@pytest.mark.parametrize(
    ("row", "tokens"),
    [
        ([0.3, 0.2, 0.1, 0.1, 0.2, 0.1], [1, 2, 3]),  # 0.4 together, 0.3 on [CLS]
        ([0.5, 0.2, 0.1, 0.1, 0.1, 0.0], [0]),
        ([0.1, 0.0, 0.1, 0.1, 0.4, 0.3], [4]),
        ([0.3, 0.1, 0.0, 0.1, 0.1, 0.4], [5]),  # [CLS] and [SEP] are two, not one of 0.7
    ],
)
def test_most_of_a_row_goes_to_a_word_with_all_its_pieces_or_to_one_added_token(row, tokens):
    assert brightest(np.array(row), TOKENS, WORDS) == tokens


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


def test_pieces_of_a_word_come_together_and_added_tokens_stay_alone():
    assert pieces_by_word(TOKENS, WORDS) == [[0], [1, 2, 3], [4], [5]]


def test_tokens_without_a_place_stay_alone():
    assert pieces_by_word([(0, 0)] * 3, WORDS) == [[0], [1], [2]]


def test_a_token_of_no_word_parts_two_words():
    assert pieces_by_word([(0, 2), (2, 3), (3, 5)], [(0, 2), (3, 5)]) == [[0], [1], [2]]


def test_merged_weights_by_hand():
    # "un" "seen" "cat": the first two are one word
    weights = np.array([[0.5, 0.3, 0.2], [0.1, 0.5, 0.4], [0.2, 0.2, 0.6]])
    merged = merge_words(weights, [(0, 2), (2, 6), (7, 10)], [(0, 6), (7, 10)])
    # keys: .5 + .3 and .1 + .5; queries: their mean
    np.testing.assert_allclose(merged, [[0.7, 0.3], [0.4, 0.6]])


def test_merging_what_is_not_split_changes_nothing():
    weights = np.random.default_rng(0).dirichlet(np.ones(3), (2, 3))
    spans = [(0, 2), (3, 5), (6, 9)]
    np.testing.assert_array_equal(merge_words(weights, spans, spans), weights)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=6), st.integers(0, 2**32 - 1))
def test_rows_of_merged_weights_still_sum_to_one(pieces, seed):
    words = [(10 * i, 10 * i + n) for i, n in enumerate(pieces)]
    tokens = [
        (0, 0),
        *((10 * i + p, 10 * i + p + 1) for i, n in enumerate(pieces) for p in range(n)),
    ]
    weights = np.random.default_rng(seed).dirichlet(np.ones(len(tokens)), (3, len(tokens)))
    merged = merge_words(weights, tokens, words)
    assert merged.shape == (3, len(words) + 1, len(words) + 1)
    np.testing.assert_allclose(merged.sum(axis=-1), 1)


def test_a_row_that_may_look_nowhere_stays_all_zero():
    weights = np.array([[0.0, 0.0], [0.25, 0.75]])
    np.testing.assert_array_equal(merge_words(weights, [(0, 1), (2, 3)], [(0, 1), (2, 3)])[0], 0)


def test_weights_of_other_tokens_are_refused():
    with pytest.raises(ValueError, match=r"6 tokens do not fit weights \(2, 3, 3\)"):
        merge_words(np.ones((2, 3, 3)), TOKENS, WORDS)


def test_a_real_head_from_word_to_word(captured):
    words = word_spans(captured.text)
    spans = [(token.start, token.end) for token in captured.tokens]
    weights = captured.layers[5].weights
    merged = merge_words(weights, spans, words)
    groups = pieces_by_word(spans, words)
    assert len(groups) == len(words) + 2 == len(spans) - 2  # [CLS], [SEP]; didn ' t
    didnt = groups.index([3, 4, 5])
    np.testing.assert_allclose(merged[11, 1, didnt], weights[11, 1, 3:6].sum(), rtol=1e-5)
    np.testing.assert_allclose(merged.sum(axis=-1), 1, atol=1e-5)


def test_the_sum_over_a_word_by_hand():
    row = np.array([0.1, 0.2, 0.1, 0.3, 0.2, 0.1], np.float32)
    sums = sum_over_words(row, TOKENS, [*WORDS, (30, 40)])
    np.testing.assert_allclose(sums, [0.6, 0.2, 0])
    assert sums.dtype == np.float32


def test_weights_between_words_by_hand():
    # [CLS] | hot | d og: keys are summed, queries averaged, [CLS] is nobody's
    weights = np.array(
        [[0.7, 0.1, 0.1, 0.1], [0.2, 0.4, 0.3, 0.1], [0.5, 0.3, 0.1, 0.1], [0.1, 0.5, 0.2, 0.2]]
    )
    tokens, words = [(0, 0), (0, 3), (4, 5), (5, 7)], [(0, 3), (4, 7)]
    np.testing.assert_allclose(
        weights_between_words(weights, tokens, words), [[0.4, 0.4], [0.4, 0.3]]
    )


def test_with_every_token_in_a_word_rows_still_sum_to_one():
    weights = np.random.default_rng(0).dirichlet(np.ones(5), size=5)
    tokens = [(0, 2), (2, 4), (5, 6), (7, 8), (8, 9)]
    between = weights_between_words(weights, tokens, [(0, 4), (5, 6), (7, 9)])
    np.testing.assert_allclose(between.sum(axis=1), 1)


def test_a_word_that_was_cut_off_gets_zeros():
    between = weights_between_words(np.ones((1, 1)), [(0, 3)], [(0, 3), (4, 9)])
    np.testing.assert_array_equal(between, [[1, 0], [0, 0]])
