"""Which words can be left out, and what each gets of a row."""

import numpy as np
import pytest

from attention_core.analysis.against_effect import (
    can_be_left_out,
    nearest,
    word_sums,
    words_of_tokens,
)

# [CLS] no | pup py | ! [SEP]: two pieces of one word; the tokens added stand nowhere
PLACES = [(0, 0), (0, 2), (3, 6), (6, 8), (8, 9), (0, 0)]
WORDS = [(0, 2), (3, 8), (8, 9)]
ADDED = [True, False, False, False, False, True]
GROUPS = [(1,), (2, 3), (4,)]


def test_pieces_stay_together_and_added_tokens_are_no_words():
    assert words_of_tokens(PLACES, WORDS, ADDED) == GROUPS


@pytest.mark.parametrize(
    ("q_pos", "asking_goes", "causal", "expected"),
    [
        (3, False, False, [(1,), (4,)]),
        (3, False, True, [(1,)]),
        (3, True, True, [(1,), (2, 3)]),
        (5, False, False, GROUPS),  # [SEP] asks: every word can go
        (0, False, True, []),
    ],
)
def test_the_word_that_asks_and_its_future_stay(q_pos, asking_goes, causal, expected):
    assert can_be_left_out(GROUPS, q_pos, asking_goes=asking_goes, causal=causal) == expected


def test_the_nearest_words_in_the_order_of_the_text():
    groups = [(0,), (1, 2), (4,), (5,), (9,)]
    assert nearest(groups, 5, 3) == [(1, 2), (4,), (5,)]
    assert nearest(groups, 0, 9) == groups


def test_a_word_gets_the_sum_of_its_pieces():
    row = np.array([0.1, 0.2, 0.3, 0.15, 0.05, 0.2])
    np.testing.assert_allclose(word_sums(row, GROUPS), [0.2, 0.45, 0.05])
    assert word_sums(row, []).shape == (0,)
