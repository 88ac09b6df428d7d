"""Sinks: how much weight they take, and how little of it arrives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.analysis.rows import random_rows
from attention_core.analysis.sinks import weight_on
from attention_core.analysis.value_norms import handed_over


def test_the_share_on_keys_by_hand():
    weights = np.array([[0.5, 0.25, 0.25], [0.25, 0.75, 0.0]])
    assert weight_on(weights, [0]) == pytest.approx(0.375)
    assert weight_on(weights, [0, 2]) == pytest.approx((0.75 + 0.25) / 2)
    np.testing.assert_allclose(weight_on(np.stack([weights, weights[::-1]]), [1]), [0.5, 0.5])


@given(st.integers(0, 99), st.integers(1, 6), st.integers(1, 6))
def test_all_keys_together_have_all_the_weight(seed, n_q, n_k):
    weights = random_rows(n_q, n_k, seed)
    assert weight_on(weights, range(n_k)) == pytest.approx(1)
    assert weight_on(weights, []) == 0


@pytest.mark.parametrize("key", [-1, 3])
def test_a_key_that_is_not_there_is_refused(key):
    with pytest.raises(ValueError, match=f"no key {key} among 3"):
        weight_on(np.ones((2, 3)) / 3, [0, key])


def test_the_first_token_of_minilm_takes_weight_and_hands_over_little(captured):
    trace = captured.layers[5].head_trace(11)
    it = [token.text for token in captured.tokens].index("it")
    handed = handed_over(trace.weights[None], trace.v[None])[0, it]
    assert captured.tokens[0].is_special
    assert trace.weights[it, 0] > 0.1 > 0.05 > handed[0]
    assert handed.sum() == pytest.approx(1, abs=1e-6)


def test_a_row_with_a_single_key_says_nothing_of_the_head():
    """A causal head's first row is 1 on the first key whatever the head does: by hand, the mean of the other two."""
    weights = np.array([[1, 0, 0], [0.2, 0.8, 0], [0.1, 0.4, 0.5]])
    mask = np.tril(np.ones((3, 3), dtype=bool))
    assert weight_on(weights, [0], mask) == pytest.approx(0.15)
    assert weight_on(np.stack([weights] * 2), [0], mask) == pytest.approx([0.15, 0.15])
    assert np.isnan(weight_on(weights[:1, :1], [0], mask[:1, :1]))
