"""Attention in blocks: the same numbers as `attention`, in memory that never grows with n²."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core import long_attention
from attention_core.attention import attention
from attention_core.long_attention import (
    RowsSoFar,
    attention_in_blocks,
    no_keys_yet,
    take_block,
    weights_of_row,
)
from attention_core.masks import causal_mask, sees_the_past

MB = 1e6
sizes = st.integers(1, 24)


def drawn(seed: int, *shape: int, dtype: type = np.float64) -> np.ndarray:
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(dtype)


def far_window(q_pos: np.ndarray, k_pos: np.ndarray) -> np.ndarray:
    """Leaves the first two queries without any key."""
    return (q_pos - k_pos >= 2) & (q_pos - k_pos < 5)


@given(seed=sizes, n_q=sizes, n_k=sizes, d_head=sizes, d_v=sizes, block=st.integers(1, 30))
def test_blocks_of_any_size_give_what_attention_gives(seed, n_q, n_k, d_head, d_v, block):
    q, k = 5 * drawn(seed, 3, n_q, d_head), drawn(seed + 1, 3, n_k, d_head)
    v = drawn(seed + 2, 3, n_k, d_v)
    expected = attention(q, k, v)
    np.testing.assert_allclose(
        attention_in_blocks(q, k, v, block=block).context, expected.context, rtol=1e-10, atol=1e-12
    )


@pytest.mark.parametrize("block", (1, 3, 7, 64))
@pytest.mark.parametrize("rule", (sees_the_past, far_window))
def test_a_rule_blocks_what_the_mask_it_stands_for_blocks(rule, block):
    n = 40
    q, k, v = drawn(0, 2, n, 8), drawn(1, 2, n, 8), drawn(2, 2, n, 5)
    mask = rule(np.arange(n)[:, None], np.arange(n)[None, :])
    expected = attention(q, k, v, mask)
    found = attention_in_blocks(q, k, v, rule, block=block)
    np.testing.assert_allclose(found.context, expected.context, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("block", (1, 3, 64))
@pytest.mark.parametrize(("n_q", "n_k"), [(1, 9), (4, 9), (9, 4)])
def test_new_queries_over_kept_keys_see_all_that_came_before(n_q, n_k, block):
    q, k, v = drawn(0, 2, n_q, 8), drawn(1, 2, n_k, 8), drawn(2, 2, n_k, 5)
    expected = attention(q, k, v, causal_mask(n_q, n_k)).context
    found = attention_in_blocks(q, k, v, sees_the_past, block=block).context
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-14)


def test_a_text_written_one_token_at_a_time_is_the_text_at_once():
    q, k, v = drawn(0, 12, 8), drawn(1, 12, 8), drawn(2, 12, 5)
    at_once = attention_in_blocks(q, k, v, sees_the_past, block=5).context
    for i in range(12):
        new = attention_in_blocks(q[i : i + 1], k[: i + 1], v[: i + 1], sees_the_past, block=5)
        np.testing.assert_allclose(new.context[0], at_once[i], rtol=1e-10, atol=1e-14)


def test_the_more_precise_of_two_types_is_kept():
    q, k, v = drawn(0, 6, 8, dtype=np.float32), drawn(1, 6, 8), drawn(2, 6, 5)
    found, expected = attention_in_blocks(q, k, v, block=2).context, attention(q, k, v).context
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize(
    ("says", "words"),
    (
        (lambda q_pos, k_pos: np.where(k_pos <= q_pos, 0.0, -np.inf), "float64"),
        (lambda q_pos, k_pos: np.ones((3, 3), dtype=bool), r"\(2, 2\) scores: got .*\(3, 3\)"),
    ),
)
def test_a_rule_that_does_not_say_yes_or_no_for_each_score_is_refused(says, words):
    with pytest.raises(ValueError, match=words):
        attention_in_blocks(*(np.ones((4, 2)) for _ in range(3)), says, block=2)


def test_a_rule_of_keys_alone_goes_for_every_query():
    q, k, v = drawn(0, 5, 8), drawn(1, 7, 8), drawn(2, 7, 5)
    found = attention_in_blocks(q, k, v, lambda q_pos, k_pos: k_pos != 3, block=4)
    expected = attention(q, np.delete(k, 3, axis=0), np.delete(v, 3, axis=0))
    np.testing.assert_allclose(found.context, expected.context, rtol=1e-10, atol=1e-14)


@pytest.mark.usefixtures("shapes_unchecked")
def test_what_a_row_or_a_block_lacks_is_named():
    with pytest.raises(ValueError, match=r"q \(3,\) and k \(5, 4\) have no dot products"):
        weights_of_row(np.ones(3), np.ones((5, 4)), 0.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="the block has 3 keys but 2 values"):
        take_block(no_keys_yet((1,), 1, np.dtype(float)), np.ones((1, 3)), np.ones((2, 1)))


def test_a_row_without_an_allowed_key_hands_over_nothing():
    q, k, v = drawn(0, 6, 8), drawn(1, 6, 8), drawn(2, 6, 5)
    found = attention_in_blocks(q, k, v, far_window, block=2)
    assert (found.context[:2] == 0).all() and (found.total[:2] == 0).all()
    assert np.isfinite(found.context).all()


def test_the_rule_of_the_past_is_the_causal_mask():
    positions = np.arange(9)
    np.testing.assert_array_equal(
        sees_the_past(positions[:, None], positions[None, :]), causal_mask(9)
    )


def test_float32_stays_float32_and_within_a_millionth():
    q, k, v = (drawn(i, 2, 700, 64, dtype=np.float32) for i in range(3))
    found, expected = attention_in_blocks(q, k, v).context, attention(q, k, v).context
    assert found.dtype == np.float32
    assert abs(found - expected).max() < 1e-6


def test_scores_in_the_hundreds_do_not_overflow():
    """Whole numbers and a scale of ¼, so that float32 holds every score exactly, whatever the processor adds up first."""
    q, k, v = (np.rint(30 * drawn(i, 50, 16, dtype=np.float32)) for i in range(3))
    found, expected = attention_in_blocks(q, k, v, block=8).context, attention(q, k, v).context
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_scale_and_leading_axes_are_those_of_attention():
    q, k, v = drawn(0, 2, 3, 11, 8), drawn(1, 2, 3, 13, 8), drawn(2, 2, 3, 13, 5)
    found = attention_in_blocks(q, k, v, scale=1.0, block=4)
    expected = attention(q, k, v, scale=1.0)
    np.testing.assert_allclose(found.context, expected.context, rtol=1e-10, atol=1e-14)
    assert found.top.shape == found.total.shape == (2, 3, 11, 1)


def test_one_block_joins_another_by_hand():
    """Scores 0, then ln 3: weights ¼ and ¾, so values 4 and 8 make 7."""
    one = take_block(no_keys_yet((1,), 1, np.dtype(float)), np.array([[0.0]]), np.array([[4.0]]))
    np.testing.assert_allclose(one.context, [[4.0]])
    both = take_block(one, np.array([[np.log(3)]]), np.array([[8.0]]))
    np.testing.assert_allclose(both.total, [[1 / 3 + 1]])  # what was 1 has shrunk by exp(0 − ln 3)
    np.testing.assert_allclose(both.context, [[7.0]])


def test_without_shrinking_the_result_would_be_wrong():
    """The check above can fail: forgetting r is the mistake that the online softmax is about."""
    one = take_block(no_keys_yet((1,), 1, np.dtype(float)), np.array([[0.0]]), np.array([[4.0]]))
    forgetful = RowsSoFar(np.array([[np.log(3)]]), one.total, one.weighted)
    both = take_block(forgetful, np.array([[np.log(3)]]), np.array([[8.0]]))
    assert not np.allclose(both.context, [[7.0]])


def test_any_row_of_weights_comes_back_from_its_two_numbers():
    q, k, v = drawn(0, 40, 8), drawn(1, 40, 8), drawn(2, 40, 5)
    kept, weights = attention_in_blocks(q, k, v, block=16), attention(q, k, v).weights
    for row in (0, 17, 39):
        top, total = kept.top[row, 0], kept.total[row, 0]
        again = weights_of_row(q[row], k, top, total, scale=1 / np.sqrt(8))
        np.testing.assert_allclose(again, weights[row], rtol=1e-10)


@pytest.mark.parametrize(
    ("shapes", "words"),
    (
        (((4, 8), (5, 7), (5, 3)), "d_head 8 but k has d_head 7"),
        (((4, 8), (5, 8), (6, 3)), "k has 5 tokens but v has 6"),
        (((8,), (5, 8), (5, 3)), "need"),
    ),
)
def test_sizes_that_do_not_fit_are_named(shapes, words, shapes_unchecked):
    with pytest.raises(ValueError, match=words):
        attention_in_blocks(*(np.ones(shape) for shape in shapes))


@pytest.mark.parametrize("at_once", (1, 2 * 11 * 13, 10**6))
def test_it_does_not_matter_how_many_heads_share_a_call(at_once, monkeypatch):
    """One at a time; two, which leaves one of five over; all."""
    monkeypatch.setattr(long_attention, "AT_ONCE", at_once)
    q, k, v = drawn(0, 5, 11, 8), drawn(1, 5, 13, 8), drawn(2, 5, 13, 5)
    found, mask = attention_in_blocks(q, k, v, far_window), far_window(*np.ogrid[2:13, :13])
    expected = attention(q, k, v, mask).context
    np.testing.assert_allclose(found.context, expected, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize(("heads", "n_q", "n_k"), ((0, 2, 3), (2, 0, 3), (2, 3, 0)))
def test_of_nothing_comes_nothing(heads, n_q, n_k):
    q, k, v = (np.ones((heads, n, 4)) for n in (n_q, n_k, n_k))
    assert attention_in_blocks(q, k, v).context.tolist() == np.zeros((heads, n_q, 4)).tolist()


def test_a_block_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least 1 token, got 0"):
        attention_in_blocks(*(np.ones((2, 2)) for _ in range(3)), block=0)


def peak_bytes(n_tokens: int) -> int:
    """What one head of d_head 8 needs beside its inputs, at most at any moment."""
    q, k, v = (drawn(i, n_tokens, 8, dtype=np.float32) for i in range(3))
    tracemalloc.start()
    attention_in_blocks(q, k, v, sees_the_past)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_grows_with_n_and_never_with_its_square():
    short, long = peak_bytes(2048), peak_bytes(8192)
    assert long < 4 * short  # 16 × were it the square
    assert long < 0.1 * 4 * 8192**2  # one matrix of scores alone would be 268 MB


def test_sixteen_thousand_tokens_fit_easily():
    """One head here, to be quick; heads come one after another, so twelve need no more beside their vectors."""
    assert peak_bytes(16_384) < 20 * MB


@pytest.mark.parametrize("precise", range(3))
def test_one_float64_among_three_makes_the_result_float64(precise):
    types = [np.float64 if i == precise else np.float32 for i in range(3)]
    q, k, v = (drawn(i, 6, 8, dtype=dtype) for i, dtype in enumerate(types))
    found = attention_in_blocks(q, k, v, block=2)
    assert {found.context.dtype, found.top.dtype, found.total.dtype} == {np.dtype(np.float64)}


def test_a_step_keeps_the_type_of_its_rows():
    rows = no_keys_yet((2,), 3, np.dtype(np.float32))
    after = take_block(rows, drawn(0, 2, 4, dtype=np.float32), drawn(1, 4, 3, dtype=np.float32))
    for state in (rows, after):
        types = {state.top.dtype, state.total.dtype, state.weighted.dtype}
        assert types == {np.dtype(np.float32)}


@pytest.mark.usefixtures("shapes_unchecked")
@pytest.mark.parametrize(("q", "k"), [((4, 1), (5, 4)), ((4,), (4,)), ((4,), (2, 5, 4))])
def test_a_row_is_one_query_and_a_table_of_keys(q, k):
    with pytest.raises(ValueError, match="have no dot products"):
        weights_of_row(np.ones(q), np.ones(k), 0.0, 1.0, 1.0)


@pytest.mark.usefixtures("shapes_unchecked")
def test_keys_of_a_block_of_many_heads_are_counted_on_the_last_axis():
    with pytest.raises(ValueError, match="the block has 3 keys but 2 values"):
        take_block(no_keys_yet((6, 1), 1, np.dtype(float)), np.ones((6, 1, 3)), np.ones((6, 2, 1)))
