"""An edited row is NumPy's own softmax and sum of the numbers typed; what cannot be a number is refused in words."""

import numpy as np
import pytest

from attention_core.analysis.edited_row import (
    EVEN,
    MOST,
    ONE,
    SCORES,
    WEIGHTS,
    RowEdit,
    dealt_anew,
    edited_row,
    in_other_heads,
)
from attention_core.attention import AttentionTrace, attention

Q_POS = 3


@pytest.fixture
def trace() -> AttentionTrace:
    rng = np.random.default_rng(0)
    q, k, v = rng.normal(size=(4, 3)), rng.normal(size=(6, 3)), rng.normal(size=(6, 5))
    return attention(q, k, v, mask=np.tri(4, 6, 1, dtype=bool))  # row 3 sees five of six


def expected_of(scores: np.ndarray) -> np.ndarray:
    exps = np.exp(scores - scores.max())
    return exps / exps.sum()


def test_without_an_edit_the_row_is_the_model_s(trace):
    for kind in (SCORES, WEIGHTS):
        row = edited_row(trace, Q_POS, RowEdit(kind))
        np.testing.assert_array_equal(row.changed_weights, trace.weights[Q_POS])
        np.testing.assert_allclose(row.changed_context, trace.context[Q_POS], rtol=1e-14)
        assert row.allowed.tolist() == [True] * 5 + [False]
        assert row.cosine == pytest.approx(1)


def test_a_score_goes_through_the_softmax_and_a_weight_does_not(trace):
    row = edited_row(trace, Q_POS, RowEdit().with_cell(1, 2.5))
    scores = trace.masked_scores[Q_POS].copy()
    scores[1] = 2.5
    np.testing.assert_allclose(row.changed_weights, expected_of(scores), rtol=1e-14)
    np.testing.assert_allclose(row.changed_context, expected_of(scores) @ trace.v, rtol=1e-13)
    row = edited_row(trace, Q_POS, RowEdit(WEIGHTS).with_cell(1, 2.5))
    assert row.changed_weights[1] == 2.5
    np.testing.assert_array_equal(row.scores, row.changed_scores)
    assert row.total == pytest.approx(2.5 + 1 - trace.weights[Q_POS, 1])
    divided = edited_row(trace, Q_POS, RowEdit(WEIGHTS, divided=True).with_cell(1, 2.5))
    np.testing.assert_allclose(divided.changed_weights, row.changed_weights / row.total, rtol=1e-14)
    np.testing.assert_allclose(divided.difference, divided.changed_weights - trace.weights[Q_POS])


def test_the_same_for_all_scores_changes_nothing(trace):
    typed = RowEdit().with_cell(0, 1.5)
    before, after = (edited_row(trace, Q_POS, edit) for edit in (typed, typed.raised(40.0)))
    np.testing.assert_allclose(after.changed_scores, before.changed_scores + 40)
    np.testing.assert_allclose(after.changed_weights, before.changed_weights, rtol=1e-12)


@pytest.mark.parametrize("kind", [SCORES, WEIGHTS])
def test_even_rows_and_rows_on_one_key(kind, trace):
    even = edited_row(trace, Q_POS, RowEdit(kind, EVEN))
    np.testing.assert_allclose(even.changed_weights, [0.2] * 5 + [0], rtol=1e-15)
    one = edited_row(trace, Q_POS, RowEdit(kind, ONE, key=4))
    np.testing.assert_allclose(one.changed_weights, [0, 0, 0, 0, 1, 0], atol=1e-10)
    np.testing.assert_allclose(one.changed_context, trace.v[4], atol=1e-9)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 2 * MOST])
def test_no_number_and_too_large_a_number_are_refused(value):
    with pytest.raises(ValueError, match=r"cannot be put into a row|too large"):
        RowEdit().with_cell(0, value)
    assert RowEdit().with_cell(0, -MOST).cells == ((0, -MOST),)
    with pytest.raises(ValueError, match="too large"):
        RowEdit().with_cell(0, MOST).raised(1.0)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (RowEdit(cells=((5, 1.0),)), "the mask forbids the key at position 5"),
        (RowEdit(WEIGHTS, ONE, key=5), "the mask forbids the key at position 5"),
        (RowEdit(cells=((6, 1.0),)), "6 keys, so none at position 6"),
        (RowEdit(base=ONE, key=-1), "none at position -1"),
    ],
)
def test_a_key_that_cannot_be_edited_is_named(edit, words, trace):
    with pytest.raises(ValueError, match=words):
        edited_row(trace, Q_POS, edit)


def test_weights_that_sum_to_nothing_are_not_divided(trace):
    edit = RowEdit(WEIGHTS, EVEN, divided=True)
    for k_pos in range(5):
        edit = edit.with_cell(k_pos, 0.0)
    row = edited_row(trace, Q_POS, edit)
    assert row.total == 0 and not row.changed_weights.any() and not row.changed_context.any()
    assert np.isnan(row.cosine)


def test_largest_numbers_stay_numbers_in_float32(trace):
    small = attention(*(x.astype(np.float32) for x in (trace.q, trace.k, trace.v)), mask=trace.mask)
    for kind in (SCORES, WEIGHTS):
        row = edited_row(small, Q_POS, RowEdit(kind).with_cell(0, MOST).with_cell(1, -MOST))
        assert row.changed_weights.dtype == np.float32
        assert np.isfinite(row.changed_weights).all() and np.isfinite(row.changed_context).all()


def test_other_heads_get_the_same_change():
    weights = np.random.default_rng(1).random((3, 2, 4))
    change = np.array([0.5, -0.5, 0, 0])
    rows = in_other_heads(weights, 1, 0, change)
    assert sorted(rows) == [0, 2]
    for head, row in rows.items():
        np.testing.assert_allclose(row - weights[head, 0], change)


def test_weights_are_dealt_to_allowed_keys_only_and_never_the_same_twice():
    row, allowed = np.array([0.7, 0.2, 0.1, 0.0]), np.array([True, True, True, False])
    rows = dealt_anew(row, allowed, 20, seed=0)
    assert len(rows) == 5  # the other orders of three
    assert all(sorted(each) == sorted(row) and each[3] == 0 for each in rows)
    assert len({tuple(each) for each in (*rows, row)}) == 6
    assert dealt_anew(np.full(4, 0.25), np.full(4, True), 20, seed=0) == []
    again = dealt_anew(row, allowed, 20, seed=0)
    np.testing.assert_array_equal(rows, again)


def test_the_head_s_soft_cap_sink_and_temperature_stay_as_they_are():
    q, k, v = (np.random.default_rng(3).normal(size=(4, 5)) for _ in range(3))
    capped = attention(q, k, v, temperature=0.7, softcap=0.8, sinks=np.array(0.3))
    same = edited_row(capped, 1, RowEdit())
    np.testing.assert_allclose(same.changed_weights, capped.weights[1], rtol=1e-12)
    more = edited_row(capped, 1, RowEdit().raised(2.0))  # the sink is not raised: keys gain on it
    exps = np.exp((capped.masked_scores[1] + 2) / 0.7)
    expected = exps / (exps.sum() + np.exp(0.3 / 0.7))
    np.testing.assert_allclose(more.changed_weights, expected, rtol=1e-12)
