"""Masks: drawn by hand, and by what they keep a query from seeing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.attention import attention
from attention_core.masks import causal_mask, padding_mask, sliding_window_mask

from .cases import N_K, N_Q, normals, random_qkv, seeds

sizes = st.integers(1, 8)


def drawn(*rows: str) -> np.ndarray:
    """'x' = may attend."""
    return np.array([[cell == "x" for cell in row] for row in rows])


def test_causal_mask_by_hand():
    np.testing.assert_array_equal(causal_mask(4), drawn("x...", "xx..", "xxx.", "xxxx"))


def test_sliding_window_by_hand():
    np.testing.assert_array_equal(
        sliding_window_mask(5, 2), drawn("xx...", "xxx..", ".xxx.", "..xxx", "...xx")
    )


def test_causal_window_by_hand():
    np.testing.assert_array_equal(
        sliding_window_mask(5, 3) & causal_mask(5),
        drawn("x....", "xx...", "xxx..", ".xxx.", "..xxx"),
    )


def test_padding_mask_by_hand():
    is_token = np.array([True, True, False, True, False])
    np.testing.assert_array_equal(padding_mask(is_token, 2), drawn("xx.x.", "xx.x."))


@given(sizes)
def test_causal_mask_blocks_the_future_and_nothing_else(n_tokens):
    mask = causal_mask(n_tokens)
    assert all(mask[q_pos, k_pos] == (k_pos <= q_pos) for q_pos, k_pos in np.ndindex(mask.shape))


@given(sizes, sizes)
def test_a_window_reaches_equally_far_on_both_sides(n_tokens, window):
    mask = sliding_window_mask(n_tokens, window)
    np.testing.assert_array_equal(mask, mask.T)
    for q_pos in range(n_tokens):
        seen = range(max(0, q_pos - window + 1), min(n_tokens, q_pos + window))
        assert np.flatnonzero(mask[q_pos]).tolist() == list(seen)


@given(sizes)
def test_the_smallest_window_sees_itself_and_the_largest_sees_all(n_tokens):
    np.testing.assert_array_equal(sliding_window_mask(n_tokens, 1), np.eye(n_tokens, dtype=bool))
    assert sliding_window_mask(n_tokens, n_tokens).all()


@given(seeds)
def test_what_lies_outside_the_window_does_not_matter(seed):
    n_tokens, window, q_pos = 7, 3, seed % 7
    q, k, v, new_k, new_v = normals(seed, *[(n_tokens, 4)] * 5)
    mask = sliding_window_mask(n_tokens, window)
    far = np.abs(np.arange(n_tokens) - q_pos)[:, None] >= window
    before = attention(q, k, v, mask)
    after = attention(q, np.where(far, new_k, k), np.where(far, new_v, v), mask)
    np.testing.assert_array_equal(after.context[q_pos], before.context[q_pos])


@given(seeds)
def test_padded_keys_count_as_if_they_were_absent(seed):
    q, k, v = random_qkv(seed)
    is_token = np.arange(N_K) < 1 + seed % N_K
    padded = attention(q, k, v, padding_mask(is_token, N_Q))
    np.testing.assert_allclose(
        padded.context, attention(q, k[is_token], v[is_token]).context, rtol=1e-10, atol=1e-14
    )


@pytest.mark.parametrize("window", [0, -3])
def test_a_window_without_room_for_a_token_is_refused(window):
    with pytest.raises(ValueError, match=f"at least 1 token, got {window}"):
        sliding_window_mask(5, window)
