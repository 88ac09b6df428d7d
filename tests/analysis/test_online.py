"""The online softmax, step by step, is the softmax; and whole heads in blocks are the heads."""

import numpy as np
import pytest

from attention_core.analysis.online import (
    against_matrix,
    block_alone,
    largest_shrink,
    online_steps,
)
from attention_core.attention import attention
from attention_core.masks import causal_mask
from attention_core.softmax import softmax_steps

RNG = np.random.default_rng(4)


@pytest.mark.parametrize("block", (1, 2, 3, 5, 50))
def test_the_last_step_knows_what_the_whole_row_does(block):
    scores, v = 3 * RNG.standard_normal(11), RNG.standard_normal((11, 4))
    steps, whole = online_steps(scores, v, block), softmax_steps(scores)
    assert [(step.first, step.stop) for step in steps][-1][1] == 11
    assert steps[-1].top == whole.top.item()
    np.testing.assert_allclose(steps[-1].total, whole.total.item())
    np.testing.assert_allclose(steps[-1].context, whole.weights @ v)


def test_steps_by_hand():
    """Scores 0, ln 2, 0 one by one: r halves what was there, then leaves it."""
    steps = online_steps(np.array([0, np.log(2), 0]), np.array([[1.0], [4.0], [1.0]]), 1)
    np.testing.assert_allclose([step.total for step in steps], [1, 1.5, 2])
    np.testing.assert_allclose([step.shrink for step in steps], [0, 0.5, 1])
    np.testing.assert_allclose([step.top_before for step in steps], [-np.inf, 0, np.log(2)])
    np.testing.assert_allclose([step.total_before for step in steps], [0, 1, 1.5])
    np.testing.assert_allclose([step.joined for step in steps], [1, 1, 0.5])
    np.testing.assert_allclose([step.context[0] for step in steps], [1, 3, 2.5])
    assert largest_shrink(steps) == 1


def test_falling_scores_never_shrink_anything():
    assert largest_shrink(online_steps(np.array([3.0, 2.0, 1.0]), np.ones((3, 1)), 1)) is None


def test_blocked_keys_at_the_start_leave_nothing_behind():
    scores = np.array([-np.inf, -np.inf, 1.0])
    steps = online_steps(scores, np.array([[9.0], [9.0], [2.0]]), 2)
    assert (steps[0].total, steps[0].context[0], steps[0].shrink) == (0, 0, 1)
    assert (steps[1].total, steps[1].context[0]) == (1, 2)


def test_only_the_block_s_columns_are_there():
    scores = RNG.standard_normal((3, 5))
    step = online_steps(scores[0], np.ones((5, 1)), 2)[1]
    there = block_alone(scores, step)
    np.testing.assert_array_equal(np.isfinite(there), [[False, False, True, True, False]] * 3)
    np.testing.assert_array_equal(there[:, 2:4], scores[:, 2:4])


def test_a_block_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least 1 key, got 0"):
        online_steps(np.ones(3), np.ones((3, 1)), 0)


@pytest.mark.parametrize("mask", (None, causal_mask(9)))
def test_heads_in_blocks_are_the_heads(mask):
    traces = [attention(*(RNG.standard_normal((9, 6)) for _ in range(3)), mask) for _ in range(3)]
    found = against_matrix(traces, block=4, row=5)
    assert found.n_heads == 3
    assert found.context_difference < 1e-14 and found.row_difference < 1e-14
    assert found.context_size == max(abs(trace.context).max() for trace in traces)


def test_a_difference_would_be_seen():
    trace = attention(*(RNG.standard_normal((9, 6)) for _ in range(3)))
    wrong = type(trace)(**{**vars(trace), "context": trace.context + 0.5})
    np.testing.assert_allclose(against_matrix([wrong], 4, 0).context_difference, 0.5)


def test_a_bias_is_refused_in_words():
    trace = attention(*(RNG.standard_normal((4, 6)) for _ in range(3)), bias=np.ones((4, 4)))
    with pytest.raises(ValueError, match="a matrix of n × n itself"):
        against_matrix([trace], 2, 0)
