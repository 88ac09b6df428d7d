"""The leaning to one of two nouns, against the probabilities and cosines it is made of."""

import numpy as np
import pytest

from attention_core.analysis.coreference_sentences import SENTENCES
from attention_core.analysis.effects import probabilities
from attention_core.analysis.pronoun_prompts import ANIMAL, DECIDED, OF_LESSON, Prompt
from attention_core.pretrained.interventions import without_heads
from attention_core.pretrained.outcome import last_states, outcomes
from attention_core.pretrained.pronouns import (
    first_token,
    leaning_of_prediction,
    leaning_of_vectors,
)
from attention_core.pretrained.seam import Run, core_attention
from attention_core.vectors import cosine

from .test_interventions import ids_of


def test_prompts_end_where_the_pronoun_has_to_be_understood():
    assert [prompt.text for prompt in OF_LESSON] == [
        "The animal didn't cross the street because it (the",
        "The animal didn't cross the street because it was too",
    ]
    assert (OF_LESSON[0].wanted, OF_LESSON[0].rival) == ("animal", "street")
    assert (OF_LESSON[1].wanted, OF_LESSON[1].rival) == ("tired", "wide")
    assert len(DECIDED) == sum(sentence.is_decided_before for sentence in SENTENCES) == 20
    assert DECIDED[1] == Prompt(
        "The king thanked the queen because she (the", "queen", "king", True
    )


def test_in_the_decided_prompts_each_pair_is_asked_both_ways():
    for first, second in zip(DECIDED[::2], DECIDED[1::2], strict=True):
        assert (first.wanted, first.rival) == (second.rival, second.wanted)


def test_the_first_token_of_a_word_is_the_one_a_text_goes_on_with(smollm2, minilm):
    text = smollm2.tokenizer.decode([first_token("tired", smollm2)])
    assert text == " tired"
    assert first_token(" tired", smollm2) == first_token("tired", smollm2)
    assert minilm.tokenizer.decode([first_token("tired", minilm)]) == "tired"
    assert " antidisestablishment".startswith(
        smollm2.tokenizer.decode([first_token("antidisestablishment", smollm2)])
    )


@pytest.mark.parametrize("typed", ["", "   "])
def test_nothing_has_no_token(typed: str, smollm2):
    with pytest.raises(ValueError, match="no token"):
        first_token(typed, smollm2)


def test_the_leaning_is_the_ratio_of_both_probabilities_in_bits(smollm2):
    prompt = OF_LESSON[0]
    attends = [core_attention, without_heads([(13, 8)])]
    leaning = leaning_of_prediction(prompt, smollm2, attends)
    ends = outcomes(ids_of(prompt.text, smollm2), smollm2, [Run(attend) for attend in attends])
    wanted, rival = (
        smollm2.tokenizer(f" {word}")["input_ids"][0] for word in (prompt.wanted, prompt.rival)
    )
    expected = [
        np.log2(probabilities(end.logits)[wanted] / probabilities(end.logits)[rival])
        for end in ends
    ]
    np.testing.assert_allclose(leaning, expected, rtol=1e-6)
    assert leaning[0] > 1  # the model takes it for the animal


def test_words_that_begin_alike_cannot_be_told_apart(smollm2):
    with pytest.raises(ValueError, match="same token"):
        leaning_of_prediction(Prompt("the", "cat", "cat", True), smollm2, [core_attention])


def test_the_leaning_of_vectors_is_the_difference_of_two_cosines(minilm):
    attends = [core_attention, without_heads([(5, 11)])]
    leaning = leaning_of_vectors(ANIMAL, minilm, attends)
    states = last_states(ids_of(ANIMAL.text, minilm), minilm, [Run(attend) for attend in attends])
    it, animal, street = 10, 2, 8  # after [CLS]
    expected = [cosine(each[it], each[animal]) - cosine(each[it], each[street]) for each in states]
    np.testing.assert_allclose(leaning, expected, rtol=1e-6)
    assert abs(leaning[1] - leaning[0]) > 1e-4
