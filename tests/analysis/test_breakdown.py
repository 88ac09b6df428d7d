"""A row taken apart: each step follows from the one before, and the last is the weight that the core gave."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.analysis.breakdown import row_breakdown, strongest
from attention_core.attention import attention


def test_a_row_by_hand():
    # scores 2 ln 2 · [1, 0, 1] → ÷ √4 → ln 2 · [1, 0, 1] → − max → exps [1, 1/2, 1] → weights [2, 1, 2] / 5
    ln2 = np.log(2)
    q, k = np.array([[2 * ln2, 0, 0, 0]]), np.array([[1.0, 0, 5, 7], [0, 1, 5, 7], [1, 3, 5, 7]])
    row = row_breakdown(attention(q, k, np.ones((3, 2))), 0)
    np.testing.assert_allclose(row.scores, [2 * ln2, 0, 2 * ln2])
    np.testing.assert_allclose(row.scaled_scores, [ln2, 0, ln2])
    np.testing.assert_allclose(row.shifted, [0, -ln2, 0])
    np.testing.assert_allclose(row.exps, [1, 1 / 2, 1])
    np.testing.assert_allclose(row.weights, [2 / 5, 1 / 5, 2 / 5])
    assert (row.top, row.total, row.bias) == pytest.approx((ln2, 2.5, None))
    assert row.row_sum == pytest.approx(1)


def test_the_last_step_is_the_core_s_weight_in_every_row(trace):
    for q_pos, weights in enumerate(trace.weights):
        np.testing.assert_array_equal(row_breakdown(trace, q_pos).weights, weights)


def test_each_step_follows_from_the_one_before(trace):
    for q_pos in range(len(trace.weights)):
        row = row_breakdown(trace, q_pos)
        allowed = np.isfinite(row.masked_scores)
        biased = row.capped_scores + (0 if row.bias is None else row.bias)
        if trace.softcap is not None:
            capped = trace.softcap * np.tanh(row.scaled_scores / trace.softcap)
            np.testing.assert_allclose(row.capped_scores, capped)
        np.testing.assert_allclose(row.scores, trace.k @ trace.q[q_pos], rtol=1e-5)
        np.testing.assert_allclose(row.scaled_scores, row.scores * trace.scale, rtol=1e-6)
        np.testing.assert_allclose(row.masked_scores[allowed], biased[allowed])
        np.testing.assert_allclose(row.tempered, row.masked_scores / trace.temperature)
        np.testing.assert_allclose(row.shifted, row.tempered - row.top)
        np.testing.assert_allclose(row.exps, np.exp(row.shifted))
        assert row.total == pytest.approx(row.exps.sum() + (row.sink.exp if row.sink else 0))
        np.testing.assert_allclose(row.weights * row.total, row.exps)


def test_a_blocked_key_has_a_score_but_no_weight(trace):
    if trace.mask is None:
        assert all(np.isfinite(row_breakdown(trace, q_pos).masked_scores).all() for q_pos in (0, 4))
        return
    row = row_breakdown(trace, 0)
    assert np.isfinite(row.scores).all()
    np.testing.assert_array_equal(np.isneginf(row.masked_scores), ~trace.mask[0])
    np.testing.assert_array_equal(row.weights == 0, ~trace.mask[0])


def test_a_row_sums_to_one_unless_nothing_is_allowed(trace):
    for q_pos in range(len(trace.weights)):
        nothing = trace.mask is not None and not trace.mask[q_pos].any()
        row = row_breakdown(trace, q_pos)
        assert (row.sink is None) == (trace.sinks is None)
        if row.sink is None:
            assert row.row_sum == pytest.approx(0 if nothing else 1)
        else:
            assert row.row_sum + row.sink.weight == pytest.approx(1)
            assert row.sink.exp == pytest.approx(np.exp(0.3 / trace.temperature - row.top))
            assert (row.sink.weight == 1) == nothing


def test_a_row_of_a_real_head(captured):
    trace = captured.layers[5].head_trace(11)
    names = [token.text for token in captured.tokens]
    row = row_breakdown(trace, names.index("it"))
    assert row.weights[names.index("animal")] == pytest.approx(0.65, abs=0.01)
    assert names[int(row.weights.argmax())] == "animal"
    assert row.row_sum == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("q_pos", [-1, 5])
def test_a_row_that_is_not_there_is_refused(q_pos, trace):
    with pytest.raises(ValueError, match=rf"no query {q_pos} in weights of shape \(5, 5\)"):
        row_breakdown(trace, q_pos)


def test_a_trace_of_many_heads_is_refused():
    q = np.ones((2, 3, 4))
    with pytest.raises(ValueError, match="no query 0"):
        row_breakdown(attention(q, q, q), 0)


@pytest.mark.parametrize(
    ("weights", "n", "kept"),
    [
        ([0.1, 0.5, 0.1, 0.3], 2, [1, 3]),
        ([0.1, 0.5, 0.1, 0.3], 3, [0, 1, 3]),
        ([0.25, 0.25, 0.25, 0.25], 2, [0, 1]),
        ([0.2, 0.4, 0.4], 1, [1]),
        ([0.3, 0.7], 9, [0, 1]),
        ([0.3, 0.7], 0, []),
    ],
)
def test_the_strongest_keys_in_order_ties_to_the_earlier(weights, n, kept):
    assert strongest(np.array(weights), n).tolist() == kept


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.integers(1, 12))
def test_no_key_left_out_is_stronger_than_one_kept(weights, n):
    array = np.array(weights)
    kept = strongest(array, n)
    assert len(kept) == min(n, len(array))
    assert list(kept) == sorted(set(kept.tolist()))
    assert np.delete(array, kept).max(initial=0) <= array[kept].min()
