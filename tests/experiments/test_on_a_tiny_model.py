"""The experiments as plain functions of a loaded model, each held against a run of its own; no page, no Streamlit."""

import re

import numpy as np
import pytest
import transformers as hf

from attention_core.analysis.broken import NAMES, ROPE
from attention_core.analysis.effects import kl_bits, probabilities
from attention_core.analysis.invariants import RIGHT
from attention_core.analysis.pronoun_prompts import ANIMAL
from attention_core.experiments.changed_run import changed_run, moved
from attention_core.experiments.controls import (
    IN_LAYERS,
    IN_MODEL,
    other_edges,
    other_heads,
    other_tokens,
)
from attention_core.experiments.float64_check import float64_check
from attention_core.experiments.head_copies import head_copies
from attention_core.experiments.knock_out import (
    EdgesCut,
    HeadsOut,
    TokenOut,
    attend_of,
    chances,
    effects,
)
from attention_core.experiments.mistakes import (
    Moved,
    moved_by,
    violations_in_layer,
    violations_in_toy,
    with_mistake,
    worst_first,
)
from attention_core.experiments.pronouns import answer_of, leanings, texts_for, weight_on_noun
from attention_core.pretrained.capture import capture
from attention_core.pretrained.loading import LoadedModel, load
from attention_core.pretrained.outcome import outcomes
from attention_core.pretrained.run import Outcome, Run, core_attention
from attention_core.pretrained.tokens import tokenize
from attention_core.toy.presets import PRESETS
from tests.pretrained.families import GPT2_SIZES
from tests.pretrained.folders import saved

TEXT = "the cat sat on a mat"
N_TOKENS, LAYER, HEAD = 6, 1, 2


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    """A tiny causal model, which predicts the next token."""
    folder = tmp_path_factory.mktemp("gpt2")
    return load(saved(folder, hf.GPT2LMHeadModel, hf.GPT2Config(**GPT2_SIZES)))


@pytest.fixture(scope="module")
def ids(gpt2: LoadedModel) -> list[int]:
    return tokenize(TEXT, gpt2.tokenizer, gpt2.max_tokens).ids


@pytest.fixture(scope="module")
def control(ids: list[int], gpt2: LoadedModel) -> Outcome:
    return outcomes(ids, gpt2, [Run(core_attention)])[0]


def test_a_changed_run_has_the_weights_of_its_own_run(ids, gpt2, control):
    unchanged = changed_run(ids, gpt2, core_attention, LAYER, HEAD)
    np.testing.assert_allclose(
        unchanged.weights, capture(TEXT, gpt2).layers[LAYER].weights[HEAD], rtol=1e-5, atol=1e-7
    )
    assert moved(control, unchanged.outcome) == pytest.approx(0, abs=1e-9)
    out = changed_run(ids, gpt2, attend_of(HeadsOut(((LAYER, HEAD),), "zero")), LAYER, HEAD)
    assert not out.weights.any() and moved(control, out.outcome) > 0


@pytest.mark.parametrize(
    "change",
    [
        HeadsOut(((0, 1), (LAYER, HEAD)), "uniform"),
        EdgesCut(((5, 2),), ((LAYER, HEAD),), "zero"),
        EdgesCut(((5, 2), (4, 1)), None, "blocked"),
        TokenOut(2, N_TOKENS, "blocked"),
    ],
)
def test_an_effect_is_that_of_the_change_in_a_run_of_its_own(change, ids, gpt2, control):
    (effect,) = effects(ids, gpt2, control, [attend_of(change)])
    (end,) = outcomes(ids, gpt2, [Run(attend_of(change))])
    assert effect.bits == pytest.approx(float(kl_bits(control.logits, end.logits)), rel=1e-3)
    np.testing.assert_allclose(
        chances([effect], 4, gpt2), [probabilities(end.logits)[4]], rtol=1e-4
    )


def test_a_mean_that_is_zero_does_what_zero_does(ids, gpt2, control):
    heads, d_v = ((LAYER, HEAD),), capture(TEXT, gpt2).layers[LAYER].v.shape[-1]
    means = [np.zeros((GPT2_SIZES["n_head"], d_v), np.float32)] * GPT2_SIZES["n_layer"]
    zero, mean = (attend_of(HeadsOut(heads, instead), means) for instead in ("zero", "mean"))
    by_zero, by_mean = effects(ids, gpt2, control, [zero, mean])
    assert by_mean.bits == pytest.approx(by_zero.bits, rel=1e-4)


def test_other_heads_are_as_many_of_the_same_layers_and_none_of_them_is_out():
    heads = [(layer, head) for layer in range(3) for head in range(4)]
    change = HeadsOut(((0, 1), (2, 3)), "zero")
    others = other_heads(heads, change, IN_LAYERS)
    assert len(others.changes) == 9 and not others.are_all  # 3 × 3, but not single ones
    for other in others.changes:
        assert [layer for layer, _ in other.heads] == [0, 2]
        assert not set(other.heads) & set(change.heads)
    alone = other_heads(heads, HeadsOut(((1, 0),), "zero"), IN_MODEL, all_measured=True)
    assert alone.are_all and len(alone.changes) == len(heads) - 1


