"""Every family the seam reaches, and some it does not, on tiny models with random weights."""

import numpy as np
import pytest
import torch
import transformers as hf
from transformers.models.llama import modeling_llama

from attention_core.masks import causal_mask, sliding_window_mask
from attention_core.pretrained.capture import capture_layers
from attention_core.pretrained.engine import start
from attention_core.pretrained.layers import LayerCapture, WeightsOnly
from attention_core.pretrained.run import Run

from .cases import largest_difference, library_weights, projected_outputs
from .families import (
    DECODERS,
    ENCODER_DECODERS,
    ENCODERS,
    GROUPED,
    IDS,
    ONLY_WEIGHTS,
    SIZES,
    TARGET_IDS,
    THROUGH_SEAM,
    inputs_for,
    reader,
    tiny,
)

every_family = pytest.mark.parametrize("family", THROUGH_SEAM)
only_weights = pytest.mark.parametrize("family", ONLY_WEIGHTS)
KINDS = (
    dict.fromkeys(ENCODERS, ["encoder"] * 2)
    | dict.fromkeys(DECODERS, ["decoder"] * 2)
    | dict.fromkeys(ENCODER_DECODERS, ["encoder"] * 2 + ["decoder", "cross"] * 2)
)


@every_family
def test_the_seam_is_reached_in_every_layer(family):
    model = tiny(family)
    assert model.engine.through_seam
    assert all(isinstance(layer, LayerCapture) for layer in model.layers)
    assert [layer.kind for layer in model.layers] == KINDS[family]
    assert model.engine.head_counts == (4,) * len(KINDS[family])


@every_family
@pytest.mark.parametrize(("dtype", "limit"), [(torch.float32, 5e-5), (torch.float64, 1e-10)])
def test_weights_and_output_are_the_library_s(family, dtype, limit):
    model = tiny(family, dtype)
    weights = [layer.weights for layer in model.layers]
    assert largest_difference(weights, library_weights(model.expected)) < limit
    assert largest_difference([model.output], [model.library_output]) < limit
    assert {w.dtype for w in weights} == {model.output.dtype} == {model.library_output.dtype}


@every_family
def test_weights_are_far_from_uniform_so_that_a_swap_would_show(family):
    first = tiny(family).layers[0]
    assert first.weights.std(axis=-1).max() > 0.05
    assert np.abs(first.q[:, :1] - first.k[:1, :1]).max() > 0.05


@every_family
def test_only_a_decoder_is_masked_and_only_from_the_future(family):
    for layer in tiny(family).layers:
        if layer.kind == "decoder":
            np.testing.assert_array_equal(layer.mask, causal_mask(layer.q.shape[1]))
            assert not np.triu(layer.weights, 1).any()
        else:
            assert layer.mask is None
            assert (layer.weights > 0).all()


@every_family
def test_head_outputs_and_the_bias_add_up_to_what_the_layer_gave(family):
    model = tiny(family)
    layers, outputs, biases = projected_outputs(model.engine, model.inputs)
    ours = [
        layer.head_output.sum(axis=0) + bias for layer, bias in zip(layers, biases, strict=True)
    ]
    assert largest_difference(ours, outputs) < 1e-5


@every_family
def test_the_library_s_own_run_is_unchanged_bit_for_bit(family):
    model = tiny(family)
    output = model.engine.forward(model.inputs, Run()).last_hidden_state[0].numpy()
    np.testing.assert_array_equal(output, model.library_output)


@pytest.mark.parametrize("family", ["Llama", "Qwen2", "Qwen3", "Gemma3"])
def test_grouped_queries_keep_their_few_key_value_heads(family):
    for layer in tiny(family).layers:
        assert (len(layer.q), len(layer.k), len(layer.v), layer.group_size) == (4, 2, 2, 2)


def test_t5_hands_over_its_position_bias_and_does_not_scale():
    layers = tiny("T5").layers
    assert {layer.scale for layer in layers} == {1.0}
    assert all((layer.bias is None) == (layer.kind == "cross") for layer in layers)


def test_cross_attention_asks_from_the_target_to_the_source():
    for layer in tiny("BART").layers:
        if layer.kind == "cross":
            assert layer.weights.shape == (4, len(TARGET_IDS), len(IDS))


@pytest.mark.parametrize(
    ("model_class", "config", "mask"),
    [
        (
            hf.MistralModel,
            hf.MistralConfig(**GROUPED, sliding_window=3),
            causal_mask(6) & sliding_window_mask(6, 3),
        ),
        (
            hf.ModernBertModel,
            hf.ModernBertConfig(
                **SIZES,
                cls_token_id=1,
                sep_token_id=2,
                local_attention=4,
                global_attn_every_n_layers=9,
            ),
            sliding_window_mask(6, 3),
        ),
    ],
    ids=["Mistral", "ModernBERT"],
)
def test_a_sliding_window_is_the_layer_s_mask(model_class, config, mask):
    engine = start(reader(model_class, config), inputs_for)
    layers, _ = capture_layers(engine, inputs_for(engine.model))
    np.testing.assert_array_equal(layers[-1].mask, mask)


@only_weights
def test_a_family_without_the_seam_still_gives_the_library_s_weights(family):
    model = tiny(family)
    assert not model.engine.through_seam
    assert all(isinstance(layer, WeightsOnly) for layer in model.layers)
    weights = [layer.weights for layer in model.layers]
    assert largest_difference(weights, library_weights(model.expected)) == 0
    np.testing.assert_array_equal(model.output, model.library_output)
    assert not any(layer.weights.flags.writeable for layer in model.layers)
    kind = "encoder" if "BERT" in family else "decoder"
    assert [layer.name for layer in model.layers] == [f"{kind} 0", f"{kind} 1"]


def test_a_soft_cap_and_sinks_are_the_layer_s():
    capped, with_sinks = tiny("Gemma2").layers[0], tiny("GPT-OSS").layers[0]
    assert (capped.softcap, capped.sinks) == (1.0, None)
    assert np.abs(capped.trace.scaled_scores).max() > 1 > np.abs(capped.trace.capped_scores).max()
    assert with_sinks.softcap is None
    assert with_sinks.sinks.shape == (4,)
    assert with_sinks.weights.sum(axis=-1).min() < 0.5
    for layer in (capped, with_sinks):
        np.testing.assert_allclose(layer.head_trace(3).weights, layer.weights[3], atol=1e-7)


def test_attention_with_other_weights_than_the_core_s_is_left_to_the_library(monkeypatch):
    """Llama stands in for a family yet unknown: its own attention now halves every score."""
    usual = modeling_llama.eager_attention_forward

    def halved(module, query, *others, **options):
        return usual(module, query / 2, *others, **options)

    monkeypatch.setattr(modeling_llama, "eager_attention_forward", halved)
    assert not start(reader(hf.LlamaModel, hf.LlamaConfig(**GROUPED)), inputs_for).through_seam
