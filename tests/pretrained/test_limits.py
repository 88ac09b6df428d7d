"""The longest text: one of exactly the limit runs in the library, a longer one is cut; and who sees the future."""

from typing import Any

import numpy as np
import pytest
import torch
import transformers as hf

from attention_core.pretrained.capture import capture
from attention_core.pretrained.engine import Engine, start
from attention_core.pretrained.fill_mask import fills_masks
from attention_core.pretrained.head import head_logits
from attention_core.pretrained.limits import longest_texts
from attention_core.pretrained.loading import MOST_TOKENS, load
from attention_core.pretrained.prediction import next_token_logits, predicts_next
from tests.pretrained.folders import saved

from .families import GPT2_SIZES, GROUPED, IDS, SIZES, TWO_STACKS, inputs_for, reader

POSITIONS = 12
BERT = SIZES | {"max_position_embeddings": POSITIONS}
MPT = hf.MptConfig(d_model=24, n_heads=4, n_layers=2, vocab_size=50, max_seq_len=POSITIONS)
XLM: dict[str, Any] = {"vocab_size": 50, "emb_dim": 24, "n_layers": 2, "n_heads": 4}
XLNET = hf.XLNetConfig(vocab_size=50, d_model=24, n_layer=2, n_head=4, d_inner=40)


def two_berts() -> hf.EncoderDecoderConfig:
    decoder = hf.BertConfig(**BERT | {"max_position_embeddings": 9})
    config = hf.EncoderDecoderConfig.from_encoder_decoder_configs(hf.BertConfig(**BERT), decoder)
    config.decoder_start_token_id, config.pad_token_id = 1, 0
    return config


# model, config, the longest text, the longest target
LIMITS: dict[str, tuple[Any, Any, int, int | None]] = {
    "BERT": (hf.BertModel, hf.BertConfig(**BERT), POSITIONS, None),
    "RoBERTa, two rows are padding's": (
        hf.RobertaModel,
        hf.RobertaConfig(**BERT),
        POSITIONS - 1,
        None,
    ),
    "OPT, two rows come before": (
        hf.OPTModel,
        hf.OPTConfig(
            vocab_size=50,
            hidden_size=24,
            word_embed_proj_dim=24,
            num_hidden_layers=2,
            num_attention_heads=4,
            ffn_dim=40,
            max_position_embeddings=POSITIONS,
        ),
        POSITIONS,
        None,
    ),
    "GPT-2": (hf.GPT2Model, hf.GPT2Config(**GPT2_SIZES, n_positions=POSITIONS), POSITIONS, None),
    "MPT, a bias of so many tokens": (hf.MptForCausalLM, MPT, POSITIONS, None),
    "XLM": (hf.XLMModel, hf.XLMConfig(**XLM, max_position_embeddings=POSITIONS), POSITIONS, None),
    "BART": (
        hf.BartModel,
        hf.BartConfig(**TWO_STACKS, max_position_embeddings=POSITIONS),
        POSITIONS,
        POSITIONS,
    ),
    "LED, two limits": (
        hf.LEDModel,
        hf.LEDConfig(
            **TWO_STACKS,
            max_encoder_position_embeddings=POSITIONS,
            max_decoder_position_embeddings=8,
            attention_window=4,
        ),
        POSITIONS,
        8,
    ),
    "two BERTs": (hf.EncoderDecoderModel, two_berts(), POSITIONS, 9),
}


def runs(model: Any, n_tokens: int, n_target: int | None) -> bool:
    inputs = {"input_ids": torch.full((1, n_tokens), 5)}
    if n_target is not None:
        inputs["decoder_input_ids"] = torch.full((1, n_target), 5)
    try:
        with torch.inference_mode():
            model(**inputs, use_cache=False)
    except (IndexError, RuntimeError):
        return False
    return True


@pytest.mark.parametrize("family", LIMITS)
def test_the_limit_is_the_longest_text_that_the_library_runs(family):
    model_class, config, limit, target_limit = LIMITS[family]
    library = reader(model_class, config)("eager").eval()
    source, target = longest_texts(Engine(library, False), 99)
    assert source == limit
    assert target_limit is None or target == target_limit
    assert runs(library, limit, target_limit)
    assert not runs(library, limit + 1, target_limit)
    assert target_limit is None or not runs(library, limit, target_limit + 1)


def test_a_text_and_a_target_are_each_cut_where_their_own_positions_end(tmp_path):
    model_class, config, limit, target_limit = LIMITS["two BERTs"]
    loaded = load(saved(tmp_path, model_class, config))
    found = capture("cat " * (limit + 5), loaded, "mat " * (limit + 5))
    assert (len(found.tokens), len(found.target_tokens)) == (limit, target_limit)


def test_a_limit_of_minus_one_is_none():
    engine = start(reader(hf.XLNetModel, XLNET), inputs_for)
    assert longest_texts(engine, MOST_TOKENS) == (MOST_TOKENS, MOST_TOKENS)


@pytest.mark.parametrize(
    ("model_class", "config"),
    [
        (hf.XLMWithLMHeadModel, hf.XLMConfig(**XLM)),
        (hf.FlaubertWithLMHeadModel, hf.FlaubertConfig(**XLM)),
    ],
    ids=["XLM", "Flaubert"],
)
def test_a_model_that_can_write_but_sees_the_future_fills_masks(model_class, config):
    engine = start(reader(model_class, config), inputs_for)
    assert model_class.can_generate()
    assert not predicts_next(engine)
    assert fills_masks(engine)
    library = reader(model_class, config)("eager").eval()
    with torch.inference_mode():
        states = library.transformer(torch.tensor([IDS])).last_hidden_state[0].numpy()
        expected = library(torch.tensor([IDS])).logits[0].numpy()
    np.testing.assert_allclose(head_logits(states, engine), expected, atol=1e-4)
    with pytest.raises(ValueError, match="does not predict the next token"):
        next_token_logits(IDS, engine)


@pytest.mark.parametrize("causal", [True, False])
def test_the_same_class_predicts_next_only_where_it_is_causal(causal):
    config = hf.XLMConfig(**XLM, causal=causal)
    assert predicts_next(start(reader(hf.XLMWithLMHeadModel, config), inputs_for)) == causal
    as_bert = hf.BertConfig(**SIZES, is_decoder=causal)
    assert predicts_next(start(reader(hf.BertLMHeadModel, as_bert), inputs_for)) == causal


def test_experts_of_a_causal_model_round_but_do_not_look_ahead():
    config = hf.MixtralConfig(**GROUPED, num_local_experts=4, num_experts_per_tok=2)
    assert predicts_next(start(reader(hf.MixtralForCausalLM, config), inputs_for))
