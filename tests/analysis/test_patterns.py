"""Patterns are counted as their words say, edges and masks included."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.analysis.patterns import (
    CLEAR,
    HANDED_OVER,
    average_head,
    averaged,
    clearest,
    entropy,
    even_head,
    measure_patterns,
    pattern_scores,
    rows_and_average,
    share_on,
    spread,
    standing_out,
    targets,
)
from attention_core.analysis.value_norms import handed_over
from attention_core.masks import causal_mask
from attention_core.softmax import softmax
from attention_core.toy.critics import one_word_each

WORDS = ["a", "b", "A", "c", "b"]
N = len(WORDS)


def random_weights(seed: int, n_heads: int, n: int, causal: bool) -> np.ndarray:
    scores = 3 * np.random.default_rng(seed).standard_normal((n_heads, n, n))
    return softmax(np.where(causal_mask(n), scores, -np.inf) if causal else scores)


def looks(shift: int) -> np.ndarray:
    """A head that puts all its weight `shift` places on, as far as the sentence goes."""
    places = np.clip(np.arange(N) + shift, 0, N - 1)
    return np.eye(N)[places][None]


def test_where_each_pattern_points():
    pointing = {
        name: list(zip(*map(list, map(np.ndarray.tolist, np.nonzero(target))), strict=True))
        for name, target in targets(WORDS).items()
    }
    assert pointing == {
        "previous": [(2, 1), (3, 2), (4, 3)],  # never at key 0: that is "first"
        "itself": [(1, 1), (2, 2), (3, 3)],
        "next": [(0, 1), (1, 2), (2, 3)],
        "first": [(1, 0), (2, 0), (3, 0), (4, 0)],
        "last": [(0, 4), (1, 4), (2, 4), (3, 4)],
        "same word": [
            (0, 2),
            (4, 1),
        ],  # "a" and "A" are the same; the first and the last key are left out
    }


@pytest.mark.parametrize(
    ("shift", "name"), [(-1, "previous"), (0, "itself"), (1, "next"), (-N, "first"), (N, "last")]
)
def test_a_head_that_does_one_thing_scores_1_on_it(shift, name):
    scores = pattern_scores(looks(shift), WORDS)
    assert scores[name].tolist() == [1]
    assert scores["spread"] == pytest.approx(1)
    even = pattern_scores(even_head(N), WORDS)
    assert clearest(scores, even) == [name]


def test_the_mean_is_over_the_queries_that_have_a_target():
    weights = even_head(N)
    weights[0, 4] = [0, 0, 0, 1, 0]
    assert pattern_scores(weights, WORDS)["previous"].tolist() == pytest.approx(
        [(0.2 + 0.2 + 1) / 3]
    )
    assert pattern_scores(weights, WORDS)["same word"].tolist() == pytest.approx([(0.2 + 0) / 2])


def test_under_a_causal_mask_the_future_does_not_count_and_the_first_query_says_nothing():
    mask = causal_mask(N)
    scores = pattern_scores(even_head(N, mask), WORDS, mask)
    assert np.isnan(scores["next"]).all() and np.isnan(scores["last"]).all()
    assert scores["first"].tolist() == pytest.approx([(1 / 2 + 1 / 3 + 1 / 4 + 1 / 5) / 4])
    assert scores["itself"].tolist() == pytest.approx([(1 / 2 + 1 / 3 + 1 / 4) / 3])
    # the first query's row has entropy 0, and is left out
    expected = np.exp(np.log([2, 3, 4, 5]).mean())
    assert scores["spread"].tolist() == pytest.approx([expected])


def test_a_query_that_sees_nothing_does_not_count():
    mask = np.ones((N, N), dtype=bool)
    mask[2] = False
    weights = even_head(N, mask)
    assert not weights[0, 2].any()
    assert pattern_scores(weights, WORDS, mask)["itself"].tolist() == pytest.approx([0.2])
    assert spread(weights, mask).tolist() == pytest.approx([5])


def test_heads_may_have_masks_of_their_own():
    mask = np.stack([np.ones((N, N), dtype=bool), causal_mask(N)])
    weights = even_head(N, mask)
    assert weights.shape == (2, N, N)
    scores = pattern_scores(weights, WORDS, mask)
    assert scores["next"][0] == pytest.approx(0.2) and np.isnan(scores["next"][1])


@pytest.mark.parametrize("n", [1, 2])
def test_a_text_too_short_for_a_pattern_has_no_score(n):
    scores = pattern_scores(even_head(n), WORDS[:n])
    assert np.isnan(scores["previous"]).all() and np.isnan(scores["itself"]).all()
    assert np.isnan(scores["first"]).all() == (n == 1)


def test_nothing_stands_out_in_an_even_head():
    even = pattern_scores(even_head(N), WORDS)
    assert clearest(even, even) == [None]
    almost = {name: values * (CLEAR - 0.01) for name, values in even.items()}
    assert clearest(almost, even) == [None]


def test_the_key_that_stands_out():
    rows = np.array([[0.25, 0.25, 0.25, 0.25], [0.1, 0.6, 0.2, 0.1], [0.4, 0.2, 0.2, 0.2]])
    assert standing_out(rows) == [None, 1, None]
    only_two = np.array([True, True, False, False])
    assert standing_out(np.array([[0.5, 0.5, 0, 0], [1.0, 0, 0, 0]]), only_two) == [None, 0]


@pytest.mark.usefixtures("shapes_unchecked")
def test_weights_that_are_not_of_these_tokens_are_refused():
    with pytest.raises(ValueError, match=r"\(1, 3, 5\) need 5 rows and columns"):
        pattern_scores(np.full((1, 3, 5), 0.2), WORDS)
    with pytest.raises(ValueError, match=r"target of \(2, 2\) does not fit weights \(1, 5, 5\)"):
        share_on(even_head(N), np.eye(2, dtype=bool))
    with pytest.raises(ValueError, match=r"mask of \(4, 4\) does not fit weights \(1, 5, 5\)"):
        share_on(even_head(N), np.eye(N, dtype=bool), causal_mask(4))


def test_entropy_by_hand():
    rows = np.array([[1.0, 0, 0, 0], [0.5, 0.5, 0, 0], [0.25, 0.25, 0.25, 0.25], [0, 0, 0, 0]])
    np.testing.assert_allclose(entropy(rows), np.log([1, 2, 4, 1]))


def test_eight_sharp_heads_have_a_flat_average():
    found = averaged(one_word_each(8, 8))
    assert (found.heads_top, found.average_top) == (1, 1 / 8)
    assert (found.heads_spread, found.average_spread) == pytest.approx((1, 8))


def test_one_query_in_every_head_and_below_it_the_average():
    rows = rows_and_average(one_word_each(2, 3), 0)
    np.testing.assert_array_equal(rows, [[1, 0, 0], [0, 1, 0], [0.5, 0.5, 0]])


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(2, 7), st.booleans())
def test_an_average_is_never_sharper_than_the_heads(seed, n_heads, n, causal):
    weights = random_weights(seed, n_heads, n, causal)
    found = averaged(weights, causal_mask(n) if causal else None)
    assert found.average_top <= found.heads_top + 1e-12
    assert found.average_spread >= found.heads_spread - 1e-9
    np.testing.assert_allclose(average_head(weights).sum(axis=-1), 1)


@given(st.integers(0, 2**32 - 1), st.integers(3, 7), st.booleans())
def test_scores_are_shares_and_the_spread_counts_keys(seed, n, causal):
    mask = causal_mask(n) if causal else None
    scores = pattern_scores(random_weights(seed, 3, n, causal), [str(i) for i in range(n)], mask)
    widths = scores.pop("spread")
    assert ((widths >= 1 - 1e-9) & (widths <= n + 1e-9)).all()
    for name, values in scores.items():
        assert np.isnan(values).all() or ((values >= 0) & (values <= 1 + 1e-12)).all(), name


def test_the_previous_token_head_of_minilm(captured):
    tokens = [token.text for token in captured.tokens]
    weights = captured.layers[0].weights
    scores = pattern_scores(weights, tokens)
    assert scores["previous"].argmax() == 2
    assert scores["previous"][2] > 0.9
    assert clearest(scores, pattern_scores(even_head(len(tokens)), tokens))[2] == "previous"


@pytest.mark.parametrize("causal", [False, True])
def test_measured_patterns_stand_beside_those_of_an_even_head(causal):
    weights, mask = random_weights(3, 2, N, causal), causal_mask(N) if causal else None
    v = np.random.default_rng(4).standard_normal((2, N, 3))
    measured = measure_patterns(weights, WORDS, mask, v)
    for name, share in pattern_scores(weights, WORDS, mask).items():
        np.testing.assert_array_equal(measured.scores[name], share)
    for name, share in pattern_scores(even_head(N, mask), WORDS, mask).items():
        np.testing.assert_array_equal(measured.even[name], share)
    expected = share_on(handed_over(weights, v), targets(WORDS)["first"], mask)
    np.testing.assert_array_equal(measured.scores[HANDED_OVER], expected)
    assert HANDED_OVER not in measure_patterns(weights, WORDS, mask).scores
