"""Tokens in the same order are counted from the likeliest."""

import numpy as np

from attention_core.analysis.agreement import same_order


def test_the_count_ends_at_the_first_token_that_differs():
    control = np.array([0.1, 3.0, 2.0, 1.0])
    assert same_order(control, control + 7) == 4
    assert same_order(control, np.array([1.1, 3.0, 2.0, 1.0])) == 2
    assert same_order(control, np.array([4.0, 3.0, 2.0, 1.0])) == 0


def test_equal_scores_keep_their_order():
    assert same_order(np.zeros(5), np.zeros(5)) == 5
