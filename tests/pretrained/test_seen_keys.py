"""Masks of families that hand out weights alone; and that a capture ends in vectors, whatever the backbone ends in."""

from typing import Any

import numpy as np
import pytest
import torch
import transformers as hf

from attention_core.masks import causal_mask, sliding_window_mask
from attention_core.pretrained.capture import capture, capture_layers
from attention_core.pretrained.engine import start
from attention_core.pretrained.layers import WeightsOnly
from attention_core.pretrained.loading import load
from attention_core.pretrained.proof import prove
from attention_core.pretrained.seen_keys import masks_of
from tests.pretrained.folders import saved

from .families import ENCODER_DECODERS, IDS, ONLY_WEIGHTS, SIZES, inputs_for, reader

N = len(IDS)
WINDOW = causal_mask(N) & sliding_window_mask(N, 3)
GPT_J: dict[str, Any] = {"vocab_size": 50, "n_embd": 32, "n_layer": 2, "n_head": 4, "rotary_dim": 4}
# family → model, config, the masks of its two layers
MASKED: dict[str, tuple[Any, Any, list[np.ndarray]]] = {
    "BLOOM": (*ONLY_WEIGHTS["BLOOM"], [causal_mask(N)] * 2),
    "GPT-J": (hf.GPTJModel, hf.GPTJConfig(**GPT_J), [causal_mask(N)] * 2),
    "CodeGen": (hf.CodeGenModel, hf.CodeGenConfig(**GPT_J), [causal_mask(N)] * 2),
    "Falcon": (hf.FalconModel, hf.FalconConfig(**SIZES), [causal_mask(N)] * 2),
    "MPT": (
        hf.MptModel,
        hf.MptConfig(d_model=24, n_heads=4, n_layers=2, vocab_size=50, max_seq_len=16),
        [causal_mask(N)] * 2,
    ),
    "XGLM": (
        hf.XGLMModel,
        hf.XGLMConfig(vocab_size=50, d_model=24, num_layers=2, attention_heads=4, ffn_dim=40),
        [causal_mask(N)] * 2,
    ),
    "GPT-Neo, global and local": (
        hf.GPTNeoModel,
        hf.GPTNeoConfig(
            vocab_size=50,
            hidden_size=24,
            num_layers=2,
            num_heads=4,
            attention_types=[[["global", "local"], 1]],
            window_size=3,
            max_position_embeddings=32,
        ),
        [causal_mask(N), WINDOW],
    ),
}


@pytest.mark.parametrize("family", MASKED)
def test_the_mask_of_weights_alone_is_the_family_s_own(family):
    model_class, config, expected = MASKED[family]
    # the library's own attention, whether or not the seam would reach the family
    model = reader(model_class, config)("eager").eval()
    model.config.use_cache = False
    engine = start(lambda _: reader(model_class, config)("eager"), inputs_for)
    inputs = inputs_for(model)
    with torch.inference_mode():
        weights = [w[0].numpy() for w in model(**inputs, output_attentions=True).attentions]
    for mask, own in zip(masks_of(weights, engine, inputs), expected, strict=True):
        np.testing.assert_array_equal(mask, own)


@pytest.mark.parametrize("n_tokens", [1, 2, 6])
def test_a_short_text_tells_no_less(n_tokens):
    engine = start(reader(*ONLY_WEIGHTS["BLOOM"]), inputs_for)
    layers, _ = capture_layers(engine, {"input_ids": torch.tensor([IDS[:n_tokens]])})
    for layer in layers:
        np.testing.assert_array_equal(layer.mask, causal_mask(n_tokens))


def test_an_encoder_sees_everything():
    engine = start(reader(*ONLY_WEIGHTS["DeBERTa-v2"]), inputs_for)
    layers, _ = capture_layers(engine, inputs_for(engine.model))
    assert [layer.mask for layer in layers] == [None, None]


def test_a_weight_that_only_rounds_to_zero_is_no_mask():
    """Scores nine hundred times as large: softmax gives exactly 0 to keys that are seen."""
    model_class, config = ONLY_WEIGHTS["BLOOM"]

    def read(_: str) -> Any:
        model = reader(model_class, config)("eager")
        for block in model.h:
            block.self_attention.query_key_value.weight.data *= 30
        return model

    engine = start(read, inputs_for)
    layers, _ = capture_layers(engine, inputs_for(engine.model))
    zeros = [(layer.weights == 0).all(axis=0) & causal_mask(N) for layer in layers]
    assert any(each.any() for each in zeros)
    for layer in layers:
        assert isinstance(layer, WeightsOnly)
        np.testing.assert_array_equal(layer.mask, causal_mask(N))


@pytest.mark.parametrize("family", ["T5", "BART", "Marian", "two BERTs"])
def test_a_capture_ends_in_the_decoder_s_last_vectors(family, tmp_path):
    """Of a model with its head, whose backbone may be the whole of it."""
    heads = {
        "T5": hf.T5ForConditionalGeneration,
        "BART": hf.BartForConditionalGeneration,
        "Marian": hf.MarianMTModel,
        "two BERTs": hf.EncoderDecoderModel,
    }
    bert = hf.BertConfig(**SIZES)
    config = hf.EncoderDecoderConfig.from_encoder_decoder_configs(bert, bert)
    config.decoder_start_token_id, config.pad_token_id = 1, 0
    config = ENCODER_DECODERS[family][1] if family in ENCODER_DECODERS else config
    loaded = load(saved(tmp_path, heads[family], config))
    found = capture("the cat sat", loaded, "a mat")
    library = heads[family].from_pretrained(tmp_path, attn_implementation="eager").eval()
    inputs = {name: torch.tensor([ids]) for name, ids in found.inputs.items()}
    with torch.inference_mode():
        outputs = library(**inputs, output_hidden_states=True, use_cache=False)
    np.testing.assert_allclose(found.output, outputs.decoder_hidden_states[-1][0], atol=5e-5)
    assert found.output.shape == (3, 24)
    if loaded.engine.through_seam:
        assert prove(found, loaded).holds
