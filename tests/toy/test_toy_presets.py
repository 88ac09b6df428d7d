"""The presets tell their stories through the core: every expected number here comes out of `run`."""

import ast
import inspect
from dataclasses import replace

import numpy as np
import pytest

from attention_core.toy import presets
from attention_core.toy.presets import PRESETS, preset_for, preset_named
from attention_core.toy.scenario import TABLES, Scenario, run, set_cell
from attention_core.toy.words import word_spans

ANIMAL_AND_STREET = "The animal didn't cross the street because it was too tired"
FUNCTION_WORDS = {"the", "The", "because", "didn't", "was", "too", "is", "so", "my", ".", "!"}
each_preset = pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)


def of(sentence: str) -> Scenario:
    preset = preset_for(sentence)
    assert preset is not None, sentence
    return preset


def row(sentence: str) -> dict[str, float]:
    """The weights of the preset's own query, by key (every token asked for occurs once)."""
    preset = of(sentence)
    weights = run(preset).heads.weights[0, preset.query]
    return dict(zip(preset.tokens, weights.tolist(), strict=True))


def cosine(preset: Scenario, vector: np.ndarray, dimension: str) -> float:
    return float(vector[preset.dimensions.index(dimension)] / np.linalg.norm(vector))


def test_the_presets_are_these_sentences_asked_by_these_words():
    assert [(preset.sentence, preset.tokens[preset.query]) for preset in PRESETS] == [
        (ANIMAL_AND_STREET, "it"),
        ("The cat sat on the mat", "sat"),
        ("The cat sat on the mat because it was tired", "it"),
        ("I love my new puppy. She is so fluffy!", "She"),
        ("the hot dog was", "dog"),
        ("the dog was", "dog"),
    ]


def test_it_looks_at_the_animal_before_street_and_cross():
    weights = row(ANIMAL_AND_STREET)
    assert weights["animal"] == pytest.approx(0.80, abs=0.02)
    assert weights["street"] == pytest.approx(0.10, abs=0.02)
    assert weights["cross"] == pytest.approx(0.10, abs=0.02)


def test_sat_spreads_its_attention_as_in_the_tutorial():
    weights = run(of("The cat sat on the mat")).heads.weights[0, 2]
    np.testing.assert_allclose(weights, [0.05, 0.40, 0.10, 0.15, 0.05, 0.25], atol=0.005)


def test_it_prefers_the_cat_to_the_mat_and_both_to_the_rest():
    weights = row("The cat sat on the mat because it was tired")
    cat, mat = weights.pop("cat"), weights.pop("mat")
    assert cat > 2 * mat
    assert mat > 2 * max(weights.values())


def test_she_looks_at_the_puppy_and_a_little_at_love():
    weights = row("I love my new puppy. She is so fluffy!")
    assert weights["puppy"] > 0.7
    assert 0.02 < weights["love"] < 0.15
    assert weights["love"] > 2 * max(weights[other] for other in ("new", "I", "fluffy"))


def test_she_sees_only_the_words_before_her():
    preset = of("I love my new puppy. She is so fluffy!")
    assert preset.mask == "causal"
    assert np.all(np.triu(run(preset).heads.weights, k=1) == 0)
    assert preset.tokens[5] == "." and preset.tokens[-1] == "!"


def test_hot_turns_the_dog_from_animal_to_food():
    hot_dog, dog = of("the hot dog was"), of("the dog was")
    hot_output, output = run(hot_dog).output[hot_dog.query], run(dog).output[dog.query]
    assert row("the hot dog was")["hot"] > 0.7
    embedding = hot_dog.x[hot_dog.query]
    assert cosine(hot_dog, embedding, "animal") > 0.95 > 0.2 > cosine(hot_dog, embedding, "food")
    assert cosine(hot_dog, hot_output, "food") > 0.95 > 0.2 > cosine(hot_dog, hot_output, "animal")
    assert cosine(dog, output, "animal") > 0.95 > 0.2 > cosine(dog, output, "food")


