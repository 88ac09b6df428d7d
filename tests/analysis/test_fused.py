"""Head by head, all at once and added up are one layer; one wide head is another."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.analysis.fused import (
    added_by_heads,
    blocks,
    one_by_one,
    sum_over_heads,
    three_ways,
)
from attention_core.heads import Projections, multi_head_attention
from attention_core.toy.critics import HEADS, X, side_by_side

N_TOKENS, D_MODEL, D_HEAD, D_V = 4, 7, 3, 2
ROUNDING = 1e-12


def layer(seed: int, n_heads: int, n_kv_heads: int) -> tuple[np.ndarray, Projections]:
    rng = np.random.default_rng(seed)
    shapes = (
        (N_TOKENS, D_MODEL),
        (D_MODEL, n_heads * D_HEAD),
        (D_MODEL, n_kv_heads * D_HEAD),
        (D_MODEL, n_kv_heads * D_V),
        (n_heads * D_V, D_MODEL),
    )
    x, *matrices = (rng.standard_normal(shape) for shape in shapes)
    return x, Projections(*matrices, n_heads=n_heads, n_kv_heads=n_kv_heads)


@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_three_ways_to_the_same_output(seed, n_heads):
    ways = three_ways(*layer(seed, n_heads, n_heads))
    assert ways.gap("one_by_one") < ROUNDING
    assert ways.gap("summed") < ROUNDING
    assert ways.gap("at_once") == 0


@pytest.mark.parametrize("n_heads", [2, 3, 5])
def test_one_head_of_the_full_width_is_another_layer(n_heads):
    assert three_ways(*layer(0, n_heads, n_heads)).gap("one_wide_head") > 0.01


def test_a_single_head_is_as_wide_as_all_of_it():
    assert three_ways(*layer(0, 1, 1)).gap("one_wide_head") == 0


@pytest.mark.parametrize("n_heads", range(1, 9))
def test_the_critics_agree_with_themselves(n_heads):
    ways = three_ways(X, side_by_side(HEADS[:n_heads]))
    assert max(ways.gap(way) for way in ("one_by_one", "summed")) < ROUNDING
    assert (ways.gap("one_wide_head") > 0.01) == (n_heads > 1)


def test_heads_may_share_keys_and_values():
    x, shared = layer(1, n_heads=6, n_kv_heads=2)
    expected = multi_head_attention(x, shared).output
    np.testing.assert_allclose(one_by_one(x, shared), expected, atol=ROUNDING)
    np.testing.assert_array_equal(blocks(shared, 0)[1], blocks(shared, 2)[1])
    assert not np.array_equal(blocks(shared, 2)[1], blocks(shared, 3)[1])
    with pytest.raises(ValueError, match="gives each head 18 dimensions but W_K gives 6"):
        three_ways(x, shared)


def test_a_wrong_block_would_be_seen():
    x, right = layer(2, n_heads=3, n_kv_heads=3)
    swapped = replace(right, W_Q=np.roll(right.W_Q, D_HEAD, axis=1))
    difference = np.abs(one_by_one(x, swapped) - multi_head_attention(x, right).output)
    assert difference.max() > 0.01


def test_what_heads_add_by_hand():
    context = np.array([[[2.0]], [[3.0]]])  # two heads, one token, one number each
    W_O = np.array([[1.0, 0.0], [10.0, 1.0]])
    added = added_by_heads(context, W_O)
    np.testing.assert_array_equal(added, [[[2, 0]], [[30, 3]]])
    np.testing.assert_array_equal(sum_over_heads(added), [[32, 3]])


def test_a_real_layer_adds_the_same():
    """See also `LayerCapture.head_output`, which says it of a capture."""
    x, projections = layer(3, n_heads=4, n_kv_heads=4)
    trace = multi_head_attention(x, projections)
    added = added_by_heads(trace.heads.context, projections.W_O)
    np.testing.assert_allclose(sum_over_heads(added), trace.output, atol=ROUNDING)


def test_the_heads_of_minilm_add_up_as_its_capture_says(captured):
    chosen = captured.layers[5]
    added = added_by_heads(chosen.context, chosen.W_O)
    np.testing.assert_allclose(added, chosen.head_output, atol=1e-6)


def test_rows_of_w_o_that_do_not_fit_are_counted():
    with pytest.raises(ValueError, match="3 heads of 2 need 6 rows of W_O: 5"):
        added_by_heads(np.ones((3, 4, 2)), np.ones((5, 7)))
