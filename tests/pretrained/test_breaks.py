"""The ten mistakes inside the two default models: what each does to the weights, to other layers, and to the result."""

from functools import cache

import numpy as np
import pytest

from attention_core.analysis.broken import FUNCTIONS, NAMES, function_of, in_wrong_order
from attention_core.analysis.effects import kl_bits, turned_by
from attention_core.analysis.invariants import RIGHT, violations_of
from attention_core.attention import attention
from attention_core.heads import repeat_kv
from attention_core.pretrained.capture import capture
from attention_core.pretrained.interventions import computed_by
from attention_core.pretrained.layers import Capture
from attention_core.pretrained.loading import LoadedModel
from attention_core.pretrained.outcome import outcomes
from attention_core.pretrained.rope import rope_of
from attention_core.pretrained.run import Outcome, Run, core_attention
from attention_core.pretrained.tokens import tokenize
from attention_core.softmax import softmax
from tests.pretrained.cases import ANIMAL

PARIS = "The capital of France is"
NUMBERS = [name for name in NAMES if name != "no-max"]
MASKS = ["mask-after", "no-mask"]
LAYER = {"MiniLM": 3, "SmolLM2": 13}


class Broken:
    """Runs of one text with every mistake a model can have, in one pass, and every layer's weights in them."""

    def __init__(self, loaded: LoadedModel, text: str, layers: tuple[int, ...] | None) -> None:
        self.loaded, self.read = loaded, capture(text, loaded)
        ids = tokenize(text, loaded.tokenizer, loaded.max_tokens).ids
        self.angles = rope_of(loaded.engine).angles(len(ids))
        self.names = [name for name in NAMES if name != "rope" or self.angles is not None]
        self.weights: dict[str, list[np.ndarray]] = {name: [] for name in ["", *self.names]}
        attends = [core_attention, *(self._attend(name, layers) for name in self.names)]
        runs = [
            Run(attend, lambda _, weights, kept=kept: kept.append(weights))
            for attend, kept in zip(attends, self.weights.values(), strict=True)
        ]
        self.outcomes = dict(zip(self.weights, outcomes(ids, loaded, runs), strict=True))

    def _attend(self, name: str, layers: tuple[int, ...] | None):
        return computed_by(function_of(name, self.angles), layers)

    @property
    def control(self) -> Outcome:
        return self.outcomes[""]

    def bits(self, name: str) -> float:
        return float(kl_bits(self.control.logits, self.outcomes[name].logits))

    def turned(self, name: str) -> float:
        """1 − cos of the mean vector, which stands for the sentence."""
        means = (each.states.mean(axis=0) for each in (self.control, self.outcomes[name]))
        return float(turned_by(*means))

    def likeliest(self, name: str) -> str:
        return self.loaded.tokenizer.decode([int(self.outcomes[name].logits.argmax())])


@cache
def _broken(loaded_id: int, text: str, layers: tuple[int, ...] | None) -> Broken:
    return Broken(LOADED[loaded_id], text, layers)


LOADED: dict[int, LoadedModel] = {}


def broken(loaded: LoadedModel, text: str = ANIMAL, layers: tuple[int, ...] | None = None) -> Broken:  # fmt: skip
    LOADED[id(loaded)] = loaded
    return _broken(id(loaded), text, layers)


def inputs_of(read: Capture, layer: int) -> tuple:
    given = read.layers[layer]
    k, v = (repeat_kv(each, given.group_size) for each in (given.k, given.v))
    return given.q, k, v, given.mask, given.bias, given.scale


def test_in_one_layer_the_mistake_is_the_very_function_on_what_the_layer_was_handed(loaded):
    layer = LAYER[loaded.model_id]
    runs = broken(loaded, layers=(layer,))
    for name in runs.names:
        expected = function_of(name, runs.angles)(*inputs_of(runs.read, layer)).weights
        np.testing.assert_allclose(runs.weights[name][layer], expected, atol=2e-5)
        for before in range(layer):
            np.testing.assert_array_equal(runs.weights[name][before], runs.weights[""][before])
    changed = set(runs.names) - (set(MASKS) if loaded.model_id == "MiniLM" else set())
    for name in changed:
        after = runs.weights[name][layer + 1] - runs.weights[""][layer + 1]
        assert not np.abs(after).max() < 1e-3  # the next layer reads something else, or no number