def test_the_dog_has_the_numbers_of_the_hot_dog_without_hot():
    hot_dog, dog = of("the hot dog was"), of("the dog was")
    np.testing.assert_array_equal(dog.x, hot_dog.x[[0, 2, 3]])
    for table in TABLES[1:]:
        np.testing.assert_array_equal(getattr(dog, table), getattr(hot_dog, table))


@each_preset
@pytest.mark.parametrize("n_heads", [1, 2, 4])
def test_rows_sum_to_one_with_any_number_of_heads(preset, n_heads):
    weights = run(replace(preset, n_heads=n_heads)).heads.weights
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-12)


@each_preset
def test_numbers_are_few_short_and_explained(preset):
    assert preset.spans == word_spans(preset.sentence)
    assert preset.n_heads == 1 and preset.scaled and preset.temperature == 1
    assert preset.name and preset.notes and len(set(preset.dimensions)) == 4
    np.testing.assert_array_equal(preset.W_O, np.eye(4))
    assert np.all((preset.x >= 0) & (preset.x <= 1))
    for table in TABLES:
        array = getattr(preset, table)
        np.testing.assert_array_equal(array, array.round(2))
        assert (array != 0).mean() < 0.6


@each_preset
def test_the_same_word_has_the_same_embedding(preset):
    seen: dict[str, list[float]] = {}
    for token, vector in zip(preset.tokens, preset.x.tolist(), strict=True):
        assert seen.setdefault(token.lower(), vector) == vector


@each_preset
def test_function_words_spread_their_attention_evenly(preset):
    weights = run(preset).heads.weights[0]
    for pos, token in enumerate(preset.tokens):
        if token in FUNCTION_WORDS:
            visible = weights[pos][weights[pos] > 0]
            assert visible.max() < 1.4 / len(visible), token


def test_no_row_of_weights_is_written_in_the_source():
    literals = [
        [cell.value for cell in node.elts if isinstance(cell, ast.Constant)]
        for node in ast.walk(ast.parse(inspect.getsource(presets)))
        if isinstance(node, ast.List | ast.Tuple)
    ]
    numbers = [found for found in literals if found and isinstance(found[0], int | float)]
    assert numbers
    for found in numbers:
        assert len(found) == 4, found  # an embedding or a row of a matrix, never a row of weights
    for preset in PRESETS:
        weights = run(preset).heads.weights[0, preset.query]
        tables = np.concatenate([getattr(preset, table).ravel() for table in TABLES])
        assert not np.isin(weights.max(), tables)


@each_preset
def test_editing_one_cell_changes_the_weights(preset):
    before = run(preset).heads.weights[0, preset.query]
    top = int(before.argmax())
    liked = int(preset.x[top].argmax())
    after = run(set_cell(preset, "x", top, liked, 0.1)).heads.weights[0, preset.query]
    assert after[top] < before[top] - 0.1


def test_the_notes_keep_their_promises():
    street, mat = of(ANIMAL_AND_STREET), of("The cat sat on the mat because it was tired")
    as_being = run(set_cell(street, "x", street.tokens.index("street"), 0, 1.0))
    assert as_being.heads.weights[0, street.query].argmax() == street.tokens.index("street")
    first, second = mat.W_Q[3, :2].tolist()
    swapped = set_cell(set_cell(mat, "W_Q", 3, 0, second), "W_Q", 3, 1, first)
    assert run(swapped).heads.weights[0, mat.query].argmax() == mat.tokens.index("mat")


def test_preset_for_takes_the_exact_sentence_only():
    assert preset_for("  the dog was\n") is of("the dog was")
    assert preset_for("The dog was") is None
    assert preset_for("") is None


def test_a_preset_is_found_by_its_name_and_no_other():
    assert [preset_named(preset.name) for preset in PRESETS] == list(PRESETS)
    with pytest.raises(ValueError, match=r"no preset “The cow”: choose one of The animal"):
        preset_named("The cow")
