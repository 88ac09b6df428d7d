"""Edits as text: short, exact both ways, and closed to anything else."""

from dataclasses import replace
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attention_core.toy.edits import LONGEST, apply_edits, apply_text, edits_of, encode_edits
from attention_core.toy.own import from_random
from attention_core.toy.presets import PRESETS
from attention_core.toy.scenario import LARGEST, MASKS, TABLES, Scenario, same, set_cell, set_token
from attention_core.toy.words import word_spans

BASE = PRESETS[1]  # The cat sat on the mat

CELLS = st.tuples(
    st.sampled_from(TABLES),
    st.integers(0, 3),
    st.integers(0, 3),
    st.floats(-LARGEST, LARGEST, allow_nan=False),
)
WORDS = st.text(min_size=1, max_size=6).filter(lambda text: text.split() == [text])
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "n_heads": st.sampled_from([1, 2, 4]),
        "mask": st.sampled_from(MASKS),
        "scaled": st.booleans(),
        "temperature": st.floats(1e-3, 1e3),
        "query": st.integers(0, 5),
    },
)


CELL_LISTS = st.lists(CELLS, max_size=6)
TOKEN_LISTS = st.lists(st.tuples(st.integers(0, 5), WORDS), max_size=3)


def test_the_text_is_short_and_readable():
    scenario = set_cell(set_cell(BASE, "x", 1, 0, 0.5), "W_Q", 0, 2, -1.0)
    scenario = set_token(scenario, 3, "dog")
    scenario = replace(scenario, n_heads=2, mask="causal", scaled=False, temperature=0.7, query=0)
    assert encode_edits(BASE, scenario) == (
        "x1.0:0.5~WQ0.2:-1~T3:dog~heads:2~mask:causal~scale:0~temp:0.7~query:0"
    )


def test_nothing_edited_is_no_text():
    assert encode_edits(BASE, BASE) == ""
    assert apply_edits(BASE, "") is BASE


@given(OPTIONS, CELL_LISTS, TOKEN_LISTS)
def test_apply_undoes_encode(options, cells, tokens):
    scenario = replace(BASE, **options)
    for cell in cells:
        scenario = set_cell(scenario, *cell)
    for token in tokens:
        scenario = set_token(scenario, *token)
    text = encode_edits(BASE, scenario)
    assert same(apply_edits(BASE, text), scenario)
    assert not set(text) & set(" &#?+")


@pytest.mark.parametrize("text", ["a~b", "x1.0:5", "100%", "~", "é~:", "👩‍🚀", "ש", "+&#", "%7E"])
def test_any_word_survives(text):
    scenario = set_token(BASE, 1, text)
    assert apply_edits(BASE, encode_edits(BASE, scenario)).tokens[1] == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("W_X0.0:1", "“W_X0.0:1”: there is nothing called “W_X0.0”"),
        ("x1.0:0.5~WX0.0:1", "“WX0.0:1”"),
        ("x6.0:1", "6 × 4: it has no row 6"),
        ("WQ0.4:1", "no row 0, column 4"),
        ("x-1.0:1", "nothing called “x-1.0”"),
        ("x0.0:one", "“one” is not a number"),
        ("x0.0:1_0", "“1_0” is not a number"),
        ("x0.0:nan", "“nan” is not a number"),
        ("x0.0:inf", "“inf” is not a number"),
        ("x0.0:1e999", "embedding of “The” in “animal” is inf"),
        ("x0.0:", "“” is not a number"),
        ("x0.0", "what:value"),
        ("~", "what:value"),
        ("T9:dog", "no token 9"),
        ("T1:", "one word without spaces"),
        ("T1:two%20words", "one word without spaces"),
        ("T1:%FF", "T1:%FF"),
        ("heads:3", "shared evenly by 3 heads"),
        ("heads:two", "“two” is not a whole number"),
        ("mask:all", "no mask “all”"),
        ("scale:yes", "neither 0 nor 1"),
        ("temp:0", "temperature is 0.0"),
        ("query:6", "no token 6"),
    ],
)
def test_what_cannot_be_read_is_named(text, message):
    with pytest.raises(ValueError, match="cannot apply the edit") as refused:
        apply_edits(BASE, text)
    assert message in str(refused.value)


def test_what_is_too_long_for_a_link_is_refused_both_ways():
    with pytest.raises(ValueError, match="4,001 characters, at most 4,000"):
        apply_edits(BASE, "x" * (LONGEST + 1))
    long, noise = long_toy(80)
    with pytest.raises(ValueError, match="a link holds 4000"):
        encode_edits(long, noise)
    assert same(apply_text(long, edits_of(long, noise)), noise)  # as text they may have any length


def long_toy(n_tokens: int) -> tuple[Scenario, Scenario]:
    """A toy, and the same with other numbers in all its embeddings."""
    sentence = " ".join(["word"] * n_tokens)
    toy = from_random(sentence, word_spans(sentence))
    numbers = np.random.default_rng(0).normal(size=toy.x.shape)
    return toy, replace(toy, x=numbers)


def test_two_hundred_and_forty_numbers_with_all_their_digits_fit_into_a_link():
    base, edited = long_toy(60)
    assert edited.x.size == 240
    link = encode_edits(base, edited)
    assert len(link) <= LONGEST and link.isascii() and not set(link) & set("%:~/+= ")
    np.testing.assert_array_equal(apply_edits(base, link).x, edited.x)


def test_links_of_before_are_read_up_to_the_same_length():
    base, edited = long_toy(39)
    text = edits_of(base, edited)
    assert 3900 < len(text) <= LONGEST
    np.testing.assert_array_equal(apply_edits(base, text).x, edited.x)


def test_thousands_of_edits_are_applied_at_once():
    base, edited = long_toy(512)
    text = edits_of(base, edited)
    began = perf_counter()
    assert same(apply_text(base, text), edited)
    assert perf_counter() - began < 2  # one by one it takes half a minute


def test_a_part_of_many_that_cannot_be_is_still_named():
    base, edited = long_toy(40)
    with pytest.raises(ValueError, match=r"the edit “x99\.0:1”"):
        apply_text(base, edits_of(base, edited) + "~x99.0:1~heads:2")


def test_edits_of_another_size_are_refused():
    with pytest.raises(ValueError, match=r"\(6, 4\) into \(4, 4\)"):
        encode_edits(BASE, PRESETS[4])


PIECES = [
    *("x", "WQ", "T", "heads", "mask", "temp", "query", "scale", ":", "~", ".", "0", "1", "%", "-"),
    *("causal", "inf", "e9", "%41", "\ud800", "9" * 30, " "),
]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=2), max_size=10).map("".join))
def test_garbage_either_works_or_is_a_value_error(text):
    try:
        result = apply_edits(BASE, text)
    except ValueError as error:
        assert str(error)
    else:
        assert isinstance(result, Scenario)
