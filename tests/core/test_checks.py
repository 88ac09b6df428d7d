"""What the core is handed and cannot use: whole numbers become floats, everything else is refused in words that name the sizes."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from attention_core.attention import attention
from attention_core.gradients import (
    attention_backward,
    matrix_backward,
    multi_head_backward,
    relative_bias_backward,
    repeat_kv_backward,
    softmax_backward,
)
from attention_core.heads import (
    Projections,
    grouped_attention,
    head_of,
    merge_heads,
    multi_head_attention,
    repeat_kv,
    split_heads,
)
from attention_core.long_attention import attention_in_blocks, no_keys_yet, take_block
from attention_core.positions import apply_rope, rope_angles
from attention_core.softmax import softmax

from .cases import normals, random_layer

WHOLE = [np.int8, np.uint8, np.int32, np.int64]


def ones(*shape: int) -> np.ndarray:
    return np.ones(shape)


@pytest.mark.parametrize("dtype", WHOLE)
@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_integer_scores_are_taken_as_float64(dtype, temperature):
    weights = softmax(np.array([2, 4, 4], dtype=dtype), temperature=temperature)
    expected = torch.softmax(torch.tensor([2.0, 4, 4], dtype=torch.float64) / temperature, 0)
    assert weights.dtype == np.float64
    np.testing.assert_allclose(weights, expected, rtol=1e-12)


def test_boolean_scores_are_zero_and_one_by_hand():
    # exps e, 1, e
    weights = softmax(np.array([True, False, True]))
    np.testing.assert_allclose(weights, np.array([np.e, 1, np.e]) / (2 * np.e + 1))


@pytest.mark.parametrize("dtype", [*WHOLE, bool])
def test_integer_queries_keys_and_values_are_taken_as_float64(dtype):
    rng = np.random.default_rng(0)
    shapes = (2, 3, 4), (2, 5, 4), (2, 5, 3)
    whole = [rng.integers(0, 2 if dtype is bool else 100, shape).astype(dtype) for shape in shapes]
    expected = attention(*(array.astype(np.float64) for array in whole), scale=0.01)
    for found in (
        attention(*whole, scale=0.01).context,
        attention_in_blocks(*whole, scale=0.01, block=2).context,
        grouped_attention(*whole, scale=0.01).context,
    ):
        assert found.dtype == np.float64
        np.testing.assert_allclose(found, expected.context, rtol=1e-12)


def test_integer_tokens_are_projected_and_rotated_as_floats():
    _, projections = random_layer(0)
    whole = np.arange(35).reshape(5, 7) % 3
    np.testing.assert_array_equal(
        multi_head_attention(whole, projections).output,
        multi_head_attention(whole.astype(np.float64), projections).output,
    )
    angles = rope_angles(5, 6)
    whole = np.arange(30).reshape(5, 6)
    np.testing.assert_array_equal(
        apply_rope(whole, angles), apply_rope(whole.astype(np.float64), angles)
    )


def test_a_block_of_integer_scores_by_hand():
    # Scores 1 and 0 give e/(e+1) and 1/(e+1) of the values 4 and 8.
    rows = take_block(no_keys_yet((1,), 1, np.dtype(float)), np.array([[1, 0]]), ones(2, 1) * 4)
    np.testing.assert_allclose(rows.total, [[1 + np.exp(-1)]])
    np.testing.assert_allclose(rows.context, [[4]])


@pytest.mark.usefixtures("shapes_unchecked")
def test_integer_biases_and_sinks_are_numbers_too():
    q, k, v = normals(0, (2, 3, 4), (2, 5, 4), (2, 5, 3))
    bias, sinks = np.arange(15).reshape(3, 5) % 4, np.array([0, 2])
    np.testing.assert_allclose(
        attention(q, k, v, bias=bias, sinks=sinks).weights,
        attention(q, k, v, bias=bias.astype(float), sinks=sinks.astype(float)).weights,
    )


@pytest.mark.parametrize("scores", [ones(0), ones(3, 0)])
def test_scores_of_no_key_have_no_weights(scores):
    assert softmax(scores).shape == scores.shape


def test_without_keys_every_context_is_zero():
    trace = attention(ones(2, 3, 4), ones(2, 0, 4), ones(2, 0, 5))
    np.testing.assert_array_equal(trace.context, np.zeros((2, 3, 5)))


@pytest.mark.usefixtures("shapes_unchecked")
@pytest.mark.parametrize(
    "mask",
    [
        np.where(np.tri(3, 5), 0.0, -np.inf),
        np.where(np.tri(3, 5), 0.0, -np.inf).astype(np.float32),
        np.tri(3, 5, dtype=int),
    ],
)
@pytest.mark.parametrize("function", [attention, grouped_attention])
def test_a_mask_that_is_not_boolean_is_refused_and_bias_is_named(mask, function):
    with pytest.raises(
        ValueError,
        match=f"^mask must be boolean.* holds {mask.dtype}: numbers .* added to the scores.*bias=$",
    ):
        function(ones(6, 3, 4), ones(6, 5, 4), ones(6, 5, 2), mask)


@pytest.mark.usefixtures("shapes_unchecked")
def test_a_mask_handed_over_as_bias_is_refused_too():
    with pytest.raises(
        ValueError, match=r"^bias must be numbers, but is boolean: True = .* mask=$"
    ):
        attention(ones(3, 4), ones(5, 4), ones(5, 2), bias=np.tri(3, 5, dtype=bool))


@pytest.mark.usefixtures("shapes_unchecked")
@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        (((1, 3, 4), (2, 5, 4), (2, 5, 3)), "1 heads cannot share 2 key-value heads evenly"),
        (((7, 3, 4), (2, 5, 4), (2, 5, 3)), "7 heads cannot share 2 key-value heads evenly"),
        (((6, 3, 4), (4, 5, 4), (4, 5, 3)), "6 heads cannot share 4 key-value heads evenly"),
        (((6, 3, 4), (0, 5, 4), (0, 5, 3)), "6 heads cannot share 0 key-value heads evenly"),
        (((0, 3, 4), (2, 5, 4), (2, 5, 3)), "0 heads cannot share 2 key-value heads evenly"),
        (((6, 3, 4), (2, 5, 4), (3, 5, 3)), "k has 2 heads but v has 3"),
        (((6, 3, 4), (2, 5, 4), (1, 5, 3)), "k has 2 heads but v has 1"),
        (((3, 4), (5, 4), (5, 3)), r"got \(3, 4\), \(5, 4\), \(5, 3\)"),
        (((3, 4), (2, 5, 4), (2, 5, 3)), r"got \(3, 4\), \(2, 5, 4\)"),
        (((6, 3, 4), (5, 4), (2, 5, 3)), r"got \(6, 3, 4\), \(5, 4\), \(2, 5, 3\)"),
        (((6, 3, 4), (2, 5, 4), (5, 3)), r"got \(6, 3, 4\), \(2, 5, 4\), \(5, 3\)"),
        (((6, 3, 4), (5, 4), (5, 3)), r"got \(6, 3, 4\), \(5, 4\), \(5, 3\)"),
        (((2, 6, 3, 4), (1, 2, 5, 4), (1, 2, 5, 3)), r"same heads: got \(2, 6\), \(1, 6\)"),
        (((6, 3, 4), (2, 5, 3), (2, 5, 3)), "q has d_head 4 but k has d_head 3"),
        (((6, 3, 4), (2, 5, 4), (2, 4, 3)), "k has 5 tokens but v has 4"),
    ],
)
def test_heads_that_cannot_be_shared_are_named(shapes, words):
    with pytest.raises(ValueError, match=words):
        grouped_attention(*(ones(*shape) for shape in shapes))


@pytest.mark.usefixtures("shapes_unchecked")
@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("mask", (5, 3)), ("mask", (5,)), ("mask", (4, 3, 5)), ("mask", (1, 5)), ("mask", (1, 1, 6, 3, 5)),
        ("bias", (5, 3)), ("bias", (5,)), ("bias", (4, 3, 5)), ("bias", (3, 1)), ("bias", (2, 6, 3, 5)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("function", [attention, grouped_attention])
def test_a_mask_or_bias_of_another_shape_than_the_scores_is_named(name, shape, function):
    with pytest.raises(ValueError) as refused:
        array = np.ones(shape, dtype=bool if name == "mask" else float)
        function(ones(6, 3, 4), ones(6, 5, 4), ones(6, 5, 2), **{name: array})
    assert f"{name} is {shape} but scores are (6, 3, 5)" in str(refused.value)


@pytest.mark.usefixtures("shapes_unchecked")
@pytest.mark.parametrize("shape", [(2,), (6, 1), (5,), (1, 1, 6)])
def test_sinks_that_are_not_one_per_head_are_named(shape):
    with pytest.raises(ValueError) as refused:
        grouped_attention(ones(6, 3, 4), ones(2, 5, 4), ones(2, 5, 2), sinks=ones(*shape))
    assert f"sinks are {shape} but heads are (6,)" in str(refused.value)


@pytest.mark.usefixtures("shapes_unchecked")
@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        (((3, 4), (2, 5, 4), (2, 5, 3)), r"same heads: got \(\), \(2,\), \(2,\)"),
        (((2, 3, 4), (2, 5, 4), (1, 5, 3)), r"same heads: got \(2,\), \(2,\), \(1,\)"),
        (((1, 3, 4), (2, 5, 4), (2, 5, 3)), r"same heads: got \(1,\), \(2,\), \(2,\)"),
    ],
)
@pytest.mark.parametrize("function", [attention, attention_in_blocks])
def test_heads_that_numpy_would_stretch_are_named(shapes, words, function):
    with pytest.raises(ValueError, match=words):
        function(*(ones(*shape) for shape in shapes))


@pytest.mark.usefixtures("shapes_unchecked")
@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        (((7, 24), (8, 8), (7, 4), (12, 7)), "W_K has 8 rows but W_Q has 7"),
        (((7, 24), (7, 8), (6, 4), (12, 7)), "W_V has 6 rows but W_Q has 7"),
        (((7, 24), (7, 8), (7, 4), (12, 9)), "W_O has 9 columns but W_Q has 7 rows"),
        (((7, 24), (7, 8), (7, 4), (7, 12)), "W_O has 7 rows but the heads merge to 12"),
        (((24,), (7, 8), (7, 4), (12, 7)), r"W_Q must be a matrix, got the shape \(24,\)"),
        (
            ((7, 24), (7, 8), (7, 4), (1, 12, 7)),
            r"W_O must be a matrix, got the shape \(1, 12, 7\)",
        ),
    ],
)
def test_matrices_of_other_sizes_are_named(shapes, words):
    with pytest.raises(ValueError, match=words):
        Projections(*(ones(*shape) for shape in shapes), n_heads=6, n_kv_heads=2)


LAYER = random_layer(0)
TRACE = multi_head_attention(*LAYER)
REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: multi_head_attention(ones(7), LAYER[1]), r"x needs \(tokens, d_model\): got \(7,\)"),
    (lambda: split_heads(ones(6), 2), r"x needs \(tokens, columns\): got \(6,\)"),
    (lambda: split_heads(ones(3, 6), 0), "6 columns cannot be split into 0 heads"),
    (lambda: split_heads(ones(3, 6), -2), "6 columns cannot be split into -2 heads"),
    (lambda: merge_heads(ones(3, 6)), r"context needs \(heads, tokens, d_v\): got \(3, 6\)"),
    (lambda: repeat_kv(ones(3, 6), 2), r"kv needs \(heads, tokens, dimensions\): got \(3, 6\)"),
    (lambda: repeat_kv(ones(2, 3, 6), 0), "serves at least 1 query head, got 0"),
    (lambda: head_of(TRACE.heads, 6), r"no head 6 in weights of shape \(6, 5, 5\)"),
    (lambda: head_of(TRACE.heads, -1), r"no head -1 in weights of shape \(6, 5, 5\)"),
    (lambda: head_of(head_of(TRACE.heads, 0), 0), r"no head 0 in weights of shape \(5, 5\)"),
    (lambda: softmax_backward(ones(3, 5), ones(3, 1)), r"grad_weights is \(3, 1\) but weights is \(3, 5\)"),
    (lambda: attention_backward(TRACE.heads, ones(5, 2)), r"grad_context is \(5, 2\) but context is \(6, 5, 2\)"),
    (lambda: repeat_kv_backward(ones(6, 5, 4), 4), "6 heads don't make groups of 4"),
    (lambda: repeat_kv_backward(ones(6, 5, 4), 0), "6 heads don't make groups of 0"),
    (lambda: repeat_kv_backward(ones(5, 4), 1), r"grad_repeated needs \(heads, tokens, dimensions\): got \(5, 4\)"),
    (lambda: matrix_backward(ones(3, 2), ones(4, 5)), r"grad_y is \(4, 5\) but y is \(3, 5\)"),
    (lambda: multi_head_backward(*LAYER, TRACE, ones(5, 1)), r"grad_output is \(5, 1\) but output is \(5, 7\)"),
    (
        lambda: relative_bias_backward(ones(2, 3, 5), np.zeros((5, 3), int), 8),
        r"grad_bias is \(2, 3, 5\) but the bias of the buckets is \(2, 5, 3\)",
    ),
    (
        lambda: relative_bias_backward(ones(2, 1, 2), np.array([[0, 8]]), 8),
        "buckets go from 0 to 8, but the table has 8 rows",
    ),
]  # fmt: skip


@pytest.mark.usefixtures("shapes_unchecked")
@pytest.mark.parametrize(("call", "words"), REFUSED)
def test_sizes_that_do_not_fit_are_named_everywhere(call, words):
    with pytest.raises(ValueError, match=words):
        call()