def test_other_edges_keep_their_queries_and_never_are_blocked_ones():
    blocked = np.triu(np.ones((N_TOKENS, N_TOKENS), bool), 1)
    others = other_edges(EdgesCut(((3, 1),), None, "zero"), N_TOKENS, blocked)
    assert {edge for other in others.changes for edge in other.edges} == {(3, 0), (3, 2), (3, 3)}


def test_other_tokens_are_all_of_a_short_text_and_some_of_a_long_one():
    few = other_tokens(TokenOut(2, 5, "zero"))
    assert few.are_all and [each.token for each in few.changes] == [0, 1, 3, 4]
    many = other_tokens(TokenOut(2, 60, "zero"))
    assert not many.are_all and len(many.changes) == 20


def test_a_mistake_moves_the_result_as_its_run_does(ids, gpt2, control):
    attends = [with_mistake(name, (0, 1), None) for name in ("uniform", "twice")]
    found = moved_by(ids, gpt2, control, attends)
    ends = outcomes(ids, gpt2, [Run(attend) for attend in attends])
    for each, end in zip(found, ends, strict=True):
        assert each.amount == pytest.approx(moved(control, end), rel=1e-3)
        assert each.likeliest == int(end.logits.argmax())


def test_no_result_is_worst_and_what_cannot_be_made_stands_last():
    amounts = {name: Moved(float(i), None) for i, name in enumerate(NAMES) if name != ROPE}
    amounts["uniform"] = Moved(float("nan"), None)
    ranked = worst_first(amounts)
    assert ranked[0] == "uniform" and ranked[-1] == ROPE and set(ranked) == set(NAMES)
    sizes = [amounts[name].amount for name in ranked[1:-1]]
    assert sizes == sorted(sizes, reverse=True)


def test_the_right_attention_breaks_no_rule_and_the_wrong_axis_does(gpt2):
    layer = capture(TEXT, gpt2).layers[LAYER]
    toy = violations_in_toy(PRESETS[0], {ROPE: "positions"})
    for found in (violations_in_layer(layer, ("wrong-axis",), None), toy):
        assert not any(found[RIGHT].broken().values())
        assert found["wrong-axis"].broken()["row_sums"]


def test_float64_leaves_nothing_of_rounding_and_all_of_a_mistake(ids, gpt2):
    stages: list[str] = []
    check = float64_check(ids, gpt2, stages.append)
    ours, wrong = check.exact.runs
    assert ours.is_exact and wrong.largest > 1e-7 and len(stages) >= 2


def test_copies_of_a_head_get_closer_with_each_number(gpt2):
    copies = head_copies(capture(TEXT, gpt2), LAYER, HEAD)
    errors = [twin.variation for twin in copies.twins]
    assert len(copies.shuffled_variation) == len(errors) and errors[-1] < 0.01 < errors[0]
    assert copies.mask == "causal" and copies.tokens == tuple(TEXT.split())


def test_only_layers_measured_on_every_text_are_in_the_answer():
    asked = texts_for(by_prediction=False)
    n = len(asked.texts)
    found = {(1, i): np.array([0.5, 0.5 - i, 0.5]) for i in range(n)} | {(0, 0): np.zeros(3)}
    answer = answer_of(asked, {0: 2, 1: 2}, found)
    assert answer.heads == [(1, 0), (1, 1)]
    assert answer.means() == {(1, 0): pytest.approx(-(n - 1) / 2), (1, 1): 0}
    assert answer.means(sizes=True)[1, 0] == pytest.approx((n - 1) / 2)


def test_the_weight_of_a_noun_is_that_of_all_its_pieces_and_the_last_piece_asks():
    words = [each.span() for each in re.finditer(r"\w+", ANIMAL.text)]
    start, end = ANIMAL.place("animal")
    i, j = words.index((start, end)), words.index(ANIMAL.place("it"))
    cut = [*words[:i], (start, start + 3), (start + 3, end), *words[i + 1 :]]  # ani, mal
    weights = np.arange(len(cut) ** 2, dtype=float).reshape(len(cut), len(cut))
    expected = weights[j + 1, i] + weights[j + 1, i + 1]
    assert weight_on_noun(ANIMAL, cut, weights) == expected
    assert weight_on_noun(ANIMAL, words[:j], weights) is None  # a text that is cut before "it"


def test_a_model_that_cannot_tell_the_nouns_apart_has_no_leaning(gpt2):
    asked = texts_for(by_prediction=True)
    found = leanings(asked.texts[0], gpt2, LAYER, GPT2_SIZES["n_head"], "zero")
    assert np.isnan(found).all() and len(found) == 1 + GPT2_SIZES["n_head"]
