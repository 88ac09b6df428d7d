"""The critics do what their numbers say: every weight expected here comes out of the core."""

import numpy as np
import pytest

from attention_core.heads import multi_head_attention
from attention_core.toy.critics import (
    D_HEAD,
    D_MODEL,
    DIMENSIONS,
    HEADS,
    QUERY,
    TABLES,
    TOKENS,
    X,
    one_word_each,
    same,
    side_by_side,
    with_table,
)

N_TOKENS = len(TOKENS)
WEIGHTS = multi_head_attention(X, side_by_side(HEADS)).heads.weights


def strongest(head: int, asks: str) -> str:
    return TOKENS[WEIGHTS[head, TOKENS.index(asks)].argmax()]


def test_no_two_sizes_are_equal_that_a_reader_could_confuse():
    assert len({N_TOKENS, D_MODEL, D_HEAD}) == 3
    assert X.shape == (N_TOKENS, D_MODEL) and len(DIMENSIONS) == D_MODEL
    assert TOKENS[QUERY] == "it"
    assert len(HEADS) == 8


def test_the_places_are_hours_of_a_clock():
    hours = np.degrees(np.arctan2(X[:, 7], X[:, 6])) % 360
    np.testing.assert_allclose(hours, 30 * np.arange(N_TOKENS), atol=0.2)
    np.testing.assert_allclose(np.linalg.norm(X[:, 6:], axis=1), 1, atol=0.005)


def test_the_numbers_are_short():
    tables = [getattr(head, table) for head in HEADS for table in TABLES]
    for array in (X, *tables):
        np.testing.assert_array_equal(array, array.round(2))


def test_two_heads_find_two_answers_to_the_same_question():
    assert (strongest(0, "it"), strongest(5, "it")) == ("dog", "cat")


def test_what_happens_looks_at_whom_and_the_other_way_round():
    assert (strongest(1, "chased"), strongest(1, "dog")) == ("dog", "chased")


def test_like_finds_like():
    beings = [TOKENS.index(word) for word in ("dog", "cat", "it")]
    np.testing.assert_allclose(WEIGHTS[3][np.ix_(beings, beings)], 1 / 3, atol=0.01)


@pytest.mark.parametrize(("head", "shift"), [(2, -1), (4, 1), (6, 0)])
def test_a_turned_clock_hand_finds_a_neighbour(head, shift):
    inside = np.arange(1, N_TOKENS - 1)
    np.testing.assert_array_equal(WEIGHTS[head, inside].argmax(axis=-1), inside + shift)
    assert (WEIGHTS[head, inside, inside + shift] > 0.85).all()


def test_the_last_head_looks_at_the_first_word_which_has_little_to_hand_over():
    assert (WEIGHTS[7, :, 0] > 0.85).all()
    assert np.linalg.norm(X[0] @ HEADS[7].W_V) < 0.2


@pytest.mark.parametrize("n_heads", range(1, 9))
def test_any_number_of_heads_makes_a_layer(n_heads):
    layer = side_by_side(HEADS[:n_heads])
    trace = multi_head_attention(X, layer)
    np.testing.assert_allclose(trace.heads.weights, WEIGHTS[:n_heads], rtol=1e-12)
    assert trace.merged.shape == (N_TOKENS, n_heads * D_HEAD)
    assert trace.output.shape == X.shape


def test_each_head_keeps_its_own_block():
    layer = side_by_side(HEADS)
    np.testing.assert_array_equal(layer.W_K[:, 6:8], HEADS[3].W_K)
    np.testing.assert_array_equal(layer.W_O[6:8], HEADS[3].W_O)


def test_a_layer_without_heads_is_refused():
    with pytest.raises(ValueError, match="at least one head"):
        side_by_side([])


def test_one_table_is_replaced_and_nothing_else():
    values = np.full((D_MODEL, D_HEAD), 0.5)
    edited = with_table(HEADS, 2, "W_K", values)
    np.testing.assert_array_equal(edited[2].W_K, values)
    np.testing.assert_array_equal(edited[2].W_Q, HEADS[2].W_Q)
    assert edited[:2] == HEADS[:2] and edited[3:] == HEADS[3:]
    assert same(HEADS, HEADS) and not same(HEADS, edited) and not same(HEADS, HEADS[:7])
    assert same(HEADS, with_table(edited, 2, "W_K", HEADS[2].W_K))


def test_a_head_does_not_follow_the_array_it_was_made_of():
    values = np.zeros((D_MODEL, D_HEAD))
    edited = with_table(HEADS, 0, "W_V", values)
    values[:] = 1
    assert not edited[0].W_V.any()
    with pytest.raises(ValueError, match="read-only"):
        edited[0].W_V[0, 0] = 1


@pytest.mark.parametrize(
    ("head", "table", "values", "says"),
    [
        (8, "W_Q", np.zeros((D_MODEL, D_HEAD)), "no W_Q of head 8"),
        (-1, "W_Q", np.zeros((D_MODEL, D_HEAD)), "no W_Q of head -1"),
        (0, "x", np.zeros((D_MODEL, D_HEAD)), "no x of head 0"),
        (0, "W_O", np.zeros((D_MODEL, D_HEAD)), r"W_O of a head is \(2, 8\), got \(8, 2\)"),
        (0, "W_Q", np.full((D_MODEL, D_HEAD), np.nan), "each cell of W_Q needs a number"),
        (0, "W_Q", np.full((D_MODEL, D_HEAD), 2e6), "each cell of W_Q needs a number"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(head, table, values, says):
    with pytest.raises(ValueError, match=says):
        with_table(HEADS, head, table, values)


def test_made_up_heads_look_at_one_word_each_and_begin_again():
    weights = one_word_each(3, 2)
    np.testing.assert_array_equal(weights[:, 0], [[1, 0], [0, 1], [1, 0]])
