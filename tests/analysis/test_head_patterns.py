"""Coreference and induction by hand, and coins against simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.analysis.coreference_sentences import SENTENCES
from attention_core.analysis.head_patterns import (
    after_first,
    at_least,
    best_of_coins,
    coreference,
    corrected,
    plain_words,
    repeated,
    unrepeated,
)


def test_coreference_by_hand():
    noun = np.array([[0.5, 0.1], [0.3, 0.2], [0.1, 0.6]])  # three sentences, two heads
    rival = np.array([[0.1, 0.1], [0.4, 0.1], [0.0, 0.2]])
    found = coreference(noun, rival)
    np.testing.assert_allclose(found.score, [0.4 / 3, 0.5 / 3])
    assert found.wins.tolist() == [2, 2]  # the tie in head 1 is no win
    assert found.n_sentences == 3


def test_the_sign_test_by_hand():
    assert at_least(3, 4) == 5 / 16
    assert at_least(0, 4) == 1
    assert at_least(20, 20) == 2**-20
    assert corrected(0.25, 3) == 0.75
    assert corrected(0.25, 72) == 1


def test_the_best_of_coins():
    assert best_of_coins(10, 1) == pytest.approx(5)
    assert best_of_coins(1, 2) == pytest.approx(3 / 4)
    tosses = np.random.default_rng(3).binomial(20, 0.5, (4000, 270)).max(axis=1).mean()
    assert best_of_coins(20, 270) == pytest.approx(tosses, rel=0.01)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_the_control_ends_in_the_same_words_after_others(seed, n):
    ids = np.arange(100, 112)
    twice, control = repeated(ids, n, seed), unrepeated(ids, n, seed)
    np.testing.assert_array_equal(twice[:n], twice[n:])
    np.testing.assert_array_equal(twice[n:], control[n:])
    assert len(set(control)) == 2 * n


def test_too_few_words_are_refused():
    with pytest.raises(ValueError, match="8 different tokens are needed, but only 7 can be drawn"):
        unrepeated(np.arange(7), 4, 0)


def test_a_perfect_induction_head_scores_one():
    n = 3  # A B C A B C: the token at 3 looks at 1, at 4 at 2, at 5 at 3
    weights = np.zeros((2, 6, 6))
    weights[0, [3, 4, 5], [1, 2, 3]] = 1
    weights[1, [3, 4, 5], [0, 1, 2]] = 1  # looks at the same word, not after it
    weights[:, :n, 0] = 1
    np.testing.assert_array_equal(after_first(weights), [1, 0])


@pytest.mark.usefixtures("shapes_unchecked")
@pytest.mark.parametrize("shape", [(1, 5, 5), (1, 4, 6), (1, 0, 0)])
def test_weights_without_two_halves_are_refused(shape):
    with pytest.raises(ValueError, match="not those of a sequence and its repetition"):
        after_first(np.zeros(shape))


def test_whole_words_of_a_vocabulary():
    word_pieces = {"[CLS]": 0, "dog": 5, "##ing": 3, "The": 4, "cat": 2, "a": 1, "été": 6}
    assert plain_words(word_pieces).tolist() == [2, 5]
    assert plain_words({"Ġdog": 1, "ing": 2, "ĠThe": 3, "Ġno": 4}).tolist() == [1]
    assert plain_words({"t1": 1, "t2": 2}).tolist() == []


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda each: f"{each.text} ({each.noun})")
def test_each_marked_word_stands_once_in_its_sentence(sentence):
    spelled = [sentence.pronoun, sentence.noun, sentence.rival, sentence.hint]
    for word in spelled:
        assert sentence.text.split().count(word) == 1
        start, end = sentence.place(word)
        assert sentence.text[start:end] == word
        assert not sentence.text[end : end + 1].isalpha()
    assert len(set(spelled[:3])) == 3


@pytest.mark.parametrize("causal", [True, False])
def test_always_the_first_noun_is_right_in_half_of_the_sentences(causal):
    chosen = [each for each in SENTENCES if each.is_decided_before or not causal]
    assert len(chosen) >= 12
    assert 2 * sum(each.noun_is_first for each in chosen) == len(chosen)


def test_a_causal_model_is_asked_only_what_it_can_know():
    for each in SENTENCES:
        pronoun = each.place(each.pronoun)
        before = each.place(each.noun) < pronoun and each.place(each.rival) < pronoun
        assert each.is_decided_before == (before and each.place(each.hint) <= pronoun)
    assert 0 < sum(each.is_decided_before for each in SENTENCES) < len(SENTENCES)
