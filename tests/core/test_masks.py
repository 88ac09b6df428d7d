"""Masks: drawn by hand, and by what they keep a query from seeing."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional
from torch.nn.attention.bias import causal_lower_right

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


def test_with_fewer_queries_than_keys_the_queries_are_the_last_by_hand():
    np.testing.assert_array_equal(causal_mask(2, 5), drawn("xxxx.", "xxxxx"))
    np.testing.assert_array_equal(causal_mask(1, 3), drawn("xxx"))
    np.testing.assert_array_equal(causal_mask(4, 2), drawn("..", "..", "x.", "xx"))
    np.testing.assert_array_equal(sliding_window_mask(2, 2, 5), drawn("..xxx", "...xx"))


@pytest.mark.parametrize(("n_q", "n_k"), [(1, 6), (3, 5), (5, 5)])
def test_the_causal_mask_is_torchs_lower_right(n_q, n_k):
    q, k, v = normals(1, (2, n_q, 4), (2, n_k, 4), (2, n_k, 3))
    expected = functional.scaled_dot_product_attention(
        *(torch.from_numpy(array)[None] for array in (q, k, v)),
        attn_mask=causal_lower_right(n_q, n_k),
    )[0]
    context = attention(q, k, v, causal_mask(n_q, n_k)).context
    np.testing.assert_allclose(context, expected, rtol=1e-10, atol=1e-14)


@given(sizes, sizes, sizes)
def test_new_queries_see_what_they_saw_in_the_whole_text(n_tokens, n_q, window):
    n_q = min(n_q, n_tokens)
    for whole, last in (
        (causal_mask(n_tokens), causal_mask(n_q, n_tokens)),
        (sliding_window_mask(n_tokens, window), sliding_window_mask(n_q, window, n_tokens)),
    ):
        np.testing.assert_array_equal(last, whole[-n_q:])


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


@pytest.mark.usefixtures("shapes_unchecked")
@pytest.mark.parametrize(
    ("is_token", "words"),
    [(np.array([1, 1, 0]), r"int64 of shape \(3,\)"), (np.ones((2, 3), bool), r"shape \(2, 3\)")],
)
def test_padding_that_is_not_one_boolean_per_key_is_refused(is_token, words):
    with pytest.raises(ValueError, match=f"one boolean per key, got .*{words}"):
        padding_mask(is_token, 2)
