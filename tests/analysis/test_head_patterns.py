"""Coreference and induction by hand; its test against SciPy and brute force."""

from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import permutation_test

from attention_core.analysis.coreference_sentences import KINDS, SENTENCES, one_pair_each
from attention_core.analysis.head_patterns import (
    after_first,
    coreference,
    flip_test,
    plain_words,
    repeated,
    unrepeated,
)


def test_coreference_by_hand():
    noun = np.array([[0.5, 0.1], [0.3, 0.2], [0.1, 0.6], [0.2, 0.2]])  # two pairs, two heads
    rival = np.array([[0.1, 0.1], [0.4, 0.1], [0.0, 0.2], [0.1, 0.0]])
    found = coreference(noun, rival)
    np.testing.assert_allclose(found.score, [0.5 / 4, 0.7 / 4])
    assert found.wins.tolist() == [3, 3]  # the tie in head 1 is no win
    assert found.both.tolist() == [1, 1]
    assert found.n_sentences == 4
    with pytest.raises(ValueError, match="3 sentences are not pairs"):
        coreference(noun[:3], rival[:3])


def paired(seed: int, n_pairs: int, n_heads: int) -> tuple[np.ndarray, np.ndarray]:
    """(n_pairs, 2, n_heads): what the first noun gets more than the second, in both versions; and the differences."""
    first_more = np.random.default_rng(seed).normal(0.1, 0.3, (n_pairs, 2, n_heads))
    right = first_more * np.array([1, -1])[:, None]  # in the second version the second is right
    return first_more, right.reshape(2 * n_pairs, n_heads)


def test_one_head_and_one_pair_a_contrast_is_scipy_s_exact_paired_test():
    first_more, differences = paired(1, 9, 1)
    found = flip_test(differences, [str(i // 2) for i in range(18)])
    expected = permutation_test(
        (first_more[:, 0, 0], first_more[:, 1, 0]),
        lambda a, b: np.mean(a - b),
        permutation_type="samples",
        alternative="greater",
        n_resamples=np.inf,
    )
    assert found.exact and found.n_patterns == 2**9 and found.least == 2**-9
    assert found.p[0] == pytest.approx(expected.pvalue)


def test_the_best_of_many_heads_by_changing_places_one_by_one():
    contrasts = ["he/she", "he/she", "it/they", "big/small", "it/they"]  # of five pairs
    first_more, differences = paired(2, 5, 4)
    observed = differences.mean(axis=0)
    as_large = np.zeros(4)
    for change in product([False, True], repeat=3):
        swaps = dict(zip(["he/she", "it/they", "big/small"], change, strict=True))
        total = np.zeros(4)
        for pair, contrast in zip(first_more, contrasts, strict=True):
            first, second = pair[::-1] if swaps[contrast] else pair
            total += first - second
        as_large += (total / 10).max() >= observed - 1e-12
    found = flip_test(differences, [each for each in contrasts for _ in range(2)])
    np.testing.assert_allclose(found.p, as_large / 8)
    assert found.n_contrasts == 3 and found.p.min() >= found.least


def test_a_head_that_is_right_everywhere_in_one_contrast_proves_nothing():
    """20 of 20 sentences, all of them he/she: one fact, said ten times."""
    found = flip_test(np.full((20, 1), 0.5), ["he/she"] * 20)
    assert found.p[0] == 0.5


def test_many_contrasts_are_sampled_and_heads_without_effect_pass_as_often_as_stated():
    random = np.random.default_rng(5)
    few = [flip_test(random.normal(size=(12, 3)), [str(i // 2) for i in range(12)]).p.min() for _ in range(400)]  # fmt: skip
    assert np.mean(np.array(few) <= 0.05) == pytest.approx(0.05, abs=0.03)
    many = flip_test(np.ones((40, 2)), [str(i // 2) for i in range(40)])
    assert not many.exact and many.n_patterns == 2**16 and many.p[0] == many.least


def test_sentences_are_balanced():
    assert len(SENTENCES) >= 60
    kinds = Counter(each.kind for each in SENTENCES)
    assert set(kinds) == set(KINDS) and max(kinds.values()) <= 2 * min(kinds.values())
    for chosen in (SENTENCES, [each for each in SENTENCES if each.is_decided_before]):
        contrasts = Counter(each.contrast for each in chosen)
        assert max(contrasts.values()) <= len(chosen) / 5
        assert len(contrasts) >= 12
    assert len({each.pronoun for each in SENTENCES}) >= 10
    assert set(Counter(each.contrast for each in one_pair_each()).values()) == {2}
    apart = [each.place(each.pronoun)[0] - each.place(each.noun)[0] for each in SENTENCES]
    assert min(apart) < 0 and max(apart) > 50


@pytest.mark.parametrize("pair", list(zip(SENTENCES[::2], SENTENCES[1::2], strict=True)), ids=lambda p: p[0].text)  # fmt: skip
def test_a_pair_differs_in_one_word_and_changes_the_noun(pair):
    first, second = pair
    words = [each.text.replace(",", "").split() for each in pair]
    changed = [(a, b) for a, b in zip(*words, strict=True) if a.lower() != b.lower()]
    assert [(a.lower(), b.lower()) for a, b in changed] == [(first.hint, second.hint)]
    assert (first.noun, first.rival) == (second.rival, second.noun)
    assert (first.kind, first.contrast) == (second.kind, second.contrast)
    assert first.is_decided_before == second.is_decided_before


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
        assert sentence.text.replace(",", "").split().count(word) == 1
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
