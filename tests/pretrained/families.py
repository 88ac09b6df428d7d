"""Tiny models of many families with random weights, each read twice: with our seam, and with the library's attention."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
import transformers as hf
from transformers import PreTrainedModel

from attention_core.pretrained.capture import capture_layers
from attention_core.pretrained.engine import Engine, Inputs, start
from attention_core.pretrained.layers import Layer

from .cases import library_outputs

IDS, TARGET_IDS = [3, 7, 11, 5, 9, 4], [2, 8, 6, 10]
SIZES: dict[str, Any] = {
    "vocab_size": 50,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 40,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
GROUPED = SIZES | {"num_key_value_heads": 2}
GROUPED_8 = GROUPED | {"head_dim": 8}  # n_heads · d_head ≠ d_model
GPT2_SIZES: dict[str, Any] = {
    "vocab_size": 50,
    "n_embd": 24,
    "n_layer": 2,
    "n_head": 4,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
TWO_STACKS: dict[str, Any] = {
    "vocab_size": 50,
    "d_model": 24,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 40,
    "decoder_ffn_dim": 40,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 2,
    "forced_eos_token_id": None,
}

Family = tuple[type[PreTrainedModel], Any]
ENCODERS: dict[str, Family] = {
    "BERT": (hf.BertModel, hf.BertConfig(**SIZES)),
    "DistilBERT": (
        hf.DistilBertModel,
        hf.DistilBertConfig(vocab_size=50, dim=24, n_layers=2, n_heads=4, hidden_dim=40),
    ),
    "ALBERT": (hf.AlbertModel, hf.AlbertConfig(**SIZES, embedding_size=12)),
    "RoBERTa": (hf.RobertaModel, hf.RobertaConfig(**SIZES)),
    "ModernBERT": (
        hf.ModernBertModel,
        hf.ModernBertConfig(**SIZES, cls_token_id=1, sep_token_id=2),
    ),
    "ViT": (
        hf.ViTModel,
        hf.ViTConfig(
            hidden_size=24,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=40,
            image_size=8,
            patch_size=4,
        ),
    ),
}
DECODERS: dict[str, Family] = {
    "GPT-2": (hf.GPT2Model, hf.GPT2Config(**GPT2_SIZES)),
    "GPT-2 scaled by layer": (
        hf.GPT2Model,
        hf.GPT2Config(**GPT2_SIZES, scale_attn_by_inverse_layer_idx=True),
    ),
    "GPT-NeoX": (hf.GPTNeoXModel, hf.GPTNeoXConfig(**SIZES)),
    "Llama": (hf.LlamaModel, hf.LlamaConfig(**GROUPED)),
    "Qwen2": (hf.Qwen2Model, hf.Qwen2Config(**GROUPED)),
    "Qwen3": (hf.Qwen3Model, hf.Qwen3Config(**GROUPED_8)),
    "Gemma3": (hf.Gemma3TextModel, hf.Gemma3TextConfig(**GROUPED_8)),
    # so low a cap that it bites
    "Gemma2": (hf.Gemma2Model, hf.Gemma2Config(**GROUPED_8, attn_logit_softcapping=1.0)),
    "GPT-OSS": (
        hf.GptOssModel,
        hf.GptOssConfig(
            **GROUPED_8, num_local_experts=2, num_experts_per_tok=1, experts_implementation="eager"
        ),
    ),
    "OPT": (
        hf.OPTModel,
        hf.OPTConfig(
            vocab_size=50,
            hidden_size=24,
            word_embed_proj_dim=24,
            num_hidden_layers=2,
            num_attention_heads=4,
            ffn_dim=40,
            pad_token_id=0,
        ),
    ),
}
ENCODER_DECODERS: dict[str, Family] = {
    "T5": (
        hf.T5Model,
        hf.T5Config(
            vocab_size=50,
            d_model=24,
            d_kv=8,
            d_ff=40,
            num_layers=2,
            num_heads=4,
            decoder_start_token_id=0,
        ),
    ),
    "BART": (hf.BartModel, hf.BartConfig(**TWO_STACKS)),
    "Marian": (hf.MarianModel, hf.MarianConfig(**TWO_STACKS)),
}
THROUGH_SEAM = ENCODERS | DECODERS | ENCODER_DECODERS
# these call an attention method of their own
OWN_METHOD: dict[str, Family] = {
    "GPT-Neo": (
        hf.GPTNeoModel,
        hf.GPTNeoConfig(
            vocab_size=50,
            hidden_size=24,
            num_layers=2,
            num_heads=4,
            attention_types=[[["global", "local"], 1]],
            bos_token_id=1,
            eos_token_id=2,
        ),
    ),
    "GPT-J": (
        hf.GPTJModel,
        hf.GPTJConfig(**GPT2_SIZES, rotary_dim=4),
    ),
    "CodeGen": (hf.CodeGenModel, hf.CodeGenConfig(**GPT2_SIZES, rotary_dim=4)),
}
# these let no other attention in
ONLY_WEIGHTS: dict[str, Family] = {
    "BLOOM": (hf.BloomModel, hf.BloomConfig(vocab_size=50, hidden_size=24, n_layer=2, n_head=4)),
    "DeBERTa-v2": (hf.DebertaV2Model, hf.DebertaV2Config(**SIZES)),
}


@dataclass(frozen=True)
class Tiny:
    """A tiny model through our engine, what it captured, and what the library gives with the same weights."""

    engine: Engine
    inputs: Inputs
    layers: tuple[Layer, ...]
    output: np.ndarray
    expected: Any

    @property
    def library_output(self) -> np.ndarray:
        return self.expected.last_hidden_state[0].numpy()


@cache
def tiny(name: str, dtype: torch.dtype = torch.float32) -> Tiny:
    model_class, config = (THROUGH_SEAM | ONLY_WEIGHTS)[name]
    read = reader(model_class, config, dtype)
    with full_precision() if dtype == torch.float64 else nullcontext():
        engine = start(read, inputs_for)
        inputs = inputs_for(engine.model)
        layers, output = capture_layers(engine, inputs)
        return Tiny(engine, inputs, layers, output, library_outputs(read("eager"), inputs))


def reader(
    model_class: type[PreTrainedModel], config: Any, dtype: torch.dtype = torch.float32
) -> Callable[[str], PreTrainedModel]:
    """Reads the same random weights every time, large enough that no two weights of a row are alike."""

    def read(implementation: str) -> PreTrainedModel:
        torch.manual_seed(0)
        model = model_class._from_config(deepcopy(config), attn_implementation=implementation)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(0.3 * torch.randn_like(parameter))
        return model.to(dtype)

    return read


def inputs_for(model: PreTrainedModel) -> Inputs:
    if model.main_input_name == "pixel_values":
        size = model.config.image_size
        pixels = torch.linspace(-1, 1, 3 * size * size, dtype=model.dtype).sin()
        return {"pixel_values": pixels.reshape(1, 3, size, size)}
    inputs = {"input_ids": torch.tensor([IDS])}
    if model.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = torch.tensor([TARGET_IDS])
    return inputs


def full_precision() -> AbstractContextManager[Any]:
    """Many families of the library round to float32 inside softmax, even in a float64 model; here they don't."""
    softmax = torch.nn.functional.softmax
    return patch("torch.nn.functional.softmax", lambda x, dim, dtype=None: softmax(x, dim=dim))
