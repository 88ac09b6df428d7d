"""Freshly initialised weights: the library's own, whichever way our attention comes into the family."""

import copy

import numpy as np
import pytest
import torch
import transformers as hf

from attention_core.pretrained.capture import capture
from attention_core.pretrained.loading import load
from attention_core.pretrained.untrained import untrained
from tests.pretrained.folders import saved

from .cases import library_outputs, library_weights
from .families import ONLY_WEIGHTS, OWN_METHOD, THROUGH_SEAM

FAMILIES = THROUGH_SEAM | OWN_METHOD | ONLY_WEIGHTS


@pytest.mark.parametrize("family", ["BERT", "Gemma2", "GPT-OSS", "GPT-Neo", "GPT-J", "BLOOM"])
def test_untrained_weights_are_those_of_the_library_with_the_same_seed(family: str, tmp_path):
    loaded = load(saved(tmp_path, *FAMILIES[family]))
    with untrained(loaded, seed=3) as fresh:
        found = capture("the cat sat", fresh)
    assert type(found.layers[0]) is type(capture("the cat sat", loaded).layers[0])

    config = hf.AutoConfig.from_pretrained(tmp_path)
    torch.manual_seed(3)
    model = hf.AutoModel.from_config(copy.deepcopy(config), attn_implementation="eager")
    ids = {"input_ids": torch.tensor([found.inputs["input_ids"]])}
    expected = library_weights(library_outputs(model, ids))
    for layer, weights in zip(found.layers, expected, strict=True):
        np.testing.assert_allclose(layer.weights, weights, atol=1e-5)
