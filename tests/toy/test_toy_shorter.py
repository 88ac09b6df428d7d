"""One word less: the text, the places and the numbers of the others."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.toy.own import from_random
from attention_core.toy.presets import PRESETS, preset_for
from attention_core.toy.scenario import Scenario, run, same
from attention_core.toy.shorter import without_token
from attention_core.toy.words import word_spans


def scenario(sentence: str) -> Scenario:
    return from_random(sentence, word_spans(sentence))


def test_without_hot_it_is_the_other_preset():
    shorter = without_token(preset_for("the hot dog was"), 1)
    dog = preset_for("the dog was")
    assert (shorter.sentence, shorter.spans, shorter.query) == (dog.sentence, dog.spans, dog.query)
    np.testing.assert_array_equal(shorter.x, dog.x)


@pytest.mark.parametrize(
    ("sentence", "pos", "left"),
    [
        ("one two three", 0, "two three"),
        ("one two three", 2, "one two"),
        ("one  two   three", 1, "one  three"),
        ("Oh, puppy!", 1, "Oh puppy!"),
        ("Oh, puppy!", 3, "Oh, puppy"),
        ("Oh, puppy! ", 3, "Oh, puppy"),
        ("“Oh” she", 1, "“” she"),
    ],
)
def test_the_text_that_is_left(sentence: str, pos: int, left: str):
    assert without_token(scenario(sentence), pos).sentence == left


@pytest.mark.parametrize(("pos", "query"), [(0, 6), (6, 6), (7, 7), (10, 7)])
def test_the_query_stays_the_same_word(pos: int, query: int):
    preset = PRESETS[0]
    shorter = without_token(preset, pos)
    assert shorter.query == query
    if pos != preset.query:
        assert shorter.tokens[shorter.query] == preset.tokens[preset.query]


def test_a_query_that_is_last_and_left_out_moves_to_the_word_before():
    preset = PRESETS[0]
    last = len(preset.spans) - 1
    assert without_token(replace(preset, query=last), last).query == last - 1


@given(st.text(alphabet="ab ,.'", max_size=20), st.data())
def test_all_other_tokens_and_their_numbers_stay(sentence: str, data: st.DataObject):
    if len(word_spans(sentence)) < 2:
        return
    whole = scenario(sentence)
    pos = data.draw(st.integers(0, len(whole.spans) - 1))
    shorter = without_token(whole, pos)
    assert list(shorter.tokens) == [t for i, t in enumerate(whole.tokens) if i != pos]
    np.testing.assert_array_equal(shorter.x, np.delete(whole.x, pos, axis=0))


def test_leaving_a_word_out_is_sharing_its_weight_among_the_others():
    preset = PRESETS[0]
    weights = run(preset).heads.weights[0, preset.query]
    without = np.delete(weights, 1) / (1 - weights[1])
    shorter = without_token(preset, 1)
    np.testing.assert_allclose(run(shorter).heads.weights[0, shorter.query], without)


def test_what_cannot_be_left_out_is_refused():
    with pytest.raises(ValueError, match="no token 3"):
        without_token(scenario("one two three"), 3)
    with pytest.raises(ValueError, match="only token"):
        without_token(scenario("one"), 0)


def test_the_scenario_itself_is_not_changed():
    preset = PRESETS[0]
    without_token(preset, 0)
    assert same(preset, PRESETS[0]) and preset.tokens[0] == "The"
