"""What a row of the toy says of each word, and what the toy's result does without the word."""

from dataclasses import replace

import numpy as np
import pytest

from attention_core.analysis.leave_out import turned
from attention_core.analysis.value_norms import lengths
from attention_core.experiments.word_effects import toy_claim
from attention_core.toy.presets import PRESETS
from attention_core.toy.scenario import run
from attention_core.toy.shorter import without_token

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
