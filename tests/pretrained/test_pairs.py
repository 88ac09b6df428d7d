"""Two texts with the separator between them are a pair where the model knows pairs: as the library's tokenizer(a, b)."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers as hf
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import AutoModel, AutoTokenizer

from attention_core.pretrained.capture import capture
from attention_core.pretrained.files import locate
from attention_core.pretrained.float64 import in_float64
from attention_core.pretrained.loading import LoadedModel, load
from attention_core.pretrained.outcome import last_states
from attention_core.pretrained.proof import prove
from attention_core.pretrained.run import Run, core_attention
from attention_core.pretrained.states import hidden_states
from tests.pretrained.folders import WORDS

from .families import SIZES, THROUGH_SEAM, reader

PAIRS = [
    ("Where is the cat?", "The cat is on the mat."),
    ("it", "it"),
    ("[MASK] sat.", "Why?"),
    ("word " * 300, "mat " * 400),
]


def by_the_library(folder: Path | str, first: str, second: str) -> tuple[dict[str, Any], Any]:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    library = AutoModel.from_pretrained(
        folder, attn_implementation="eager", dtype=torch.float32
    ).eval()
    inputs = tokenizer(first, second, return_tensors="pt", truncation="only_second", max_length=512)
    with torch.inference_mode():
        return inputs, library(**inputs, output_attentions=True, output_hidden_states=True)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_minilm_reads_a_pair_as_the_library_does(first, second, minilm):
    text = f"{first} [SEP] {second}"
    inputs, expected = by_the_library(locate("MiniLM")[0], first, second)
    found = capture(text, minilm)
    assert found.inputs["input_ids"] == inputs["input_ids"][0].tolist()
    assert found.inputs["token_type_ids"] == inputs["token_type_ids"][0].tolist()
    for layer, weights in zip(found.layers, expected.attentions, strict=True):
        np.testing.assert_allclose(layer.weights, weights[0].numpy(), atol=2e-5)
    np.testing.assert_allclose(found.output, expected.last_hidden_state[0].numpy(), atol=1e-4)
    states = torch.stack(expected.hidden_states)[:, 0].numpy()
    np.testing.assert_allclose(hidden_states(text, minilm), states, atol=1e-4)
    assert prove(found, minilm).holds


def test_every_row_of_a_batch_and_a_copy_in_float64_know_of_the_pair(minilm):
    text = " [SEP] ".join(PAIRS[0])
    found = capture(text, minilm)
    ids = found.inputs["input_ids"]
    for states in last_states(ids, minilm, [Run(core_attention)] * 2):
        np.testing.assert_allclose(states, found.output, atol=1e-5)
    with in_float64(minilm) as exact:
        states = last_states(ids, exact, [Run(core_attention)])
    np.testing.assert_allclose(states[0], found.output, atol=1e-4)


@pytest.mark.parametrize(
    "text",
    ["A text", "[SEP] A", "A [SEP]", "A [SEP] B [SEP] C", "A [sep B", "[SEP]", "[SEP] [SEP]"],
)
def test_all_else_is_one_text(text, minilm):
    assert "token_type_ids" not in capture(text, minilm).inputs


def folder_of(folder: Path, model_class: type, config: Any, pair_type: int = 1) -> LoadedModel:
    """A tiny model whose tokenizer makes pairs in BERT's manner."""
    names = ["<pad>", "<s>", "</s>", "<unk>", *WORDS]
    tokenizer = Tokenizer(models.WordLevel({n: i for i, n in enumerate(names)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        "<s> $A </s>", f"<s> $A </s> $B:{pair_type} </s>:{pair_type}", [("<s>", 1), ("</s>", 2)]
    )
    reader(model_class, config)("eager").save_pretrained(folder)
    hf.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", pad_token="<pad>", cls_token="<s>",
        sep_token="</s>", model_input_names=["input_ids", "token_type_ids"],
    ).save_pretrained(folder)  # fmt: skip
    return load(str(folder))


@pytest.mark.parametrize("family", ["BERT", "ALBERT"])
def test_a_family_with_types_reads_pairs(family, tmp_path):
    loaded = folder_of(tmp_path, *THROUGH_SEAM[family])
    inputs, expected = by_the_library(tmp_path, "the cat sat", "on a mat")
    found = capture("the cat sat </s> on a mat", loaded)
    assert found.inputs["token_type_ids"] == inputs["token_type_ids"][0].tolist()
    assert sum(found.inputs["token_type_ids"]) == 4
    for layer, weights in zip(found.layers, expected.attentions, strict=True):
        np.testing.assert_allclose(layer.weights, weights[0].numpy(), atol=1e-5)


@pytest.mark.parametrize(
    ("model_class", "config", "pair_type"),
    [
        (*THROUGH_SEAM["BERT"], 0),  # the tokenizer makes no difference
        (hf.BertModel, hf.BertConfig(**SIZES, type_vocab_size=1), 1),  # the model knows one type
        (*THROUGH_SEAM["DistilBERT"], 1),  # the model takes no types
        (*THROUGH_SEAM["Llama"], 1),
    ],
)
def test_where_tokenizer_or_model_knows_no_pairs_it_is_one_text(
    model_class, config, pair_type, tmp_path
):
    loaded = folder_of(tmp_path, model_class, config, pair_type)
    assert loaded.engine.token_types is None
    assert list(capture("the cat </s> a mat", loaded).inputs) == ["input_ids"]
