"""The words that two heads have in common, each with the text its model has read; by hand."""

import numpy as np

from attention_core.experiments.two_heads import HeadOnText, matched_words
from tests.experiments.captures import capture_of


def reads(text: str, places: list[tuple[int, int]]) -> HeadOnText:
    """A head without a mask on a text of which the model has read the tokens at `places`."""
    starts = [i for i in range(len(text)) if i == 0 or text[i - 1] == " "]
    spans = [(start, (text + " ").index(" ", start)) for start in starts]
    return HeadOnText(capture_of(text, places), 0, 0, spans)


A = reads("the hot dog was", [(0, 3), (4, 7), (8, 11), (12, 15)])
B = reads("The dog was old", [(0, 3), (4, 7), (8, 11)])  # the text was cut before "old"


def test_words_are_matched_by_their_positions_in_each_text_and_only_where_both_were_read():
    found = matched_words(A, B)
    assert found.pairs == ((0, 0), (2, 1), (3, 2))
    assert found.only_a == (1,)
    assert found.only_b == ()
    assert B.words == ["The", "dog", "was", "old"]


def test_weights_between_the_matched_words_sum_to_one_again():
    weights = np.array([[0.4, 0.4, 0.1, 0.1], *np.eye(4)[1:]])
    between = A.between(weights, [0, 2, 3])
    np.testing.assert_allclose(between.weights[0], [4 / 6, 1 / 6, 1 / 6])
    np.testing.assert_allclose(between.left_out, [0.4, 0, 0])
    assert between.allowed.all()
