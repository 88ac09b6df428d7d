"""Tokens that span two words: each weight counts once, on every page that shows words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.analysis.head_search import unit_rows, units
from attention_core.analysis.head_view import token_view, word_view
from attention_core.analysis.matched_words import between_words
from attention_core.analysis.shared_words import matched_rows
from attention_core.analysis.words import (
    merge_words,
    shares,
    sum_over_words,
    tokens_of,
    weights_between_words,
    word_of,
)
from attention_core.pretrained.capture import capture
from attention_core.pretrained.catalogue import SMOLLM2
from attention_core.pretrained.loading import LoadedModel, load
from attention_core.toy.words import word_spans

TEXTS = [
    'He said, "Stop!" and left (quickly).',
    '"Why?" she asked, "Why not?"',
    "Wait... (really?!): f(x)[0];",
    'He (the "boss") said: "No!!", didn\'t he?',
]


def by_hand(weights: np.ndarray, tokens: list, words: list) -> np.ndarray:
    """Rows averaged, columns divided equally: plain loops over characters, as the rule says it."""
    holds = [[bool({*range(*word)} & {*range(*token)}) for token in tokens] for word in words]
    n_words_of = [sum(row[t] for row in holds) for t in range(len(tokens))]
    result = np.zeros((len(words), len(words)))
    for i, asks in enumerate(holds):
        rows = [weights[t] for t, held in enumerate(asks) if held]
        for j, offers in enumerate(holds):
            result[i, j] = np.mean(
                [
                    sum(row[t] / n_words_of[t] for t, held in enumerate(offers) if held)
                    for row in rows
                ]
                or [0.0]
            )
    return result


@pytest.fixture(scope="module")
def smollm2() -> LoadedModel:
    return load(SMOLLM2.key)


@pytest.fixture(params=TEXTS, scope="module")
def read(request, smollm2):
    """(weights of a layer's heads, places of the tokens, words), in SmolLM2."""
    found = capture(request.param, smollm2)
    words = word_spans(found.text)
    assert any(sum(i in tokens_of(word, found.places) for word in words) > 1 for i in range(99))
    return found.layers[13].weights.astype(np.float64), found.places, list(words)


def test_rows_of_words_sum_to_one_on_real_texts(read):
    weights, places, words = read
    for head in weights:
        between = weights_between_words(head, places, words)
        np.testing.assert_allclose(between, by_hand(head, places, words), atol=1e-12)
        np.testing.assert_allclose(between.sum(axis=1), 1, atol=1e-6)
        np.testing.assert_allclose(merge_words(head, places, words).sum(axis=1), 1, atol=1e-6)
        view = word_view(token_view(head), places, words)
        np.testing.assert_allclose(view.weights.sum(axis=1), 1, atol=1e-6)


def test_nothing_is_left_out_where_every_token_is_a_word_s(read):
    weights, places, words = read
    found = between_words(weights[8], None, places, words)
    np.testing.assert_allclose(found.left_out, 0, atol=1e-6)
    np.testing.assert_allclose(found.weights, by_hand(weights[8], places, words), atol=1e-6)
    some = [i for i in range(len(words)) if i % 3]
    part = between_words(weights[8], None, places, words, some)
    kept = by_hand(weights[8], places, words)[np.ix_(some, some)]
    np.testing.assert_allclose(part.left_out, 1 - kept.sum(axis=1), atol=1e-6)


def test_the_heads_that_a_word_is_looked_up_in_share_out_one_whole(read):
    weights, places, words = read
    causal = np.tri(len(places), dtype=bool)
    key_units = units(places, words)
    for i, word in enumerate(words):
        pieces = tokens_of(word, places)[-1:]
        rows = unit_rows(weights[:, pieces], causal[pieces], key_units)
        np.testing.assert_allclose(np.nansum(rows, axis=1), 1, atol=1e-6)
        last = by_hand(weights[8][np.full(len(places), pieces[0])], places, words)[i]
        np.testing.assert_allclose(np.nan_to_num(rows[8, : len(words)]), last, atol=1e-6)


def test_a_row_over_words_sums_to_one_and_each_word_has_its_part(read):
    weights, places, words = read
    row = weights[8, -1]
    sums = sum_over_words(row, places, words)
    np.testing.assert_allclose(sums.sum(), 1, atol=1e-6)
    pairs = [(i, i) for i in range(len(words))]
    names = [str(place) for place in places]
    found = matched_rows((row, row), (names, names), (places, places), (words, words), pairs)
    np.testing.assert_allclose(sorted(each.first for each in found), sorted(sums), atol=1e-9)
    assert all(each.difference == 0 for each in found)


@st.composite
def spans(draw, most: int) -> list[tuple[int, int]]:
    """Stretches of a text in order, with gaps; some empty, as tokens that the model added."""
    cuts = sorted(draw(st.lists(st.integers(0, 30), min_size=2, max_size=2 * most)))
    return list(zip(cuts[::2], cuts[1::2], strict=False))


@given(
    spans(8), spans(6).map(lambda found: [span for span in found if span[0] < span[1]]), st.data()
)
def test_rows_of_words_sum_to_what_their_tokens_rows_sum_to(tokens, words, data):
    n = len(tokens)
    seed = data.draw(st.integers(0, 99))
    weights = np.random.default_rng(seed).dirichlet(np.ones(n), size=n)
    of_a_word = [word_of(token, words) is not None for token in tokens]
    expected = [
        weights[np.ix_(tokens_of(word, tokens), np.flatnonzero(of_a_word))].sum(axis=1).mean()
        if tokens_of(word, tokens)
        else 0.0
        for word in words
    ]
    between = weights_between_words(weights, tokens, words)
    np.testing.assert_allclose(between.sum(axis=1), expected, atol=1e-12)
    np.testing.assert_allclose(between, by_hand(weights, tokens, words), atol=1e-12)
    np.testing.assert_allclose(merge_words(weights, tokens, words).sum(axis=1), 1)
    held = shares([tokens_of(word, tokens) for word in words], n).sum(axis=0)
    np.testing.assert_allclose(held, of_a_word, atol=1e-12)
    for word in words:
        if pieces := tokens_of(word, tokens):
            rows = unit_rows(
                weights[None, pieces], np.ones((len(pieces), n), bool), units(tokens, words)
            )
            np.testing.assert_allclose(np.nansum(rows), 1)
