"""Families with an attention method of their own, held against a separately read eager model."""

import copy

import numpy as np
import pytest
import torch

from attention_core.masks import causal_mask, sliding_window_mask
from attention_core.pretrained.capture import capture_layers
from attention_core.pretrained.engine import start
from attention_core.pretrained.interventions import without_heads
from attention_core.pretrained.run import Run, core_attention

from .cases import largest_difference, library_outputs, library_weights, projected_outputs
from .families import GPT2_SIZES, IDS, OWN_METHOD, inputs_for, reader

every_family = pytest.mark.parametrize("family", OWN_METHOD)


@every_family
def test_the_core_runs_in_it_and_weights_and_output_are_the_library_s(family):
    read = reader(*OWN_METHOD[family])
    engine = start(read, inputs_for)
    assert engine.through_seam
    assert engine.notes == ()
    inputs = inputs_for(engine.model)
    layers, output = capture_layers(engine, inputs)
    expected = library_outputs(read("eager"), inputs)
    assert largest_difference([x.weights for x in layers], library_weights(expected)) < 1e-5
    assert largest_difference([output], [expected.last_hidden_state[0].numpy()]) < 5e-5
    assert [layer.kind for layer in layers] == ["decoder"] * 2


@every_family
def test_head_outputs_and_the_bias_add_up_to_what_the_layer_gave(family):
    engine = start(reader(*OWN_METHOD[family]), inputs_for)
    layers, outputs, biases = projected_outputs(engine, inputs_for(engine.model))
    ours = [x.head_output.sum(axis=0) + bias for x, bias in zip(layers, biases, strict=True)]
    assert largest_difference(ours, outputs) < 1e-5


def test_gpt_neo_does_not_scale_and_looks_back_through_a_window():
    model_class, config = OWN_METHOD["GPT-Neo"]
    config = copy.deepcopy(config)
    config.window_size = 3
    engine = start(reader(model_class, config), inputs_for)
    layers, _ = capture_layers(engine, inputs_for(engine.model))
    assert {layer.scale for layer in layers} == {1.0}
    np.testing.assert_array_equal(layers[0].mask, causal_mask(6))
    np.testing.assert_array_equal(layers[1].mask, causal_mask(6) & sliding_window_mask(6, 3))


def test_gpt_j_divides_by_the_root_of_its_head_s_dimensions():
    engine = start(reader(*OWN_METHOD["GPT-J"]), inputs_for)
    layers, _ = capture_layers(engine, inputs_for(engine.model))
    d_head = GPT2_SIZES["n_embd"] / GPT2_SIZES["n_head"]
    assert layers[0].scale == pytest.approx(d_head**-0.5, rel=1e-6)


@every_family
def test_each_row_of_a_batch_does_a_run_of_its_own(family):
    engine = start(reader(*OWN_METHOD[family]), inputs_for)
    both = {"input_ids": torch.tensor([IDS, IDS])}
    runs = Run(core_attention), Run(without_heads([(0, 1)]))
    together = engine.forward(both, *runs).last_hidden_state.numpy()
    for row, run in zip(together, runs, strict=True):
        alone = engine.forward(inputs_for(engine.model), run).last_hidden_state[0].numpy()
        np.testing.assert_allclose(row, alone, atol=1e-5)
    assert np.abs(together[0] - together[1]).max() > 1e-3
