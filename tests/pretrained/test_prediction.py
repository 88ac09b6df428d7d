"""The next token: the curriculum's two prompts, and our pass against the library's own."""

import numpy as np
import pytest
import torch
import transformers as hf
from transformers import AutoModelForCausalLM

from attention_core.pretrained.engine import Engine, start
from attention_core.pretrained.files import locate
from attention_core.pretrained.prediction import (
    likeliest,
    next_token_logits,
    next_token_probabilities,
    next_tokens,
    predicts_next,
)
from attention_core.pretrained.proof import TOLERANCE
from attention_core.pretrained.run import LIBRARY, Run, core_attention

from .families import GPT2_SIZES, GROUPED, IDS, SIZES, Family, inputs_for, reader, tiny

HEADS: dict[str, Family] = {
    "Llama, a head of its own": (
        hf.LlamaForCausalLM,
        hf.LlamaConfig(**GROUPED, tie_word_embeddings=False),
    ),
    "GPT-2, the embeddings as head": (hf.GPT2LMHeadModel, hf.GPT2Config(**GPT2_SIZES)),
    "Gemma2, capped logits, weights only": (
        hf.Gemma2ForCausalLM,
        hf.Gemma2Config(**GROUPED, head_dim=8, final_logit_softcapping=2.0),
    ),
}


def engine_of(name: str) -> Engine:
    return start(reader(*HEADS[name]), inputs_for)


def test_after_the_hot_dog_was_comes_served(smollm2):
    found = next_tokens("the hot dog was", smollm2, 8)
    assert found[2].text == " served"
    assert found[2].probability == pytest.approx(0.032, abs=0.001)
    assert smollm2.tokenizer(" served").input_ids == [found[2].id]


def test_after_the_dog_was_nothing_is_served(smollm2):
    found = next_tokens("the dog was", smollm2, 8)
    assert len(found) == 8
    assert " served" not in [token.text for token in found]


def test_the_likeliest_come_first(smollm2):
    probabilities = [token.probability for token in next_tokens("the dog was", smollm2, 20)]
    assert probabilities == sorted(probabilities, reverse=True)


def test_probabilities_are_a_distribution_over_the_vocabulary_and_the_library_s(smollm2):
    ours = next_token_probabilities("the hot dog was", smollm2)
    folder, _ = locate("SmolLM2")
    library = AutoModelForCausalLM.from_pretrained(
        folder, attn_implementation="eager", dtype=torch.float32
    ).eval()
    ids = torch.tensor([smollm2.tokenizer("the hot dog was").input_ids])
    with torch.inference_mode():
        theirs = library(ids).logits[0, -1].softmax(-1).numpy()
    assert ours.shape == (smollm2.engine.model.config.vocab_size,)
    assert ours.sum() == pytest.approx(1, abs=1e-5)
    # float32: the logits agree to TOLERANCE, so each probability does by its share
    np.testing.assert_allclose(ours, theirs, rtol=TOLERANCE, atol=1e-6)


def test_another_attention_inside_gives_other_tokens(smollm2):
    def uniform(call):
        return core_attention(type(call)(**(vars(call) | {"scale": 0.0})))

    usual = next_token_probabilities("the hot dog was", smollm2)
    changed = next_token_probabilities("the hot dog was", smollm2, Run(uniform))
    assert np.abs(usual - changed).max() > 0.01


@pytest.mark.parametrize("name", HEADS)
def test_logits_are_those_of_the_model_s_own_head(name):
    engine, library = engine_of(name), reader(*HEADS[name])("eager").eval()
    with torch.inference_mode():
        expected = library(torch.tensor([IDS])).logits[0, -1].numpy()
    np.testing.assert_allclose(next_token_logits(IDS, engine), expected, atol=2e-5)
    np.testing.assert_allclose(next_token_logits(IDS, engine, LIBRARY), expected, atol=2e-5)


@pytest.mark.parametrize("name", ["BERT", "T5", "GPT-2"])  # the last without its head
def test_a_model_that_predicts_no_next_token_says_so(name):
    engine = tiny(name).engine
    assert not predicts_next(engine)
    with pytest.raises(ValueError, match="does not predict the next token"):
        next_token_logits(IDS, engine)


def test_a_masked_model_with_a_head_is_not_causal():
    engine = start(reader(hf.BertForMaskedLM, hf.BertConfig(**SIZES)), inputs_for)
    assert not predicts_next(engine)


def test_blank_text_is_refused(smollm2):
    with pytest.raises(ValueError, match="nothing to read"):
        next_tokens("  ", smollm2, 3)


def test_ties_go_to_the_smaller_id(smollm2):
    probabilities = np.array([0.1, 0.4, 0.1, 0.4])
    assert [token.id for token in likeliest(probabilities, smollm2, 3)] == [1, 3, 0]
