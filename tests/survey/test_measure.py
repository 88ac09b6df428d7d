"""What a survey measures is what `analysis` and plain NumPy give, sentence by sentence; means and errors by hand."""

import numpy as np
import pytest

from attention_core.analysis.head_search import random_heads
from attention_core.analysis.patterns import share_on, targets
from attention_core.pretrained.capture import capture
from attention_core.pretrained.files import locate
from attention_core.pretrained.loading import load
from attention_core.survey import batches as work
from attention_core.survey.corpus import Corpus
from attention_core.survey.fingerprint import model_sha256
from attention_core.survey.measure import NAMES, Measured, measure
from attention_core.survey.moments import moments, together

THREE = (
    "The animal didn't cross the street because it was too tired.",
    "She saw the man, and the man saw her.",
    "Rain fell all night.",
)


@pytest.fixture(scope="module")
def minilm():
    return load("MiniLM")


def test_a_batch_is_the_mean_of_what_analysis_finds_in_each_sentence(minilm):
    corpus = Corpus("three", THREE)
    (batch,) = work.batches(corpus)
    found = work.measure_batch(batch, "MiniLM", model_sha256(locate("MiniLM")[0]))
    assert found is not None
    by_hand: dict[str, list] = {"previous": [], "same word": [], "first": []}
    before, special = [], []
    for text in THREE:
        read = capture(text, minilm)
        weights = np.concatenate([layer.weights for layer in read.layers])
        points = targets([token.text for token in read.tokens])
        for name, kept in by_hand.items():
            kept.append(share_on(weights, points[name]))
        n = weights.shape[-1]
        before.append(weights[:, np.arange(2, n), np.arange(1, n - 1)].mean(axis=-1))
        special.append(weights[:, :, [0, n - 1]].sum(axis=-1).mean(axis=-1))
    assert found.n_sentences == 3
    for name, kept in {**by_hand, "previous": before, "special": special}.items():
        row, values = NAMES.index(name), np.array(kept, dtype=np.float64)
        n = np.isfinite(values).sum(axis=0)
        np.testing.assert_array_equal(found.moments.n[row], n)
        np.testing.assert_allclose(found.moments.mean[row], np.nanmean(values, axis=0), atol=1e-5)
        if n[0] > 1:
            error = np.nanstd(values, axis=0, ddof=1) / np.sqrt(n)
            np.testing.assert_allclose(found.moments.standard_error[row], error, atol=1e-5)
    assert found.moments.n[NAMES.index("same word")].tolist() == [2] * 72  # rain repeats no word
    np.testing.assert_array_equal(found.layers, np.repeat(np.arange(6), 12))


def test_an_even_head_and_an_untrained_one_stand_beside_each_value():
    weights = random_heads(5, 6, None, seed=9)
    found = measure(weights, None, list("abcdef"), [0, 5], seed=3)
    chance = measure(random_heads(5, 6, None, seed=3), None, list("abcdef"), [0, 5])
    np.testing.assert_array_equal(found.untrained, chance.values)
    even = dict(zip(NAMES, found.even[:, 0], strict=True))
    assert even["previous"] == pytest.approx(1 / 6)
    assert even["special"] == pytest.approx(2 / 6)
    assert even["entropy share"] == pytest.approx(1)
    assert np.isnan(even["same word"])


def measured(rng: np.random.Generator) -> Measured:
    values = rng.random((len(NAMES), 4))
    values[rng.random(len(NAMES)) < 0.3] = np.nan
    return Measured(values, values / 2, values / 3)


@pytest.mark.parametrize("cut", [1, 5, 19])
def test_parts_add_up_to_the_whole(cut):
    rng = np.random.default_rng(cut)
    sentences = [measured(rng) for _ in range(20)]
    whole, parts = moments(sentences), together(moments(sentences[:cut]), moments(sentences[cut:]))
    values = np.stack([each.values for each in sentences])
    np.testing.assert_array_equal(parts.n, np.isfinite(values).sum(axis=0))
    np.testing.assert_allclose(parts.mean, np.nanmean(values, axis=0))
    error = np.nanstd(values, axis=0, ddof=1) / np.sqrt(parts.n)
    for each in (whole, parts):
        np.testing.assert_allclose(each.standard_error, error)
        np.testing.assert_allclose(each.even, each.mean / 2)
        np.testing.assert_allclose(each.untrained, each.mean / 3)


def test_one_sentence_has_no_standard_error():
    found = moments([measured(np.random.default_rng(0))])
    assert np.isnan(found.standard_error).all()
