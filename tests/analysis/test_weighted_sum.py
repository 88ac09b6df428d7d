"""The terms of the weighted sum add up to what the core calls context."""

import numpy as np
import pytest

from attention_core.analysis.weighted_sum import weighted_values
from attention_core.attention import attention


def test_two_keys_by_hand():
    # q is 0: both keys get one half
    trace = attention(np.zeros((1, 2)), np.ones((2, 2)), np.array([[2.0, 4, 6], [10, 0, -2]]))
    np.testing.assert_allclose(weighted_values(trace, 0), [[1, 2, 3], [5, 0, -1]])


def test_the_terms_sum_to_the_context(trace):
    for q_pos, context in enumerate(trace.context):
        np.testing.assert_allclose(weighted_values(trace, q_pos).sum(axis=0), context, atol=1e-6)


@pytest.mark.parametrize("q_pos", [-1, 5])
def test_a_query_that_is_not_there_is_refused(q_pos, trace):
    with pytest.raises(ValueError, match=f"no query {q_pos}"):
        weighted_values(trace, q_pos)


def test_a_trace_of_many_heads_is_refused():
    q = np.ones((2, 3, 4))
    with pytest.raises(ValueError, match="no query 0"):
        weighted_values(attention(q, q, q), 0)
