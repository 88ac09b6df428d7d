"""Words of two sentences, matched; and two rows of attention, matched by them."""

import numpy as np
import pytest

from attention_core.analysis.shared_words import (
    Matched,
    first_after_a_difference,
    in_its_place,
    matched_rows,
    shared_words,
)
from attention_core.toy.words import word_spans


def test_words_are_matched_in_the_order_they_come():
    pairs = shared_words(["The", "dog", "saw", "the", "dog"], ["the", "hot", "dog", "the"])
    assert pairs == [(0, 0), (1, 2), (3, 3)]  # the second dog has no partner


def test_the_word_behind_the_difference_is_followed():
    first, second = ["the", "dog", "was"], ["the", "hot", "dog", "was"]
    pairs = shared_words(first, second)
    assert pairs[first_after_a_difference(first, second, pairs)] == (1, 2)


def test_the_same_sentence_twice_follows_its_first_word():
    words = ["one", "two"]
    assert first_after_a_difference(words, words, shared_words(words, words)) == 0


def test_nothing_shared_is_said():
    assert shared_words(["one"], ["two"]) == []
    with pytest.raises(ValueError, match="share no word"):
        first_after_a_difference(["one"], ["two"], [])


def test_a_frame_keeps_all_but_the_word():
    assert in_its_place("the hot dog was", (8, 11), "sausage") == "the hot sausage was"


def rows_of(first: str, second: str, weights: tuple[list, list], tokens: tuple, places: tuple):
    words = (word_spans(first), word_spans(second))
    texts = [[s[a:b] for a, b in spans] for s, spans in zip((first, second), words, strict=True)]
    rows = tuple(np.array(row, dtype=float) for row in weights)
    return matched_rows(rows, tokens, places, words, shared_words(*texts))


def test_pieces_are_added_up_and_special_tokens_matched():
    found = rows_of(
        "the dog", "hot dog",
        ([0.1, 0.2, 0.3, 0.4], [0.25, 0.3, 0.25, 0.15, 0.05]),
        (["[CLS]", "the", "dog", "[SEP]"], ["[CLS]", "hot", "do", "g", "[SEP]"]),
        ([(0, 0), (0, 3), (4, 7), (0, 0)], [(0, 0), (0, 3), (4, 6), (6, 7), (0, 0)]),
    )  # fmt: skip
    assert [each.name for each in found] == ["[CLS]", "dog", "[SEP]", "the", "hot"]
    assert found[1].second == pytest.approx(0.4)
    assert found[1].difference == pytest.approx(0.1)
    assert (found[3].second, found[4].first, found[4].difference) == (None, None, None)


def test_each_sentence_still_sums_to_one_and_the_same_twice_does_not_differ():
    row = [0.5, 0.25, 0.25]
    places = [(0, 2), (3, 5), (6, 8)]
    found = rows_of("no no no", "no no no", (row, row), (["no"] * 3,) * 2, (places,) * 2)
    assert found == [Matched("no", weight, weight) for weight in row]
    assert sum(each.first for each in found) == 1
    assert {each.difference for each in found} == {0}


def test_sizes_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match="2 weights for 1 tokens at 1 places"):
        rows_of("a", "a", ([0.5, 0.5], [1.0]), (["a"], ["a"]), ([(0, 1)], [(0, 1)]))
