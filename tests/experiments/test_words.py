"""What is measured of words, each held against a run of its own: left out, as sinks, as vectors; no page, no Streamlit."""

from dataclasses import replace

import numpy as np
import pytest
import transformers as hf

from attention_core.analysis.leave_out import moved_probability, turned
from attention_core.analysis.value_norms import lengths
from attention_core.analysis.words import sum_over_words, tokens_of
from attention_core.experiments.sinks import likely_sinks, survey_sinks
from attention_core.experiments.word_effects import last_vector_claim, next_token_claim, toy_claim
from attention_core.experiments.word_vectors import WordVectors, in_a_text, word_vectors
from attention_core.pretrained.capture import capture, input_embeddings
from attention_core.pretrained.loading import LoadedModel, load
from attention_core.pretrained.prediction import next_token_probabilities
from attention_core.pretrained.tokens import tokenize
from attention_core.toy.own import from_random
from attention_core.toy.presets import PRESETS
from attention_core.toy.scenario import Scenario, run
from attention_core.toy.shorter import without_token
from attention_core.toy.words import word_spans
from tests.pretrained.families import GPT2_SIZES
from tests.pretrained.folders import saved

TOY = PRESETS[0]


@pytest.mark.parametrize("query", [0, TOY.query, len(TOY.tokens) - 1])
def test_each_word_but_the_one_that_asks_is_left_out_and_the_toy_is_computed_again(query: int):
    claim = toy_claim(TOY, query, 0)
    heads = run(TOY).heads
    np.testing.assert_array_equal(claim.weights, heads.weights[0, query])
    amounts = claim.weights * lengths(heads.v[0])
    np.testing.assert_allclose(claim.handed, amounts / amounts.sum())
    words = claim.strongest_words(len(TOY.tokens))
    assert sorted(words) == [i for i in range(len(TOY.tokens)) if i != query]
    asked = replace(TOY, query=query)
    change = claim.changes()
    for word in words:
        shorter = without_token(asked, word)
        after = run(shorter).output[shorter.query]
        assert change(word) == turned(run(TOY).output[query], after)


def test_only_so_many_words_are_left_out_and_they_weigh_most():
    claim = toy_claim(TOY, TOY.query, 0)
    words = claim.strongest_words(4)
    others = np.delete(claim.weights, [*words, TOY.query])
    assert claim.weights[words].min() >= others.max()


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    """A tiny causal model, which predicts the next token."""
    folder = tmp_path_factory.mktemp("gpt2")
    return load(saved(folder, hf.GPT2LMHeadModel, hf.GPT2Config(**GPT2_SIZES)))


@pytest.fixture(scope="module")
def cat() -> Scenario:
    text = "the cat sat on a mat"
    return from_random(text, word_spans(text))


def test_the_last_token_claims_what_moves_the_next_tokens_probabilities(
    gpt2: LoadedModel, cat: Scenario
):
    def next_probabilities(text: str) -> np.ndarray:
        return next_token_probabilities(text, gpt2)

    read = capture(cat.sentence, gpt2)
    claim = next_token_claim(read, 1, 2, cat, next_probabilities)
    assert claim.asking == len(cat.tokens) - 1
    row = read.layers[1].weights[2, -1]
    np.testing.assert_allclose(claim.weights, sum_over_words(row, read.places, cat.spans))
    expected = moved_probability(
        next_probabilities("the cat sat on a mat"), next_probabilities("cat sat on a mat")
    )
    assert claim.changes()(0) == pytest.approx(expected)


def test_the_asking_word_claims_what_turns_its_last_vector(gpt2: LoadedModel, cat: Scenario):
    def last_states(text: str) -> tuple[np.ndarray, list[tuple[int, int]]]:
        read = capture(text, gpt2)
        return read.output, read.places

    read, asks = capture(cat.sentence, gpt2), replace(cat, query=2)
    claim = last_vector_claim(read, 0, 1, asks, last_states)
    assert claim is not None and claim.asking == 2
    row = read.layers[0].weights[1, tokens_of(cat.spans[2], read.places)[-1]]
    np.testing.assert_allclose(claim.weights, sum_over_words(row, read.places, cat.spans))
    shorter = capture("the sat on a mat", gpt2)
    before, after = (
        each.output[tokens_of((at, at + 3), each.places)[-1]]
        for each, at in ((read, cat.spans[2][0]), (shorter, 4))
    )
    assert claim.changes()(1) == pytest.approx(turned(before, after))


def test_each_heads_share_on_the_likely_sinks(gpt2: LoadedModel, cat: Scenario):
    read = capture(cat.sentence, gpt2)
    survey = survey_sinks(read)
    assert likely_sinks(read.tokens) == [0]
    weights = np.stack([layer.weights for layer in read.layers])
    np.testing.assert_allclose(survey.shares, weights[:, :, 1:, 0].mean(axis=-1), rtol=1e-6)
    own = weights.argmax(axis=-1) == np.arange(weights.shape[-1])
    assert survey.diagonal == pytest.approx(own.mean())


def test_a_word_has_the_mean_of_its_tokens_embeddings_wherever_it_stands(gpt2: LoadedModel):
    def vectors(words: list[str]) -> WordVectors:
        text, _ = in_a_text(words)
        read = tokenize(text, gpt2.tokenizer, gpt2.max_tokens)
        return word_vectors(words, read, input_embeddings(read.ids, gpt2))

    forwards, backwards = vectors(["cat", "mat", "sat"]), vectors(["sat", "mat", "cat"])
    assert forwards.names == ("cat", "mat", "sat") == backwards.names[::-1]
    np.testing.assert_allclose(forwards.x, backwards.x[::-1], rtol=1e-6)
    assert forwards.unread == ()