def test_every_mistake_in_all_layers_moves_the_prediction(smollm2):
    runs = broken(smollm2)
    for name in NUMBERS:
        assert runs.bits(name) > 0.3, name
    assert np.isnan(runs.bits("no-max"))
    noise = kl_bits(runs.control.logits, broken(smollm2, layers=(13,)).control.logits)
    assert noise < 1e-6


def test_every_mistake_in_all_layers_turns_the_sentence_vector(minilm):
    runs = broken(minilm)
    assert "rope" not in runs.names
    for name in set(runs.names) - {*MASKS, "no-max"}:
        assert runs.turned(name) > 0.1, name
    assert np.isnan(runs.turned("no-max"))


def test_a_model_without_a_mask_does_not_miss_it(minilm):
    runs = broken(minilm)
    for name in MASKS:
        np.testing.assert_array_equal(runs.outcomes[name].states, runs.control.states)


def test_a_sure_prediction_survives_the_wrong_order_of_rope_and_nothing_else(smollm2):
    runs = broken(smollm2, PARIS)
    assert runs.likeliest("") == " Paris"
    assert [name for name in NUMBERS if runs.likeliest(name) == " Paris"] == ["rope"]
    assert 0.1 < runs.bits("rope") < 1 < 5 < min(runs.bits(n) for n in NUMBERS if n != "rope")


def test_one_wrong_layer_of_thirty_goes_unnoticed(smollm2):
    runs = broken(smollm2, PARIS, layers=(13,))
    assert all(runs.likeliest(name) == " Paris" for name in NUMBERS)
    assert all(runs.bits(name) < 0.3 for name in NUMBERS)


def test_without_the_root_rows_get_sharper(loaded):
    runs = broken(loaded)
    for layer in (0, LAYER[loaded.model_id]):
        wrong = function_of("no-root")(*inputs_of(runs.read, layer)).weights.max(axis=-1)
        right = runs.weights[""][layer].max(axis=-1)
        assert (wrong >= right - 1e-6).all() and wrong.mean() > right.mean() + 0.1


def test_over_the_wrong_axis_columns_sum_to_one_in_every_layer(loaded):
    for weights in broken(loaded).weights["wrong-axis"]:
        np.testing.assert_allclose(weights.sum(axis=-2), 1, atol=1e-5)
        np.testing.assert_allclose(weights.sum(axis=-1).mean(axis=-1), 1, atol=1e-5)
        assert np.abs(weights.sum(axis=-1) - 1).max() > 0.5


def test_masked_too_late_the_first_token_loses_what_the_future_had(smollm2):
    runs = broken(smollm2)
    weights = runs.weights["mask-after"][0]
    n = weights.shape[-1]
    assert not weights[:, ~np.tri(n, dtype=bool)].any()
    q, k, v, _, bias, scale = inputs_of(runs.read, 0)
    free = attention(q, k, v, None, bias, scale).weights
    np.testing.assert_allclose(weights.sum(axis=-1), np.tril(free).sum(axis=-1), atol=1e-5)
    assert weights[:, 0].sum(axis=-1).max() < 0.9
    np.testing.assert_allclose(weights[:, -1].sum(axis=-1), 1, atol=1e-5)


def test_without_the_mask_the_first_token_knows_the_last(smollm2):
    attends = [core_attention, computed_by(function_of("no-mask"))]
    first_states = []
    for text in ("the cat was red", "the cat was green"):
        ids = tokenize(text, smollm2.tokenizer, smollm2.max_tokens).ids
        ends = outcomes(ids, smollm2, [Run(attend) for attend in attends])
        first_states.append([end.states[0] for end in ends])
    (right, wrong), (right_other, wrong_other) = first_states
    scale = np.abs(right).max()
    assert np.abs(right - right_other).max() < 1e-4 * scale
    assert np.abs(wrong - wrong_other).max() > 0.01 * scale
    assert broken(smollm2).weights["no-mask"][13][:, 0, 1:].sum() > 0.1


