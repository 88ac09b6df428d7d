"""The scenario's door: what it refuses, what an edit changes and what it leaves alone."""

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.masks import causal_mask
from attention_core.toy.scenario import (
    LARGEST,
    MASKS,
    TABLES,
    Scenario,
    mask_of,
    run,
    same,
    set_cell,
    set_token,
)
from attention_core.toy.words import word_spans

SENTENCE = "the cat, asleep"
TOKENS = ("the", "cat", ",", "asleep")


def scenario(**changes) -> Scenario:
    rng = np.random.default_rng(0)
    x, *matrices = (rng.normal(size=(4, 4)) for _ in range(5))
    names = ("animal", "place", "event", "look")
    return replace(Scenario("", SENTENCE, word_spans(SENTENCE), names, x, *matrices), **changes)


def test_tokens_are_cut_from_the_sentence():
    assert scenario().tokens == TOKENS


def test_arrays_are_read_only_copies():
    x = np.ones((4, 4))
    made = scenario(x=x)
    x[0, 0] = 9
    assert made.x[0, 0] == 1
    for table in TABLES:
        with pytest.raises(ValueError, match="read-only"):
            getattr(made, table)[0, 0] = 1


def test_fields_cannot_be_reassigned():
    with pytest.raises(FrozenInstanceError):
        scenario().n_heads = 2  # type: ignore[misc]


def test_single_precision_becomes_float64():
    assert scenario(x=np.ones((4, 4), dtype=np.float32)).x.dtype == np.float64


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 2 * LARGEST])
def test_a_cell_that_is_no_usable_number_is_named(bad):
    with pytest.raises(ValueError, match="embedding of “cat” in “event”"):
        set_cell(scenario(), "x", 1, 2, bad)
    with pytest.raises(ValueError, match="W_K, row 3, column 0"):
        set_cell(scenario(), "W_K", 3, 0, bad)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": np.ones((3, 4))}, r"x has shape \(3, 4\).*4 tokens"),
        ({"x": np.ones(4)}, r"x has shape \(4,\)"),
        ({"W_Q": np.ones((4, 2))}, r"W_Q has shape \(4, 2\).*\(4, 4\)"),
        ({"dimensions": ("a", "b", "c")}, "3 dimensions"),
        ({"n_heads": 3}, "4 dimensions cannot be shared evenly by 3 heads"),
        ({"n_heads": 0}, "by 0 heads"),
        ({"mask": "future"}, "no mask “future”.*none, causal, window"),
        ({"temperature": 0.0}, "temperature is 0.0.*above 0"),
        ({"temperature": -1.0}, "temperature is -1.0"),
        ({"temperature": np.nan}, "temperature is nan"),
        ({"query": 4}, "no token 4"),
        ({"query": -1}, "no token -1"),
        ({"spans": ((4, 7), (0, 3), (7, 8), (9, 15))}, r"token 1 stands at \[0, 3\)"),
        ({"spans": ((0, 3), (2, 7), (7, 8), (9, 15))}, r"token 1 stands at \[2, 7\)"),
        ({"spans": ((0, 3), (4, 7), (7, 7), (9, 15))}, r"token 2 stands at \[7, 7\)"),
        ({"spans": ((0, 3), (4, 7), (7, 8), (9, 16))}, "15 characters"),
        ({"spans": ()}, "at least one token"),
        ({"sentence": "the cat, aslee\ud800"}, "half of a character"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(changes, message):
    with pytest.raises(ValueError, match=message):
        scenario(**changes)


def test_masks_block_the_future_or_the_distance():
    window = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 1], [0, 0, 1, 1]], dtype=bool)
    causal, near = mask_of(scenario(mask="causal")), mask_of(scenario(mask="window"))
    assert mask_of(scenario(mask="none")) is None
    assert causal is not None and np.array_equal(causal, causal_mask(4))
    assert near is not None and np.array_equal(near, window)


@pytest.mark.parametrize("n_heads", [1, 2, 4])
@pytest.mark.parametrize("mask", MASKS)
def test_every_row_sums_to_one_in_every_head(n_heads, mask):
    weights = run(scenario(n_heads=n_heads, mask=mask)).heads.weights
    assert weights.shape == (n_heads, 4, 4)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-12)


def test_unscaled_scores_are_left_as_they_are():
    scaled, unscaled = run(scenario()).heads, run(scenario(scaled=False)).heads
    np.testing.assert_array_equal(unscaled.scaled_scores, unscaled.scores)
    np.testing.assert_allclose(scaled.scaled_scores, scaled.scores / 2, rtol=1e-15)


@given(st.sampled_from(TABLES), st.sampled_from([LARGEST, -LARGEST]))
def test_the_largest_numbers_never_overflow(table, value):
    extreme = scenario(temperature=1e-3, scaled=False)
    extreme = replace(extreme, **dict.fromkeys(TABLES, np.full((4, 4), LARGEST)))
    trace = run(set_cell(extreme, table, 2, 1, value))
    assert np.isfinite(trace.heads.weights).all()
    assert np.isfinite(trace.output).all()


@pytest.mark.parametrize("table", TABLES)
def test_set_cell_changes_that_cell_only(table):
    before = scenario()
    after = set_cell(before, table, 2, 1, 0.25)
    changed = [
        (name, *cell)
        for name in TABLES
        for cell in np.argwhere(getattr(before, name) != getattr(after, name)).tolist()
    ]
    assert changed == [(table, 2, 1)]
    assert getattr(after, table)[2, 1] == 0.25


@pytest.mark.parametrize("cell", [(4, 0), (0, 4), (-1, 0), (0, -1)])
def test_set_cell_names_a_cell_that_is_not_there(cell):
    with pytest.raises(ValueError, match=f"4 × 4: it has no row {cell[0]}, column {cell[1]}"):
        set_cell(scenario(), "x", *cell, 1.0)


def test_set_cell_names_an_unknown_table():
    with pytest.raises(ValueError, match="no table “W_X”"):
        set_cell(scenario(), "W_X", 0, 0, 1.0)


@pytest.mark.parametrize("text", ["a", "tiger", "👩‍🚀", "שלום"])
def test_set_token_moves_the_later_tokens_along(text):
    after = set_token(scenario(), 1, text)
    assert after.sentence == f"the {text}, asleep"
    assert after.tokens == ("the", text, ",", "asleep")
    assert np.array_equal(after.x, scenario().x)


@pytest.mark.parametrize("text", ["", " ", "\n", "two words", " cat", "cat\t"])
def test_set_token_refuses_white_space_and_nothing(text):
    with pytest.raises(ValueError, match="one word without spaces"):
        set_token(scenario(), 1, text)


def test_set_token_names_a_token_that_is_not_there():
    with pytest.raises(ValueError, match="4 tokens: there is no token 4"):
        set_token(scenario(), 4, "cat")


def test_same_compares_every_field_and_every_cell():
    assert same(scenario(), scenario())
    for change in ({"notes": "x"}, {"scaled": False}, {"query": 1}, {"temperature": 0.5}):
        assert not same(scenario(), scenario(**change))
    for table in TABLES:
        assert not same(scenario(), set_cell(scenario(), table, 3, 3, 7.0))
