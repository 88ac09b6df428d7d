"""Our run against the library's: the differences are those of separate instances, vanish in float64, and a mistake's stay."""

import gc
import weakref

import numpy as np
import pytest
import torch
from transformers import PreTrainedModel

from attention_core.pretrained.capture import capture
from attention_core.pretrained.float64 import by_torch, bytes_in_float64, in_float64
from attention_core.pretrained.loading import load
from attention_core.pretrained.prediction import next_token_logits
from attention_core.pretrained.proof import TOLERANCE, prove
from attention_core.pretrained.run import LIBRARY, AttentionCall, Run, core_attention
from attention_core.pretrained.states import hidden_states
from attention_core.pretrained.tokens import tokenize
from attention_core.pretrained.two_runs import (
    EXACT,
    compare,
    library_weights,
    rescaled,
    turn_about,
)
from tests.pretrained.cases import ANIMAL
from tests.pretrained.families import THROUGH_SEAM
from tests.pretrained.folders import saved

TEXT = "the cat sat on a mat"
SUSPICIOUS = 2 * TOLERANCE
OFF = 1.001
FAMILIES = sorted(set(THROUGH_SEAM) - {"ViT"})


def ids_of(text: str, loaded) -> list[int]:
    return tokenize(text, loaded.tokenizer, loaded.max_tokens).ids


@pytest.fixture(scope="module")
def compared(loaded):
    return compare(ids_of(ANIMAL, loaded), loaded, [core_attention, rescaled(OFF)])


def test_the_control_is_the_library_s_own_model(loaded, library: PreTrainedModel, compared):
    ids = torch.tensor([ids_of(ANIMAL, loaded)])
    with torch.inference_mode():
        alone = library(input_ids=ids, output_hidden_states=True, use_cache=False)
    np.testing.assert_array_equal(compared.control.states, alone.hidden_states[-1][0].numpy())
    ours = hidden_states(ANIMAL, loaded)
    for layer, theirs in enumerate(alone.hidden_states[1:]):
        apart, size = compared.runs[0], float(theirs.abs().max())
        assert apart.sizes[layer] == pytest.approx(size)
        expected = np.abs(ours[layer + 1] - theirs[0].numpy()).max()
        assert apart.states[layer] == pytest.approx(expected, abs=1e-5 * size)


def test_our_weights_are_as_far_off_as_the_proof_says(loaded, compared):
    proof = prove(capture(ANIMAL, loaded), loaded)
    apart = compared.runs[0]
    assert apart.weights.shape == proof.weight_differences.shape
    assert apart.weights.max() < TOLERANCE and proof.weight_difference < TOLERANCE
    assert apart.is_usual and proof.holds


def test_a_scale_that_is_off_by_a_thousandth_is_found_out(compared):
    ours, wrong = compared.runs
    assert wrong.weights.max() > 5 * SUSPICIOUS > 100 * ours.weights.max()
    assert not wrong.is_usual


def test_logits_are_those_of_the_whole_model_and_nearly_the_library_s(smollm2):
    ids = ids_of("the hot dog was", smollm2)
    found = compare(ids, smollm2, [core_attention])
    expected = next_token_logits(ids, smollm2.engine, LIBRARY)
    np.testing.assert_allclose(found.control.logits, expected, atol=1e-4)
    np.testing.assert_allclose(found.runs[0].outcome.logits, expected, atol=1e-3)


def test_float64_ends_the_matter_for_minilm(minilm):
    ids = ids_of(ANIMAL, minilm)
    with in_float64(minilm) as double:
        found = compare(ids, double, [core_attention, rescaled(OFF)])
    ours, wrong = found.runs
    assert not found.rounds
    assert ours.outcome.states.dtype == found.control.states.dtype == np.float64
    assert max(ours.weights.max(), ours.states.max()) < 1e-13
    assert ours.is_exact and not wrong.is_exact
    assert wrong.weights.max() > SUSPICIOUS


