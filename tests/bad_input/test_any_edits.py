"""Whatever is done to a toy, in whatever order: it stays a toy, or the edit is refused in words and nothing has changed."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attention_core.toy.edits import LONGEST, apply_edits, encode_edits
from attention_core.toy.own import from_random
from attention_core.toy.presets import PRESETS
from attention_core.toy.scenario import MASKS, TABLES, Scenario, run, same, set_cell, set_token
from attention_core.toy.words import word_spans
from pages.ui.reader.toy_state import Toy

OWN = "Zwölf Boxkämpfer 🙂 jagen"
BASES = [*PRESETS, from_random(OWN, word_spans(OWN))]
Edit = Callable[[Scenario], Scenario]

POSITIONS = st.integers(-2, 14)
NUMBERS = st.floats() | st.sampled_from([0.0, -0.0, 1e6, 1.0000001e6, 5e-324, 1e308])
OPTIONS = {
    "n_heads": st.integers(-1, 9),
    "mask": st.sampled_from([*MASKS, "all", ""]),
    "scaled": st.booleans(),
    "temperature": NUMBERS | st.floats(1e-3, 1e3),
    "query": POSITIONS,
}


def cell(table: str, row: int, column: int, value: float) -> Edit:
    return lambda now: set_cell(now, table, row, column, value)


def token(position: int, text: str) -> Edit:
    return lambda now: set_token(now, position, text)


def option(name: str, value: object) -> Edit:
    return lambda now: replace(now, **{name: value})


def link(text: str) -> Edit:
    return lambda now: apply_edits(now, text)


EDITS = st.one_of(
    st.builds(cell, st.sampled_from([*TABLES, "W_X"]), POSITIONS, POSITIONS, NUMBERS),
    st.builds(token, POSITIONS, st.text(max_size=8) | st.just("a" * 101)),
    st.sampled_from(list(OPTIONS)).flatmap(lambda name: st.builds(option, st.just(name), OPTIONS[name])),
    st.builds(link, st.text(max_size=20) | st.sampled_from(["x0.0:1~heads:2", "x0.0:1~heads:5", "temp:1e-3"])),
)  # fmt: skip


def assert_is_a_toy(scenario: Scenario, base: Scenario) -> None:
    trace = run(scenario)
    np.testing.assert_allclose(trace.heads.weights.sum(-1), 1, rtol=1e-12)
    assert np.isfinite(trace.output).all() and np.isfinite(trace.heads.scores).all()
    try:
        text = encode_edits(base, scenario)
    except ValueError as error:
        assert str(LONGEST) in str(error)
    else:
        assert same(apply_edits(base, text), scenario)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.sampled_from(BASES), st.lists(EDITS, min_size=1, max_size=12))
def test_every_edit_is_refused_in_words_or_gives_a_toy_and_undo_brings_back_each_step(base, edits):
    toy = Toy(base, "preset", None, [base], version=0)
    steps = [base]
    for edit in edits:
        before = toy.current
        try:
            toy.commit(edit(toy.current))
        except ValueError as error:
            assert str(error)
            assert toy.current is before
        if not same(toy.current, before):
            steps.append(toy.current)
            assert_is_a_toy(toy.current, base)
    for step in reversed(steps):
        assert same(toy.current, step)
        toy.undo()
    assert same(toy.current, base)


def test_a_part_of_the_edits_that_cannot_be_leaves_none_of_them():
    with pytest.raises(ValueError, match="heads:3"):
        apply_edits(BASES[0], "x0.0:0.5~heads:3")
