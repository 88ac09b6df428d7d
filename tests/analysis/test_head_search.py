"""Heads ranked by one word's weight, and the yardsticks of chance: by hand, by simulation, and on the real model."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.analysis.head_search import (
    best_of_random,
    dealt_out,
    find,
    random_heads,
    unit_rows,
    units,
)
from attention_core.masks import causal_mask
from attention_core.softmax import softmax
from attention_core.toy.words import word_spans

NAN = np.nan


def test_words_come_first_and_tokens_of_no_word_after_them():
    words = [(0, 3), (4, 9), (10, 12)]
    tokens = [
        (0, 0),
        (0, 3),
        (4, 6),
        (6, 9),
        (0, 0),
    ]  # [CLS], one, two pieces, [SEP]; the third is cut off
    assert units(tokens, words) == [[1], [2, 3], [], [0], [4]]


def test_a_key_s_pieces_add_up_and_a_query_s_pieces_are_averaged():
    rows = np.array([[[0.1, 0.2, 0.7], [0.3, 0.4, 0.3]], [[1.0, 0, 0], [0, 0.5, 0.5]]])
    merged = unit_rows(rows, np.ones((2, 3), dtype=bool), [[1, 2], [0], []])
    np.testing.assert_allclose(merged, [[0.8, 0.2, NAN], [0.5, 0.5, NAN]])


def test_a_unit_that_the_mask_hides_is_nan_and_half_a_unit_is_not():
    rows = np.array([[[0.4, 0.6, 0.0, 0.0]]])
    merged = unit_rows(rows, np.array([[True, True, False, False]]), [[0], [1, 2], [3]])
    np.testing.assert_allclose(merged, [[0.4, 0.6, NAN]])


@pytest.mark.usefixtures("shapes_unchecked")
def test_sizes_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"\(1, 3\) does not fit rows \(1, 1, 4\)"):
        unit_rows(np.full((1, 1, 4), 0.25), np.ones((1, 3), dtype=bool), [[0]])
    with pytest.raises(ValueError, match="no head's query may look at unit 1"):
        find(np.array([[1.0, NAN]]), 1)
    with pytest.raises(ValueError, match="3 pieces of a key among 2 keys"):
        best_of_random(4, 2, n_key_pieces=3)


ROWS = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8], [0.6, NAN, 0.4]])


def test_heads_are_ranked_by_their_weight_on_the_key():
    found = find(ROWS, key=0, control=2)
    assert found.order.tolist() == [2, 0, 1] and found.best == 2
    np.testing.assert_allclose(found.difference, [0.3, -0.7, 0.2])
    assert found.key_rank.tolist() == [1, 2, 1]  # a tie takes no rank away
    assert found.n_units.tolist() == [3, 3, 2]


def test_a_head_that_may_not_look_there_comes_last():
    found = find(ROWS, key=1)
    assert found.order.tolist() == [0, 1, 2]
    assert np.isnan(found.control).all()


def test_dealing_out_by_hand():
    # head 0 gives 1 or 0, head 1 gives 0.6 or 0.4: the best is 1, 1, 0.6 or 0.4
    dealt = dealt_out(np.array([[0.0, 1.0], [0.6, 0.4]]), key=0)
    assert dealt.expected == pytest.approx((1 + 1 + 0.6 + 0.4) / 4)
    assert dealt.p_as_large == pytest.approx(3 / 4)  # at least the 0.6 that was found
    assert dealt.expected_first == pytest.approx(1)


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 5), st.booleans())
def test_dealing_out_equals_trying_every_deal(seed, n_heads, n_units, ties):
    rng = np.random.default_rng(seed)
    rows = rng.random((n_heads, n_units)).round(1 if ties else 9)
    rows[:, 1:][rng.random((n_heads, n_units - 1)) < 0.2] = NAN
    best = np.array([max(deal) for deal in product(*(row[np.isfinite(row)] for row in rows))])
    # rows of different length: each head's weights are equally likely, whatever the others do
    dealt = dealt_out(rows, key=0)
    assert dealt.expected == pytest.approx(best.mean())
    assert dealt.p_as_large == pytest.approx((best >= rows[:, 0].max()).mean())


def test_heads_that_cannot_look_there_are_not_dealt():
    alone, both = dealt_out(ROWS[:2], key=1), dealt_out(ROWS, key=1)
    assert (both.expected, both.p_as_large) == pytest.approx((alone.expected, alone.p_as_large))


def test_the_best_of_random_heads_agrees_with_another_simulation():
    rng = np.random.default_rng(5)
    rows = softmax(rng.standard_normal((3000, 12, 2, 7))).mean(axis=2)  # draws, heads, query pieces
    expected = rows[:, :, [0, 3]].sum(axis=-1).max(axis=1).mean()  # a key of two pieces
    found = best_of_random(12, 7, n_key_pieces=2, n_pieces=2)
    assert found == pytest.approx(expected, rel=0.02)
    assert found == best_of_random(12, 7, n_key_pieces=2, n_pieces=2)  # seeded


def test_more_heads_reach_more_by_chance_and_one_head_an_even_share():
    assert best_of_random(1, 10) == pytest.approx(0.1, rel=0.03)
    assert best_of_random(1, 10) < best_of_random(8, 10) < best_of_random(72, 10) < 1
    assert best_of_random(5, 1) == pytest.approx(1)


def test_random_heads_obey_the_mask():
    heads = random_heads(3, 5, causal_mask(5), seed=2)
    np.testing.assert_allclose(heads.sum(axis=-1), 1, rtol=1e-5)
    assert not np.triu(heads, 1).any()
    assert (random_heads(3, 5, None) > 0).all()


def test_minilm_s_head_from_it_to_animal_is_on_top(captured):
    spans = word_spans(captured.text)
    words = [captured.text[start:end] for start, end in spans]
    it = [token.text for token in captured.tokens].index("it")
    rows = np.concatenate(
        [
            unit_rows(
                layer.weights[:, [it]],
                np.ones((1, len(captured.tokens)), dtype=bool),
                units(captured.places, spans),
            )
            for layer in captured.layers
        ]
    )
    np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-5)
    found = find(rows, words.index("animal"), words.index("street"))
    assert divmod(found.best, 12) == (5, 11)
    assert found.weights[found.best] == pytest.approx(0.647, abs=1e-3)
    assert found.key_rank[found.best] == 1
