"""A text that rounds a lot is no mistake, and a mistake on such a text is found out all the same."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

import attention_core.pretrained.proof as proofs  # "from … import" may give a stand-in, not to be patched
from attention_core.pretrained.capture import as_tensors, capture, final_state
from attention_core.pretrained.interventions import Attend
from attention_core.pretrained.layers import Capture
from attention_core.pretrained.loading import LoadedModel
from attention_core.pretrained.proof import AS_ROUNDING, TOLERANCE, Rounding, prove
from attention_core.pretrained.run import AttentionCall, Run, core_attention
from attention_core.pretrained.two_runs import rescaled
from tests.pretrained.cases import ANIMAL

ROUNDS = " ".join(["buffalo"] * 150)  # in SmolLM2 more than TOLERANCE lies between two right runs


@pytest.fixture(scope="module", params=["MiniLM", pytest.param("SmolLM2", marks=pytest.mark.slow)])
def right(request: pytest.FixtureRequest) -> tuple[Capture, LoadedModel]:
    """A right run of each default model; float64 runs of SmolLM2 take twenty seconds."""
    model = request.getfixturevalue(request.param.lower())
    return capture({"MiniLM": ANIMAL, "SmolLM2": ROUNDS}[request.param], model), model


def captured_with(
    attend: Attend, right: Capture, loaded: LoadedModel, factor: float = 1
) -> Capture:
    """What a capture would hold if the core were `attend`; `factor` is what its scale is off by."""
    calls: list[AttentionCall] = []
    outputs = loaded.engine.forward(
        as_tensors(right.inputs), Run(attend, lambda call, _: calls.append(call))
    )
    layers = [
        replace(layer, q=call.q, k=call.k, v=call.v, scale=call.scale * factor)
        for layer, call in zip(right.layers, calls, strict=True)
    ]
    return replace(right, layers=tuple(layers), output=final_state(outputs))


def swapped_in(layer: int) -> Attend:
    """Heads and tokens mixed up when the context is handed back, in one layer."""

    def attend(call: AttentionCall):
        trace = core_attention(call)
        if call.layer != layer:
            return trace
        n_heads, n_q, d_v = trace.context.shape
        mixed = trace.context.swapaxes(0, 1).reshape(n_heads, n_q, d_v)
        return replace(trace, context=np.ascontiguousarray(mixed))

    return attend


@pytest.mark.slow
def test_a_text_that_rounds_much_is_settled_in_float64(smollm2):
    proof = prove(capture(ROUNDS, smollm2), smollm2)
    assert proof.weight_difference > TOLERANCE and not proof.is_usual
    assert proof.holds and proof.is_settled and proof.rounding is not None


def test_rounding_is_what_separate_instances_of_both_precisions_differ_by(minilm):
    read = capture(ANIMAL, minilm)
    found = proofs.rounding(read, minilm)
    single = copy.deepcopy(minilm.engine.backbone)
    double = copy.deepcopy(single).double()
    for model in (single, double):
        model.set_attn_implementation("eager")
    with torch.inference_mode():
        near, exact = (
            model(**as_tensors(read.inputs), output_attentions=True) for model in (single, double)
        )
    size = exact.last_hidden_state.abs().max()
    expected = (near.last_hidden_state - exact.last_hidden_state).abs().max() / max(size, 1)
    assert found.explains
    assert found.library_output == pytest.approx(float(expected), rel=1e-3)
    errors = [
        float((a - b).abs().max()) for a, b in zip(near.attentions, exact.attentions, strict=True)
    ]
    np.testing.assert_allclose(found.library, errors, rtol=1e-3)


@pytest.mark.parametrize("mistake", ["scale", "order"])
def test_a_wrong_core_is_found_out_in_float64_too(right, mistake):
    read, model = right
    if mistake == "scale":
        wrong = captured_with(rescaled(1.001), read, model, 1.001)
    else:
        wrong = captured_with(swapped_in(model.n_layers - 1), read, model)
    proof = prove(wrong, model)
    assert proof.rounding is not None
    assert not proof.holds and proof.is_settled


def test_a_usual_text_costs_no_float64(minilm, monkeypatch):
    monkeypatch.setattr(proofs, "rounding", None)  # calling it would be an error
    assert prove(capture("the cat sat on a mat", minilm), minilm).holds


def test_where_float64_cannot_be_run_nobody_is_accused(minilm, monkeypatch):
    def refuses(_: AttentionCall):
        raise RuntimeError("expected scalar type Float but found Double")

    monkeypatch.setattr(proofs, "TOLERANCE", 0.0)
    monkeypatch.setattr(proofs, "by_torch", refuses)
    read = capture("the cat sat", minilm)
    assert proofs.rounding(read, minilm) is None
    proof = replace(prove(read, minilm), tolerance=0.0)
    assert not proof.is_usual and not proof.is_settled and not proof.holds


@pytest.mark.parametrize(
    ("ours", "library", "explains"),
    [
        ([1e-4, 1e-3], [1e-4, 1e-3], True),
        ([1e-6, 1.1 * AS_ROUNDING * 1e-4], [1e-6, 1e-4], False),
        ([1e-6, 9e-4], [1e-4, 1e-6], True),  # an error that came from the layer before
        ([2e-3, 1e-3], [1e-6, 1e-3], False),  # too much in layer 0, though not in layer 1
        ([np.nan, 0.0], [1.0, 1.0], False),
    ],
)
def test_the_bound_is_ten_times_the_library_s_error_so_far(ours, library, explains):
    found = Rounding(np.array(ours), np.array(library), 0.0, 0.0)
    assert found.explains is explains
    assert not Rounding(np.zeros(1), np.zeros(1), 1e-3, 9e-5).explains


def test_a_family_that_insists_on_float32_leaves_rounding_unsettled(minilm):
    read = capture(ANIMAL, minilm)
    model = copy.deepcopy(minilm.engine.model)
    single = torch.eye(model.config.hidden_size)
    model.base_model.register_forward_hook(
        lambda module, given, output: torch.nn.functional.linear(output[0], single)
    )
    insists = replace(minilm, engine=replace(minilm.engine, model=model))
    assert proofs.rounding(read, insists) is None
