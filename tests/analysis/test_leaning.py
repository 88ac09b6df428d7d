"""The leaning to one of two nouns by hand, and the texts it is measured on."""

import numpy as np
import pytest

from attention_core.analysis.coreference_sentences import SENTENCES
from attention_core.analysis.leaning import leaning_of_prediction, leaning_of_vectors
from attention_core.analysis.pronoun_prompts import DECIDED, OF_LESSON, Prompt


def test_twice_as_likely_is_one_bit():
    logits = np.log([0.2, 0.4, 0.1, 0.3]).astype("f4")
    assert leaning_of_prediction(logits, 1, 0) == pytest.approx(1, abs=1e-6)
    assert leaning_of_prediction(logits, 2, 1) == pytest.approx(-2, abs=1e-6)


def test_vectors_lean_to_the_noun_whose_direction_they_share():
    states = np.array([[2.0, 0.0], [1.0, 0.0], [0.0, 1.0], [3.0, 3.0]])
    assert leaning_of_vectors(states, [0], [1], [2]) == pytest.approx(1)
    assert leaning_of_vectors(states, [0], [2], [3]) == pytest.approx(-np.sqrt(0.5))
    # a word of two tokens stands with the mean of its vectors: (0.5, 0.5)
    assert leaning_of_vectors(states, [3], [1, 2], [1]) == pytest.approx(1 - np.sqrt(0.5))


def test_prompts_end_where_the_pronoun_has_to_be_understood():
    assert [prompt.text for prompt in OF_LESSON] == [
        "The animal didn't cross the street because it (the",
        "The animal didn't cross the street because it was too",
    ]
    assert (OF_LESSON[0].wanted, OF_LESSON[0].rival) == ("animal", "street")
    assert (OF_LESSON[1].wanted, OF_LESSON[1].rival) == ("tired", "wide")
    assert 20 <= len(DECIDED) < sum(sentence.is_decided_before for sentence in SENTENCES)
    assert DECIDED[1] == Prompt(
        "The king thanked the queen because she (the", "queen", "king", True
    )


def test_each_pair_of_decided_prompts_asks_both_ways():
    for first, second in zip(DECIDED[::2], DECIDED[1::2], strict=True):
        assert (first.wanted, first.rival) == (second.rival, second.wanted)
