"""Positions: first rows by hand, rotations by their geometry, and beside Hugging Face's Llama and T5."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import T5Config
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb
from transformers.models.t5.modeling_t5 import T5Attention

from attention_core.positions import (
    apply_rope,
    relative_bias,
    relative_buckets,
    rope_angles,
    sinusoidal_positions,
)

from .cases import both_dtypes, normals, seeds

even_sizes = st.integers(1, 6).map(lambda half: 2 * half)


def test_first_sinusoidal_rows_by_hand():
    # d_model 4: the second pair turns 10 000^(2/4) = 100 times slower than the first.
    expected = [
        [0, 1, 0, 1],
        [np.sin(1), np.cos(1), np.sin(0.01), np.cos(0.01)],
        [np.sin(2), np.cos(2), np.sin(0.02), np.cos(0.02)],
    ]
    np.testing.assert_allclose(sinusoidal_positions(3, 4), expected)


@given(st.integers(1, 50), even_sizes)
def test_every_sinusoidal_row_has_the_same_length(n_tokens, d_model):
    lengths = np.linalg.norm(sinusoidal_positions(n_tokens, d_model), axis=1)
    np.testing.assert_allclose(lengths, np.sqrt(d_model / 2), rtol=1e-12)


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))
def test_sinusoidal_similarity_depends_on_distance_only(first, second, shift):
    rows = sinusoidal_positions(41, 8)
    here, there = rows[first] @ rows[second], rows[first + shift] @ rows[second + shift]
    np.testing.assert_allclose(there, here, rtol=1e-10, atol=1e-12)


def test_rope_angles_by_hand():
    # d_head 6, base 1000: the pairs turn by 1, 1/10 and 1/100 radian per token.
    expected = [[0, 0, 0], [1, 0.1, 0.01], [2, 0.2, 0.02], [3, 0.3, 0.03]]
    np.testing.assert_allclose(rope_angles(4, 6, base=1000.0), expected)


def test_rotation_by_ninety_degrees_by_hand():
    # Pairs are (1, 3) and (2, 4); a quarter turn sends (a, b) to (−b, a). Only the first pair turns.
    rotated = apply_rope(np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([[np.pi / 2, 0.0]]))
    np.testing.assert_allclose(rotated, [[-3, 2, 1, 4]], atol=1e-15)


def test_the_first_token_is_not_rotated():
    (x,) = normals(0, (2, 5, 6))
    rotated = apply_rope(x, rope_angles(5, 6))
    np.testing.assert_array_equal(rotated[:, 0], x[:, 0])
    assert not np.isclose(rotated[:, 1:], x[:, 1:]).all(axis=-1).any()


@given(st.integers(1, 9), even_sizes, seeds)
def test_rotation_keeps_lengths_and_can_be_undone(n_tokens, d_head, seed):
    (x,) = normals(seed, (2, n_tokens, d_head))
    angles = rope_angles(n_tokens, d_head)
    rotated = apply_rope(x, angles)
    np.testing.assert_allclose(
        np.linalg.norm(rotated, axis=-1), np.linalg.norm(x, axis=-1), rtol=1e-12
    )
    np.testing.assert_allclose(apply_rope(rotated, -angles), x, rtol=1e-9, atol=1e-12)


@given(even_sizes, st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), seeds)
def test_rotated_scores_depend_on_distance_only(d_head, q_pos, k_pos, shift, seed):
    q, k = normals(seed, (1, d_head), (1, d_head))
    angles = rope_angles(61, d_head)

    def score(q_at: int, k_at: int) -> float:
        return (apply_rope(q, angles[[q_at]]) @ apply_rope(k, angles[[k_at]]).T).item()

    assert score(q_pos + shift, k_pos + shift) == pytest.approx(
        score(q_pos, k_pos), rel=1e-9, abs=1e-11
    )


def test_rotated_scores_do_depend_on_distance():
    q, k = normals(0, (1, 6), (1, 6))
    scores = apply_rope(np.repeat(q, 5, axis=0), rope_angles(5, 6)) @ k[0]
    assert len(np.unique(scores.round(6))) == 5


@pytest.mark.parametrize("base", [10_000.0, 100_000.0])
def test_rotation_equals_llama(base):
    n_tokens, d_head = 5, 6
    q, k = normals(1, (3, n_tokens, d_head), (2, n_tokens, d_head))
    angles = rope_angles(n_tokens, d_head, base)
    both_halves = torch.from_numpy(np.concatenate([angles, angles], axis=-1))[None]
    expected_q, expected_k = apply_rotary_pos_emb(
        torch.from_numpy(q)[None],
        torch.from_numpy(k)[None],
        both_halves.cos(),
        both_halves.sin(),
    )
    np.testing.assert_allclose(apply_rope(q, angles), expected_q[0], rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(apply_rope(k, angles), expected_k[0], rtol=1e-10, atol=1e-14)


@both_dtypes
def test_rotation_and_bias_keep_the_dtype(dtype):
    x, table = normals(0, (2, 5, 6), (8, 2), dtype=dtype)
    assert apply_rope(x, rope_angles(5, 6)).dtype == dtype
    assert relative_bias(table, relative_buckets(3, 5, 8)).dtype == dtype


def test_buckets_in_both_directions_by_hand():
    # 8 buckets, 4 for each direction: distances 0 and 1 have their own; then bucket
    # 2 + ⌊2 · log(distance/2) / log(16/2)⌋, which is 2 up to distance 5 and 3 from 6 on.
    # Keys ahead add 4. Row q_pos 7 of 15: offsets −7 … 7.
    row = relative_buckets(15, 15, n_buckets=8, max_distance=16)[7]
    assert row.tolist() == [3, 3, 2, 2, 2, 2, 1, 0, 5, 6, 6, 6, 6, 7, 7]


def test_buckets_looking_back_by_hand():
    # 8 buckets, all for the past: distances 0 to 3 have their own; then bucket
    # 4 + ⌊4 · log(distance/4) / log(16/4)⌋: 4 up to 5, 5 up to 7, 6 up to 11, 7 from 12 on.
    # Row q_pos 13 of 16: distances 13 … 0, then two keys ahead.
    row = relative_buckets(16, 16, n_buckets=8, max_distance=16, bidirectional=False)[13]
    assert row.tolist() == [7, 7, 6, 6, 6, 6, 5, 5, 4, 4, 3, 2, 1, 0, 0, 0]


@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize(("n_buckets", "max_distance"), [(32, 128), (8, 20), (16, 64), (64, 200)])
@pytest.mark.parametrize(("n_q", "n_k"), [(1, 1), (3, 5), (300, 170)])
def test_buckets_equal_t5(bidirectional, n_buckets, max_distance, n_q, n_k):
    past = n_k - n_q  # tokens before the first that asks, whose keys are kept
    offset = torch.arange(n_k)[None, :] - (past + torch.arange(n_q))[:, None]
    expected = T5Attention._relative_position_bucket(
        offset, bidirectional=bidirectional, num_buckets=n_buckets, max_distance=max_distance
    )
    buckets = relative_buckets(n_q, n_k, n_buckets, max_distance, bidirectional)
    np.testing.assert_array_equal(buckets, expected)


def test_a_new_token_has_the_bias_that_t5_gives_it_over_its_cache():
    config = T5Config(num_heads=2, d_model=4, d_kv=2, is_decoder=True)
    layer = T5Attention(config, has_relative_attention_bias=True)
    expected = layer.compute_bias(3, 200, past_seen_tokens=197)[0].detach().numpy()
    table = layer.relative_attention_bias.weight.detach().numpy()
    defaults = relative_buckets(3, 200, bidirectional=False)  # 32 and 128, as in T5's own config
    np.testing.assert_array_equal(relative_bias(table, defaults), expected)
    whole = relative_buckets(200, 200, bidirectional=False)
    np.testing.assert_array_equal(defaults, whole[-3:])


def test_the_bases_and_buckets_left_out_are_those_of_the_papers():
    np.testing.assert_array_equal(sinusoidal_positions(9, 8), sinusoidal_positions(9, 8, 10_000.0))
    np.testing.assert_array_equal(rope_angles(9, 8), rope_angles(9, 8, 10_000.0))
    np.testing.assert_array_equal(
        relative_buckets(300, 300), relative_buckets(300, 300, 32, 128, bidirectional=True)
    )


def test_bias_reads_the_table_by_hand():
    table = np.array([[0.0, 10.0], [1.0, 11.0], [2.0, 12.0]])
    buckets = np.array([[0, 2, 1], [1, 0, 2]])
    np.testing.assert_array_equal(
        relative_bias(table, buckets), [[[0, 2, 1], [1, 0, 2]], [[10, 12, 11], [11, 10, 12]]]
    )


@pytest.mark.parametrize("positions", [sinusoidal_positions, rope_angles])
def test_an_odd_size_is_refused(positions):
    with pytest.raises(ValueError, match="d must be even, got 5"):
        positions(3, 5)


@pytest.mark.usefixtures("shapes_unchecked")
@pytest.mark.parametrize(
    ("x_shape", "angles_shape"),
    [((2, 5, 6), (4, 3)), ((2, 5, 6), (5, 2)), ((5, 7), (5, 3)), ((6,), (1, 3))],
)
def test_angles_that_do_not_fit_are_named(x_shape, angles_shape):
    with pytest.raises(ValueError) as refused:
        apply_rope(np.ones(x_shape), np.ones(angles_shape))
    assert f"angles {angles_shape} don't fit x {x_shape}" in str(refused.value)


@pytest.mark.parametrize(
    ("n_buckets", "max_distance", "bidirectional"),
    [(3, 128, True), (1, 128, False), (32, 8, True), (32, 16, False)],
)
def test_buckets_without_room_for_near_and_far_are_refused(n_buckets, max_distance, bidirectional):
    words = f"{n_buckets} buckets with max_distance {max_distance} can't hold"
    with np.errstate(all="raise"), pytest.raises(ValueError, match=words):
        relative_buckets(5, 5, n_buckets, max_distance, bidirectional)


@pytest.mark.parametrize(("n_buckets", "max_distance"), [(4, 2), (32, 9), (6, 4)])
def test_the_fewest_buckets_and_the_shortest_distance_are_those_of_t5(n_buckets, max_distance):
    offset = torch.arange(30)[None, :] - torch.arange(30)[:, None]
    expected = T5Attention._relative_position_bucket(offset, True, n_buckets, max_distance)
    np.testing.assert_array_equal(relative_buckets(30, 30, n_buckets, max_distance), expected)


@pytest.mark.parametrize("bucket", [-1, 8])
def test_a_bucket_without_a_row_is_named(bucket):
    with pytest.raises(ValueError, match=r"buckets go from -?\d to \d, but the table has 8 rows"):
        relative_bias(np.ones((8, 2)), np.array([[0, bucket]]))


@pytest.mark.usefixtures("shapes_unchecked")
def test_a_table_without_heads_is_named():
    with pytest.raises(ValueError, match=r"table needs \(buckets, heads\): got \(8,\)"):
        relative_bias(np.ones(8), np.array([[0]]))


def test_one_bucket_for_all_is_enough_of_a_table():
    np.testing.assert_array_equal(
        relative_bias(np.array([[3.0]]), np.zeros((1, 2), int)), [[[3, 3]]]
    )
