"""Leaving tokens out, against the library's own model on the shorter input."""

import numpy as np
import pytest
import torch
from transformers import AutoModel

from attention_core.pretrained.capture import capture
from attention_core.pretrained.leave_one_out import (
    cosines_without,
    ids_without,
    last_vectors,
    probabilities_without,
)
from attention_core.pretrained.loading import load
from attention_core.pretrained.prediction import next_tokens
from attention_core.pretrained.tokens import tokenize
from tests.pretrained.families import ONLY_WEIGHTS, THROUGH_SEAM
from tests.pretrained.folders import saved

TEXT = "the cat sat on a mat"


def test_ids_without_by_hand():
    assert ids_without([5, 6, 7, 8], [1, 3]) == [5, 7]
    assert ids_without([5, 6], []) == [5, 6]
    with pytest.raises(ValueError, match="no token 2 among 2"):
        ids_without([5, 6], [2])
    with pytest.raises(ValueError, match="one at least"):
        ids_without([5, 6], [0, 1])


def test_nothing_left_out_changes_nothing(smollm2):
    likeliest = next_tokens(TEXT, smollm2, 3)
    found = probabilities_without(TEXT, [], [token.id for token in likeliest], smollm2)
    np.testing.assert_allclose(found, [token.probability for token in likeliest], rtol=1e-5)


def test_the_prediction_without_a_word_is_that_of_the_shorter_input(smollm2):
    ids = tokenize(TEXT, smollm2.tokenizer, smollm2.max_tokens).ids
    with torch.inference_mode():
        logits = smollm2.engine.model(input_ids=torch.tensor([ids[:1] + ids[2:]])).logits[0, -1]
    expected = logits.double().softmax(-1)[[7, 300]].numpy()
    np.testing.assert_allclose(
        probabilities_without(TEXT, [1], [7, 300], smollm2), expected, rtol=1e-4
    )


@pytest.mark.parametrize("family", ["BERT", "T5", "BLOOM"])
def test_vectors_without_a_word_are_those_of_the_shorter_input(family: str, tmp_path):
    folder = saved(tmp_path, *(THROUGH_SEAM | ONLY_WEIGHTS)[family])
    loaded = load(folder)
    library = AutoModel.from_pretrained(folder, attn_implementation="eager")
    stack = library.encoder if family == "T5" else library
    ids = tokenize(TEXT, loaded.tokenizer, loaded.max_tokens).ids
    with torch.inference_mode():
        before, after = (
            stack(input_ids=torch.tensor([each])).last_hidden_state[0]
            for each in (ids, ids[:2] + ids[4:])
        )
    expected = torch.nn.functional.cosine_similarity(before[[0, 1, 4, 5]], after, dim=-1)
    whole = last_vectors(ids, loaded)
    found = cosines_without(TEXT, [2, 3], whole, loaded)
    np.testing.assert_allclose(found[[0, 1, 4, 5]], expected.numpy(), atol=1e-5)
    assert np.isnan(found[2:4]).all()


def test_vectors_are_those_of_the_capture(minilm):
    ids = tokenize(TEXT, minilm.tokenizer, minilm.max_tokens).ids
    np.testing.assert_allclose(last_vectors(ids, minilm), capture(TEXT, minilm).output, atol=1e-6)
    with pytest.raises(ValueError, match="3 vectors are not those of"):
        cosines_without(TEXT, [1], last_vectors(ids[:3], minilm), minilm)
    with pytest.raises(ValueError, match="does not predict"):
        probabilities_without(TEXT, [1], [7], minilm)
