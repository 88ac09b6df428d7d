"""The head on any state: its last row is the model's own prediction, and nothing of the shared model changes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import transformers as hf

from attention_core.pretrained.capture import capture
from attention_core.pretrained.engine import start
from attention_core.pretrained.head import head_logits, layer_logits, why_no_lens
from attention_core.pretrained.loading import LoadedModel, load
from attention_core.pretrained.logit_lens import logit_lens
from attention_core.pretrained.outcome import outcomes
from attention_core.pretrained.prediction import (
    next_token_logits,
    next_token_probabilities,
    predicts_next,
)
from attention_core.pretrained.run import Run, core_attention
from attention_core.pretrained.states import hidden_states
from attention_core.pretrained.surprisal import Surprisals, surprisals
from attention_core.pretrained.tokens import tokenize
from attention_core.softmax import softmax
from tests.pretrained.folders import saved
from tests.pretrained.unusual_families import NorthPole, South

from .families import (
    GPT2_SIZES,
    GROUPED,
    GROUPED_8,
    IDS,
    ONLY_WEIGHTS,
    OWN_METHOD,
    SIZES,
    THROUGH_SEAM,
    inputs_for,
    reader,
    tiny,
)

End = Callable[[Any, torch.Tensor], torch.Tensor]


def norm_and_head(model: Any, state: torch.Tensor) -> torch.Tensor:
    """What most families do after their last layer."""
    return model.lm_head(model.model.norm(state))


def capped(model: Any, state: torch.Tensor) -> torch.Tensor:
    return 2 * torch.tanh(norm_and_head(model, state) / 2)


# family → model, config, and its end written out: final norm, head, and what scales or caps the scores
HEADS: dict[str, tuple[Any, Any, End]] = {
    "Llama": (
        hf.LlamaForCausalLM,
        hf.LlamaConfig(**GROUPED, tie_word_embeddings=False),
        norm_and_head,
    ),
    "GPT-2": (
        hf.GPT2LMHeadModel,
        hf.GPT2Config(**GPT2_SIZES),
        lambda model, state: model.lm_head(model.transformer.ln_f(state)),
    ),
    "OPT": (
        hf.OPTForCausalLM,
        THROUGH_SEAM["OPT"][1],
        lambda model, state: model.lm_head(model.model.decoder.final_layer_norm(state)),
    ),
    "GPT-NeoX": (
        hf.GPTNeoXForCausalLM,
        hf.GPTNeoXConfig(**SIZES),
        lambda model, state: model.lm_head(model.gpt_neox.final_layer_norm(state)),
    ),
    "Gemma3": (hf.Gemma3ForCausalLM, hf.Gemma3TextConfig(**GROUPED_8), norm_and_head),
    "Gemma2, capped": (
        hf.Gemma2ForCausalLM,
        hf.Gemma2Config(**GROUPED_8, final_logit_softcapping=2.0),
        capped,
    ),
    "Granite, divided": (
        hf.GraniteForCausalLM,
        hf.GraniteConfig(**GROUPED, logits_scaling=3.0),
        lambda model, state: norm_and_head(model, state) / 3,
    ),
    "Cohere, scaled": (
        hf.CohereForCausalLM,
        hf.CohereConfig(**GROUPED, logit_scale=0.25),
        lambda model, state: norm_and_head(model, state) / 4,
    ),
    "GPT-Neo, attention of its own": (
        hf.GPTNeoForCausalLM,
        OWN_METHOD["GPT-Neo"][1],
        lambda model, state: model.lm_head(model.transformer.ln_f(state)),
    ),
    "BLOOM, its embeddings normed as well": (
        hf.BloomForCausalLM,
        ONLY_WEIGHTS["BLOOM"][1],
        lambda model, state: model.lm_head(model.transformer.ln_f(state)),
    ),
    "Falcon, attention beside the MLP": (
        hf.FalconForCausalLM,
        hf.FalconConfig(**SIZES, parallel_attn=True, new_decoder_architecture=False),
        lambda model, state: model.lm_head(model.transformer.ln_f(state)),
    ),
    "Mixtral, experts": (
        hf.MixtralForCausalLM,
        hf.MixtralConfig(**GROUPED, num_local_experts=2, num_experts_per_tok=1),
        norm_and_head,
    ),
    "Mixtral, its routers handed out": (
        hf.MixtralForCausalLM,
        hf.MixtralConfig(
            **GROUPED, num_local_experts=2, num_experts_per_tok=1, output_router_logits=True
        ),
        norm_and_head,
    ),
    "OLMoE, experts": (
        hf.OlmoeForCausalLM,
        hf.OlmoeConfig(**SIZES, num_experts=2, num_experts_per_tok=1),
        norm_and_head,
    ),
    "Qwen2-MoE, experts": (
        hf.Qwen2MoeForCausalLM,
        hf.Qwen2MoeConfig(
            **GROUPED, num_experts=2, num_experts_per_tok=1, moe_intermediate_size=24
        ),
        norm_and_head,
    ),
    "PhiMoE, experts": (
        hf.PhimoeForCausalLM,
        hf.PhimoeConfig(**GROUPED, num_local_experts=2, num_experts_per_tok=1),
        norm_and_head,
    ),
    "GPT-OSS, experts and sinks": (
        hf.GptOssForCausalLM,
        THROUGH_SEAM["GPT-OSS"][1],
        norm_and_head,
    ),
    "LFM2, convolutions": (
        hf.Lfm2ForCausalLM,
        hf.Lfm2Config(**GROUPED, layer_types=["conv", "full_attention"], block_ff_dim=40),
        lambda model, state: model.lm_head(model.model.embedding_norm(state)),
    ),
    "Falcon-H1, state spaces beside attention": (
        hf.FalconH1ForCausalLM,
        hf.FalconH1Config(
            **GROUPED,
            lm_head_multiplier=0.5,
            mamba_d_ssm=24,
            mamba_n_heads=4,
            mamba_d_head=6,
            mamba_n_groups=1,
            mamba_d_state=8,
            mamba_chunk_size=8,
        ),
        lambda model, state: model.lm_head(model.model.final_layernorm(state)) / 2,
    ),
    "Jamba, state spaces and experts": (
        hf.JambaForCausalLM,
        hf.JambaConfig(
            **GROUPED,
            num_experts=2,
            num_experts_per_tok=1,
            attn_layer_period=2,
            attn_layer_offset=1,
            expert_layer_period=2,
            expert_layer_offset=1,
            use_mamba_kernels=False,
        ),
        lambda model, state: model.lm_head(model.model.final_layernorm(state)),
    ),
}


def test_the_last_layer_is_the_model_s_own_prediction(smollm2):
    text = "the hot dog was"
    lens = logit_lens(text, smollm2)
    ids = tokenize(text, smollm2.tokenizer, smollm2.max_tokens).ids
    assert lens.shape == (31, 49152)
    np.testing.assert_allclose(lens[-1], next_token_logits(ids, smollm2.engine), atol=1e-4)
    assert np.abs(lens[15] - lens[-1]).max() > 1  # what stands in the middle is something else


@pytest.mark.parametrize("family", HEADS)
def test_every_row_of_a_lens_is_the_family_s_own_end_on_that_layer_s_vector(family, tmp_path):
    model_class, config, end = HEADS[family]
    loaded = load(saved(tmp_path, model_class, config))
    ids = tokenize("the cat sat", loaded.tokenizer, loaded.max_tokens).ids
    library = model_class.from_pretrained(tmp_path, attn_implementation="eager").eval()
    with torch.inference_mode():
        outputs = library(torch.tensor([ids]), output_hidden_states=True, use_cache=False)
        early = [end(library, state[0, -1:])[0] for state in outputs.hidden_states[:-1]]
        expected = torch.stack([*early, outputs.logits[0, -1]]).numpy()
    lens = logit_lens("the cat sat", loaded)
    assert lens.shape == (3, 50)
    np.testing.assert_allclose(lens, expected, atol=1e-4 * np.abs(expected).max())
    came = surprisals(ids, capture("the cat sat", loaded).output, loaded.engine)
    chances = softmax(outputs.logits[0].numpy())[[0, 1], ids[1:]]
    np.testing.assert_allclose(came.probability, chances, rtol=1e-3, atol=1e-7)
    (end_of_run,) = outcomes(
        ids, loaded, [Run(core_attention if loaded.engine.through_seam else None)]
    )
    np.testing.assert_allclose(end_of_run.logits, expected[-1], atol=1e-4 * np.abs(expected).max())


def test_scores_that_come_from_more_than_the_last_vectors_are_not_read_from_these():
    engine = start(reader(NorthPole, HEADS["Llama"][1]), inputs_for)
    assert predicts_next(engine)
    library = reader(NorthPole, HEADS["Llama"][1])("eager").eval()
    with torch.inference_mode():
        expected = library(input_ids=torch.tensor([IDS])).logits[0, -1].numpy()
    np.testing.assert_allclose(next_token_logits(IDS, engine), expected, atol=1e-4)
    for read in (head_logits, layer_logits):
        with pytest.raises(ValueError, match="run alone, gives other scores than the whole model"):
            read(np.zeros((1, 24), dtype=np.float32), engine)


def test_layers_that_are_not_followed_by_norm_and_head_alone_have_no_lens():
    engine = start(reader(South, HEADS["Llama"][1]), inputs_for)
    assert head_logits(np.zeros((1, 24), dtype=np.float32), engine).shape == (1, 50)
    assert "What follows the layers of South" in why_no_lens(engine)
    with pytest.raises(ValueError, match="What follows the layers of South, run alone"):
        layer_logits(np.zeros((1, 24), dtype=np.float32), engine)


def test_the_model_s_middle_layers_pass_the_final_norm_before_the_head(smollm2):
    text = "the dog was"
    state = torch.from_numpy(hidden_states(text, smollm2)[7, -1].copy())
    model = smollm2.engine.model
    weight = model.model.norm.weight
    rms = (state.pow(2).mean() + model.config.rms_norm_eps).sqrt()
    expected = ((state / rms * weight) @ model.lm_head.weight.T).numpy()
    np.testing.assert_allclose(logit_lens(text, smollm2)[7], expected, atol=1e-3)


def test_the_shared_model_is_left_as_it_was(smollm2):
    modules = dict(smollm2.engine.model.named_children())
    before = next_token_probabilities("the dog was", smollm2)
    logit_lens("another text", smollm2)
    assert dict(smollm2.engine.model.named_children()) == modules
    np.testing.assert_array_equal(next_token_probabilities("the dog was", smollm2), before)


@pytest.mark.parametrize("name", ["BERT", "GPT-2", "T5"])  # none has a head here
def test_a_model_without_a_head_has_no_lens(name):
    engine = tiny(name).engine
    with pytest.raises(ValueError, match="has no head that predicts the next token"):
        head_logits(np.zeros((1, 24), dtype=np.float32), engine)


def test_states_of_another_size_are_refused():
    engine = start(reader(*HEADS["Llama"][:2]), inputs_for)
    with pytest.raises(ValueError, match="vectors of 24 numbers, got 5"):
        head_logits(np.zeros((2, 5), dtype=np.float32), engine)


def came_in(text: str, loaded: LoadedModel) -> tuple[list[int], Surprisals]:
    found = capture(text, loaded)
    ids = found.inputs["input_ids"]
    return ids, surprisals(ids, found.output, loaded.engine)


def test_tokens_and_states_must_be_as_many(smollm2):
    with pytest.raises(ValueError, match="3 tokens need as many states, got 2"):
        surprisals([1, 2, 3], np.zeros((2, 576), dtype=np.float32), smollm2.engine)


def test_surprisal_is_what_the_model_said_before_each_token(smollm2):
    text = "the hot dog was served"
    ids, came = came_in(text, smollm2)
    assert len(came.bits) == len(ids) - 1
    for i, before in ((0, "the"), (3, "the hot dog was")):
        chances = next_token_probabilities(before, smollm2)
        assert came.probability[i] == pytest.approx(chances[ids[i + 1]], abs=1e-5)
        assert came.favourite[i] == chances.argmax()
        assert came.rank[i] == 1 + (chances > chances[ids[i + 1]]).sum()
    assert came.bits[3] == pytest.approx(-np.log2(0.032), abs=0.05)
    assert came.rank[3] == 3


def test_parts_of_a_long_text_are_put_together_right(tmp_path):
    loaded = load(saved(tmp_path, *HEADS["Llama"][:2]))
    text = "the cat sat on a mat " * 25  # 150 tokens: three parts
    ids, came = came_in(text, loaded)
    library = reader(*HEADS["Llama"][:2])("eager").eval()
    with torch.inference_mode():
        chances = softmax(library(torch.tensor([ids])).logits[0].numpy())
    np.testing.assert_allclose(
        came.probability, chances[np.arange(149), ids[1:]], rtol=1e-3, atol=1e-7
    )


def test_one_token_has_nothing_before_it(smollm2):
    _, came = came_in("the", smollm2)
    assert len(came.bits) == len(came.rank) == 0
    assert came.n_vocabulary == 49152
