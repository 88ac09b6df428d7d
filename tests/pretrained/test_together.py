"""Texts that share a pass get the weights they get alone, in every kind of family."""

import numpy as np
import pytest

from attention_core.pretrained.capture import as_tensors, capture_layers
from attention_core.pretrained.together import weights_of

from .families import tiny

TEXTS = [[1, 5, 9, 2, 7], [3, 3, 8, 4, 6], [9, 2, 1, 1, 5]]


@pytest.mark.parametrize("family", ["BERT", "GPT-2", "Llama", "ModernBERT", "T5", "BLOOM"])
def test_together_is_the_same_as_alone(family):
    engine = tiny(family).engine
    two_stacks = engine.model.config.is_encoder_decoder
    together = weights_of(TEXTS, engine)
    assert len(together) == len(TEXTS)
    for ids, found in zip(TEXTS, together, strict=True):
        inputs = {"input_ids": ids} | ({"decoder_input_ids": [0]} if two_stacks else {})
        layers, _ = capture_layers(engine, as_tensors(inputs))
        alone = [
            (i, layer)
            for i, layer in enumerate(layers)
            if not two_stacks or layer.kind == "encoder"
        ]
        assert [each.layer for each in found] == [i for i, _ in alone]
        for each, (_, layer) in zip(found, alone, strict=True):
            np.testing.assert_allclose(each.weights, layer.weights, atol=1e-5)
            assert (each.mask is None) == (layer.mask is None)
            assert each.mask is None or np.array_equal(each.mask, layer.mask)


def test_texts_of_different_lengths_do_not_share_a_pass():
    with pytest.raises(ValueError, match=r"\[2, 3\] tokens"):
        weights_of([[1, 2, 3], [1, 2]], tiny("BERT").engine)
