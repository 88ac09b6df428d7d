"""The head on any state: its last row is the model's own prediction, and nothing of the shared model changes."""

import numpy as np
import pytest
import torch
import transformers as hf

from attention_core.pretrained.capture import capture
from attention_core.pretrained.engine import start
from attention_core.pretrained.head import final_norm, head_logits
from attention_core.pretrained.loading import LoadedModel, load
from attention_core.pretrained.logit_lens import logit_lens
from attention_core.pretrained.prediction import next_token_logits, next_token_probabilities
from attention_core.pretrained.states import hidden_states
from attention_core.pretrained.surprisal import Came, what_came
from attention_core.pretrained.tokens import tokenize
from attention_core.softmax import softmax

from .families import (
    GPT2_SIZES,
    GROUPED,
    GROUPED_8,
    IDS,
    ONLY_WEIGHTS,
    SIZES,
    THROUGH_SEAM,
    inputs_for,
    reader,
    tiny,
)
from .test_folders import saved

HEADS = {
    "Llama": (hf.LlamaForCausalLM, hf.LlamaConfig(**GROUPED, tie_word_embeddings=False)),
    "GPT-2": (hf.GPT2LMHeadModel, hf.GPT2Config(**GPT2_SIZES)),
    "OPT": (hf.OPTForCausalLM, THROUGH_SEAM["OPT"][1]),
    "GPT-NeoX": (hf.GPTNeoXForCausalLM, hf.GPTNeoXConfig(**SIZES)),
    "Gemma3": (hf.Gemma3ForCausalLM, hf.Gemma3TextConfig(**GROUPED_8)),
    "Gemma2, capped": (
        hf.Gemma2ForCausalLM,
        hf.Gemma2Config(**GROUPED_8, final_logit_softcapping=2.0),
    ),
    "GPT-Neo, weights only": (hf.GPTNeoForCausalLM, ONLY_WEIGHTS["GPT-Neo"][1]),
    "BLOOM, weights only": (hf.BloomForCausalLM, ONLY_WEIGHTS["BLOOM"][1]),
}


def test_the_last_layer_is_the_model_s_own_prediction(smollm2):
    text = "the hot dog was"
    lens = logit_lens(text, smollm2)
    ids = tokenize(text, smollm2.tokenizer, smollm2.max_tokens).ids
    assert lens.shape == (31, 49152)
    np.testing.assert_allclose(lens[-1], next_token_logits(ids, smollm2.engine), atol=1e-4)
    assert np.abs(lens[15] - lens[-1]).max() > 1  # what stands in the middle is something else


@pytest.mark.parametrize("family", HEADS)
def test_every_family_s_lens_ends_in_its_own_prediction(family, tmp_path):
    loaded = load(saved(tmp_path, *HEADS[family]))
    ids = tokenize("the cat sat", loaded.tokenizer, loaded.max_tokens).ids
    lens = logit_lens("the cat sat", loaded)
    assert lens.shape == (3, 50)
    np.testing.assert_allclose(lens[-1], next_token_logits(ids, loaded.engine), atol=1e-4)


@pytest.mark.parametrize("family", HEADS)
def test_the_final_norm_is_what_the_backbone_ends_in(family):
    engine = start(reader(*HEADS[family]), inputs_for)
    norm, seen = final_norm(engine), []
    norm.register_forward_hook(lambda module, args, output: seen.append((args[0], output)))
    with torch.inference_mode():
        states = engine.backbone(input_ids=torch.tensor([IDS]), output_hidden_states=True)
    ((entered, left),) = seen
    torch.testing.assert_close(left, states.last_hidden_state)
    assert not torch.allclose(entered, left)


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
    engine = start(reader(*HEADS["Llama"]), inputs_for)
    with pytest.raises(ValueError, match="vectors of 24 numbers, got 5"):
        head_logits(np.zeros((2, 5), dtype=np.float32), engine)


def came_in(text: str, loaded: LoadedModel) -> tuple[list[int], Came]:
    found = capture(text, loaded)
    ids = found.inputs["input_ids"]
    return ids, what_came(ids, found.output, loaded.engine)


def test_tokens_and_states_must_be_as_many(smollm2):
    with pytest.raises(ValueError, match="3 tokens need as many states, got 2"):
        what_came([1, 2, 3], np.zeros((2, 576), dtype=np.float32), smollm2.engine)


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
    loaded = load(saved(tmp_path, *HEADS["Llama"]))
    text = "the cat sat on a mat " * 25  # 150 tokens: three parts
    ids, came = came_in(text, loaded)
    library = reader(*HEADS["Llama"])("eager").eval()
    with torch.inference_mode():
        chances = softmax(library(torch.tensor([ids])).logits[0].numpy())
    np.testing.assert_allclose(
        came.probability, chances[np.arange(149), ids[1:]], rtol=1e-3, atol=1e-7
    )


def test_one_token_has_nothing_before_it(smollm2):
    _, came = came_in("the", smollm2)
    assert len(came.bits) == len(came.rank) == 0
    assert came.n_vocabulary == 49152
