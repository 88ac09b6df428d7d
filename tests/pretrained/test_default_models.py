"""The two default models for real: the curriculum's numbers, and our core against the library in every head."""

from copy import deepcopy
from dataclasses import fields, replace

import numpy as np
import pytest

from attention_core.pretrained.capture import as_tensors, capture, capture_layers, final_state
from attention_core.pretrained.engine import start
from attention_core.pretrained.layers import Capture
from attention_core.pretrained.loading import LoadedModel
from attention_core.pretrained.proof import TOLERANCE, prove
from attention_core.pretrained.run import AttentionCall, Run, core_attention

from .cases import (
    ANIMAL,
    CAT,
    PUPPY,
    largest_difference,
    library_outputs,
    library_weights,
    projected_outputs,
)


@pytest.mark.parametrize(
    ("model", "text", "expected"),
    [
        ("minilm", ANIMAL, {(5, 11, "it", "animal"): 0.65, (3, 1, "it", "animal"): 0.64}),
        ("minilm", CAT, {(5, 11, "it", "cat"): 0.71, (3, 1, "it", "cat"): 0.49}),
        ("minilm", PUPPY, {(3, 1, "She", "puppy"): 0.72}),
        ("smollm2", ANIMAL, {(13, 8, "it", "animal"): 0.75, (21, 6, "it", "street"): 0.56}),
        ("smollm2", CAT, {(13, 8, "it", "cat"): 0.80}),
        ("smollm2", PUPPY, {(13, 8, "She", "puppy"): 0.87}),
    ],
)
def test_the_weights_of_the_curriculum(model, text, expected, request):
    found = capture(text, request.getfixturevalue(model))
    names = [token.text for token in found.tokens]
    for (layer, head, query, key), weight in expected.items():
        weights = found.layers[layer].head_trace(head).weights
        assert weights[names.index(query), names.index(key)] == pytest.approx(weight, abs=0.01)


def test_every_weight_equals_the_library_s(captured, library):
    expected = library_weights(library_outputs(library, as_tensors(captured.inputs)))
    assert largest_difference([layer.weights for layer in captured.layers], expected) < 5e-5


def test_every_row_is_a_distribution(captured):
    for layer in captured.layers:
        np.testing.assert_allclose(layer.weights.sum(axis=-1), 1, atol=1e-6)


def test_every_token_has_its_place_in_the_text(minilm):
    found = capture("The cat sat", minilm)
    assert found.places == [(0, 0), (0, 3), (4, 7), (8, 11), (0, 0)]
    assert all(found.asks_itself(layer) for layer in found.layers)


def test_an_encoder_looks_everywhere(minilm):
    layers = capture(ANIMAL, minilm).layers
    assert {(layer.kind, layer.mask) for layer in layers} == {("encoder", None)}
    assert all((layer.weights > 0).all() for layer in layers)


def test_a_decoder_never_looks_ahead(smollm2):
    for layer in capture(ANIMAL, smollm2).layers:
        assert layer.kind == "decoder"
        np.testing.assert_array_equal(layer.mask, np.tri(layer.q.shape[1]))
        assert not np.triu(layer.weights, 1).any()