def test_swapped_scores_are_mirrored(loaded):
    layer = LAYER[loaded.model_id]
    runs = broken(loaded, layers=(layer,))
    q, k, _, mask, _, scale = inputs_of(runs.read, layer)
    mirrored = (q @ k.swapaxes(-1, -2)).swapaxes(-1, -2) * np.float32(scale)
    allowed = mirrored if mask is None else np.where(mask, mirrored, -np.inf)
    np.testing.assert_allclose(runs.weights["swapped"][layer], softmax(allowed), atol=1e-4)


def test_averaged_heads_are_all_alike_and_their_mean_is_the_control_s(loaded):
    runs = broken(loaded)
    for weights in runs.weights["averaged"]:
        np.testing.assert_array_equal(weights, np.broadcast_to(weights[:1], weights.shape))
    np.testing.assert_allclose(
        runs.weights["averaged"][0][0], runs.weights[""][0].mean(axis=0), atol=1e-6
    )
    assert runs.weights[""][0].std(axis=0).max() > 0.1  # they were not alike before


def test_uniform_rows_are_even_over_the_keys_they_may_see(loaded):
    runs = broken(loaded)
    mask = runs.read.layers[0].mask
    n = len(runs.read.tokens)
    allowed = np.ones((n, n)) if mask is None else np.broadcast_to(mask, (n, n))
    even = allowed / allowed.sum(axis=-1, keepdims=True)
    for weights in runs.weights["uniform"]:
        np.testing.assert_allclose(weights, np.broadcast_to(even, weights.shape), atol=1e-6)


def test_a_second_softmax_gives_the_future_weight(smollm2):
    for weights in broken(smollm2).weights["twice"]:
        n = weights.shape[-1]
        assert (weights[:, 0, 1:] > 1 / (n * np.e)).all()
        assert (weights.max(axis=-1) <= np.e * weights.min(axis=-1) * 1.0001).all()


@pytest.mark.filterwarnings("error")
def test_without_the_largest_no_number_comes_out_of_the_model(loaded):
    for layers in (None, (LAYER[loaded.model_id],)):
        runs = broken(loaded, layers=layers)
        outcome = runs.outcomes["no-max"]
        assert np.isnan(outcome.states).all()
        assert outcome.logits is None or np.isnan(outcome.logits).all()
        assert np.isfinite(runs.control.states).all()  # the other rows of the batch do not notice
        assert np.isfinite(runs.outcomes["uniform"].states).all()


def test_the_wrong_order_of_rope_changes_no_length_and_not_the_first_token(smollm2):
    runs = broken(smollm2, layers=(13,))
    q, k, *_ = inputs_of(runs.read, 13)
    for turned in (q, k):
        wrong = in_wrong_order(turned, runs.angles)
        lengths = [np.linalg.norm(each, axis=-1) for each in (turned, wrong)]
        np.testing.assert_allclose(*lengths, rtol=1e-4)
        np.testing.assert_allclose(wrong[:, 0], turned[:, 0], atol=1e-4)
        assert np.abs(wrong[:, 1:] - turned[:, 1:]).max() > 1


def test_four_mistakes_pass_every_rule_and_still_move_the_prediction(smollm2):
    runs = broken(smollm2)
    passing = set(runs.names)
    for layer in range(smollm2.n_layers):
        given = inputs_of(runs.read, layer)
        found = {name: violations_of(name, *given, runs.angles) for name in (RIGHT, *runs.names)}
        passing &= {name for name in passing if not any(found[name].broken().values())}
        assert not any(found[RIGHT].broken().values())
        for name, rules in {"no-mask": "future", "twice": "future", "swapped": "shuffle"}.items():
            assert found[name].broken()[rules]
    assert passing == {"no-root", "averaged", "uniform", "rope"}
    assert min(runs.bits(name) for name in passing) > 0.3
    assert set(FUNCTIONS) - passing == {"wrong-axis", "mask-after", "no-mask", "swapped", "twice", "no-max"}  # fmt: skip