@pytest.mark.slow
def test_smollm2_s_library_rounds_in_float64_and_torch_does_not(smollm2):
    ids = ids_of("the hot dog was", smollm2)
    with in_float64(smollm2) as double:
        library = compare(ids, double, [core_attention])
        torch_s = compare(ids, double, [core_attention, rescaled(OFF)], Run(by_torch))
    assert library.rounds and library.runs[0].weights.max() > 1e-9
    assert not library.runs[0].is_exact
    assert not torch_s.rounds
    ours, wrong = torch_s.runs
    assert ours.is_exact and ours.largest < EXACT
    assert np.abs(ours.outcome.logits - torch_s.control.logits).max() < EXACT
    assert ours.outcome.logits.dtype == np.float64
    assert wrong.weights.max() > SUSPICIOUS


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_compared_and_float64_tells_rounding_from_a_mistake(family, tmp_path):
    loaded = load(saved(tmp_path, *THROUGH_SEAM[family]))
    ids = ids_of(TEXT, loaded)
    plain = compare(ids, loaded, [core_attention, rescaled(1.01)])
    assert [run.is_usual for run in plain.runs] == [True, False]
    assert len(plain.runs[0].weights) == len(plain.runs[0].states) == 2
    before = loaded.engine.backbone.state_dict()
    with in_float64(loaded) as double:
        ours, wrong = compare(ids, double, [core_attention, rescaled(1.01)], Run(by_torch)).runs
    assert max(ours.weights.max(), ours.shares.max()) < EXACT
    assert wrong.weights.max() == pytest.approx(plain.runs[1].weights.max(), rel=0.02)
    after = loaded.engine.backbone.state_dict()
    assert all(after[name] is not None and after[name].equal(before[name]) for name in before)
    assert {tensor.dtype for tensor in after.values() if tensor.is_floating_point()} == {
        torch.float32
    }


def float64_bytes(model: torch.nn.Module) -> int:
    """What a model holds in float64 at this moment."""
    tensors = {id(t): t for t in (*model.parameters(), *model.buffers())}
    return sum(t.nbytes for t in tensors.values() if t.dtype == torch.float64)


def test_only_one_layer_at_a_time_is_held_in_float64(loaded):
    before = {name: t.clone() for name, t in list(loaded.engine.model.state_dict().items())[:40]}
    held: list[int] = []
    with in_float64(loaded) as double:
        model = weakref.ref(double.engine.model)
        count = Run(on_layer=lambda *_: held.append(float64_bytes(model())))
        double.engine.forward({"input_ids": torch.tensor([ids_of(TEXT, loaded)])}, count)
        rest = float64_bytes(double.engine.model)
    a_layer = sum(
        t.nbytes for t in loaded.engine.backbone.get_submodule(_first(loaded)).parameters()
    )
    assert max(held) - rest == 2 * a_layer
    assert max(held) <= bytes_in_float64(loaded) + 1000  # and small buffers, as RoPE's
    del double, count
    gc.collect()
    assert model() is None
    after = loaded.engine.model.state_dict()
    assert all(torch.equal(after[name], before[name]) for name in before)


def _first(loaded) -> str:
    return "encoder.layer.0" if loaded.model_id == "MiniLM" else "layers.0"


def test_torch_s_attention_hands_out_the_weights_that_it_uses():
    rng = np.random.default_rng(0)
    q, k, v = rng.normal(size=(4, 3, 5)), rng.normal(size=(2, 6, 5)), rng.normal(size=(2, 6, 7))
    mask = np.tril(np.ones((3, 6), dtype=bool), 2)
    bias = rng.normal(size=(4, 3, 6))
    for call in (
        AttentionCall(torch.nn.Identity(), 0, q, k, v, mask, bias, 0.3),
        AttentionCall(torch.nn.Identity(), 0, q, k, v, mask, None, 0.3),
        AttentionCall(torch.nn.Identity(), 0, q, k, v, None, None, 0.3),
    ):
        ours, theirs = core_attention(call), by_torch(call)
        np.testing.assert_allclose(theirs.weights, ours.weights, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(theirs.context, ours.context, rtol=1e-12, atol=1e-15)
        assert theirs.weights.base is not ours.weights


def test_one_head_of_the_library_s_own_run(loaded, library: PreTrainedModel):
    ids = ids_of(ANIMAL, loaded)
    with torch.inference_mode():
        alone = library(
            input_ids=torch.tensor([ids]), output_attentions=True, use_cache=False
        ).attentions
    np.testing.assert_array_equal(
        library_weights(ids, loaded, layer=3, head=1), alone[3][0, 1].numpy()
    )


def test_a_single_token_leaves_nothing_to_differ(minilm):
    (apart,) = compare(ids_of("a", minilm)[:1], minilm, [core_attention]).runs
    assert apart.weights.max() == 0 and apart.is_usual


def test_both_are_timed_turn_about(minilm):
    times = turn_about(ids_of(TEXT, minilm), minilm, 3)
    assert len(times.library) == len(times.ours) == 3
    assert min(*times.library, *times.ours) > 0
    assert times.ratio == np.median(times.ours) / np.median(times.library)