@pytest.mark.parametrize(
    ("model", "sizes", "group_size"), [("minilm", (6, 12, 32), 1), ("smollm2", (30, 9, 64), 3)]
)
def test_sizes_are_those_of_the_model(model, sizes, group_size, request):
    found = capture(ANIMAL, request.getfixturevalue(model))
    n_layers, n_heads, d_head = sizes
    assert len(found.layers) == n_layers
    for layer in found.layers:
        assert layer.q.shape == (n_heads, len(found.tokens), d_head)
        assert layer.k.shape == layer.v.shape == (n_heads // group_size, *layer.q.shape[1:])
        assert (layer.group_size, layer.scale) == (group_size, d_head**-0.5)


def test_head_outputs_and_the_bias_add_up_to_what_the_layer_gave(captured, loaded):
    layers, outputs, biases = projected_outputs(loaded.engine, as_tensors(captured.inputs))
    ours = [
        layer.head_output.sum(axis=0) + bias for layer, bias in zip(layers, biases, strict=True)
    ]
    size = max(np.abs(output).max() for output in outputs)
    assert largest_difference(ours, outputs) < 1e-6 * max(size, 1)


def test_the_weights_of_a_capture_are_bit_for_bit_those_that_ran(captured, loaded):
    ran = []
    run = Run(core_attention, lambda _, weights: ran.append(weights))
    loaded.engine.forward(as_tensors(captured.inputs), run)
    for layer, weights in zip(captured.layers, ran, strict=True):
        np.testing.assert_array_equal(layer.weights, weights)


def test_one_head_alone_is_that_head_of_the_layer(captured):
    for layer in captured.layers[::5]:
        alone = [layer.head_trace(head).weights for head in range(layer.n_heads)]
        np.testing.assert_allclose(alone, layer.weights, atol=1e-6)


def test_x_holds_the_rows_of_the_embedding_table(captured, library):
    table = library.get_input_embeddings().weight.detach().numpy()
    np.testing.assert_array_equal(captured.x, table[captured.inputs["input_ids"]])


def test_arrays_leave_read_only(captured):
    parts = (captured, *captured.layers)
    values = [getattr(part, field.name) for part in parts for field in fields(part)]
    arrays = [value for value in values if hasattr(value, "dtype")]
    assert len(arrays) >= 2 + 4 * len(captured.layers)
    assert all(isinstance(array, np.ndarray) for array in arrays)
    assert not any(array.flags.writeable for array in arrays)


def test_the_library_s_own_run_is_bit_for_bit_that_of_a_model_without_the_seam(
    captured, loaded, library
):
    inputs = as_tensors(captured.inputs)
    weights = []
    ours = loaded.engine.forward(inputs, Run(on_layer=lambda _, found: weights.append(found)))
    theirs = library_outputs(library, inputs)
    np.testing.assert_array_equal(final_state(ours), final_state(theirs))
    for found, expected in zip(weights, library_weights(theirs), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_the_proof_holds(captured, loaded):
    proof = prove(captured, loaded)
    assert proof.holds
    assert len(proof.weight_differences) == loaded.n_layers == len(captured.layers)
    assert proof.n_heads == loaded.n_layers * loaded.n_heads
    assert proof.output_size == pytest.approx(np.abs(captured.output).max(), rel=1e-4)


def run_with_scale(captured: Capture, loaded: LoadedModel, factor: float) -> Capture:
    """What a capture would hold if the core multiplied its scale by `factor`."""
    calls: list[AttentionCall] = []
    run = Run(
        lambda call: core_attention(replace(call, scale=call.scale * factor)),
        lambda call, _: calls.append(call),
    )
    outputs = loaded.engine.forward(as_tensors(captured.inputs), run)
    layers = [
        replace(layer, q=call.q, k=call.k, v=call.v, scale=call.scale * factor)
        for layer, call in zip(captured.layers, calls, strict=True)
    ]
    return replace(captured, layers=tuple(layers), output=final_state(outputs))


def test_the_right_scale_is_proved(captured, loaded):
    assert prove(run_with_scale(captured, loaded, 1.0), loaded).holds


@pytest.mark.parametrize("error", ["√d_head forgotten", "scale off by a thousandth"])
def test_a_wrong_core_is_not_proved(captured, loaded, error):
    factor = captured.layers[0].scale ** -1 if "forgotten" in error else 1.001
    proof = prove(run_with_scale(captured, loaded, factor), loaded)
    assert not proof.holds
    assert proof.weight_difference > 2 * TOLERANCE
    assert proof.weight_differences[0] > 0


def test_a_wrong_output_alone_is_not_proved(captured, loaded):
    wrong = replace(captured, output=captured.output * np.float32(1.001))
    proof = prove(wrong, loaded)
    assert not proof.holds
    assert proof.weight_difference < proof.tolerance


def test_in_float64_minilm_differs_by_less_than_1e_10(minilm):
    ours = deepcopy(minilm.engine.model).double()
    theirs = deepcopy(ours)
    theirs.set_attn_implementation("eager")
    inputs = as_tensors(capture(ANIMAL, minilm).inputs)
    engine = start(lambda _: ours, lambda _: inputs)
    layers, output = capture_layers(engine, inputs)
    expected = library_outputs(theirs, inputs)
    assert engine.through_seam
    assert output.dtype == np.float64
    assert largest_difference([x.weights for x in layers], library_weights(expected)) < 1e-10
    assert largest_difference([output], [final_state(expected)]) < 1e-10
