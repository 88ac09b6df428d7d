"""What the best head would give a word by chance, against every way to deal the weights out."""

from itertools import product

import numpy as np

from attention_core.analysis.head_search import find
from attention_core.experiments.find_a_head import WordWeights, word_chance
from attention_core.experiments.reading import Places

ROWS = np.array([[0.1, 0.2, 0.7], [0.3, 0.1, 0.6], [0.25, 0.25, 0.5]])  # (n_heads, n_units)
PLACES = Places(np.zeros(3, int), np.arange(3), is_causal=False)


def weights(rows: np.ndarray) -> WordWeights:
    n = rows.shape[1]
    return WordWeights(PLACES, rows, np.full(rows.shape, 1 / n), [1] * n, 1, [False] * n)


def every_deal(rows: np.ndarray) -> np.ndarray:
    """The largest weight that a word gets, over all ways to give it one weight of each head."""
    return np.array([max(given) for given in product(*rows)])


def test_chance_is_the_mean_over_all_deals_with_and_without_the_key_that_takes_most():
    chance = word_chance(weights(ROWS), find(ROWS, 0), 0)
    assert (chance.n_heads, chance.n_tokens) == (3, 3)
    for dealt, rows in ((chance.dealt, ROWS), (chance.without_sink, ROWS[:, :2])):
        best = every_deal(rows)
        assert dealt is not None
        np.testing.assert_allclose(dealt.expected, best.mean())
        np.testing.assert_allclose(dealt.p_as_large, (best >= 0.3).mean())


def test_a_word_that_itself_takes_most_is_not_left_out_nor_one_of_two():
    assert word_chance(weights(ROWS), find(ROWS, 2), 2).without_sink is None
    assert word_chance(weights(ROWS[:, 1:]), find(ROWS[:, 1:], 0), 0).without_sink is None
