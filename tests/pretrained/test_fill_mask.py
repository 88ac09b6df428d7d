"""Masks are filled by the head in a model's files; a model without one is refused."""

import numpy as np
import pytest
import torch
import transformers as hf

from attention_core.pretrained.fill_mask import (
    MOST_MASKS,
    fill_masks,
    fills_masks,
    with_filled,
    with_its_mask,
)
from attention_core.pretrained.loading import load
from tests.pretrained.folders import saved_masked

from .families import SIZES, reader


@pytest.fixture(scope="module")
def masked(tmp_path_factory):
    return load(saved_masked(tmp_path_factory.mktemp("masked")))


def test_each_mask_gets_the_library_s_own_distribution(masked):
    found = fill_masks("the <mask> sat on [MASK] mat", masked, 5)
    assert [blank.position for blank in found] == [1, 4]
    library = reader(hf.BertForMaskedLM, hf.BertConfig(**SIZES))("eager").eval()
    ids = torch.tensor([[5, 4, 7, 8, 4, 10]])
    with torch.inference_mode():
        expected = library(ids).logits[0, [1, 4]].softmax(-1).numpy()
    for blank, row in zip(found, expected, strict=True):
        np.testing.assert_allclose(blank.probabilities, row, atol=1e-6)
        assert [token.id for token in blank.tokens] == np.argsort(-row)[:5].tolist()
        assert blank.tokens[0].probability == pytest.approx(row.max(), abs=1e-6)


def test_no_mask_no_blank_and_not_more_than_can_be_shown(masked):
    assert fill_masks("the cat sat", masked, 3) == ()
    assert len(fill_masks("<mask> " * (MOST_MASKS + 3), masked, 3)) == MOST_MASKS


def test_a_model_without_the_head_fills_nothing(minilm, tmp_path):
    assert not fills_masks(minilm.engine)
    with pytest.raises(ValueError, match="BertModel fills no masks"):
        fill_masks("the [MASK] was", minilm, 3)
    headless = load(saved_masked(tmp_path, hf.BertModel))
    with pytest.raises(ValueError, match="its files hold no head"):
        fill_masks("the <mask>", headless, 3)


def test_a_blank_text_is_refused(masked):
    with pytest.raises(ValueError, match="nothing to read"):
        fill_masks(" ", masked, 3)


def test_a_mask_is_replaced_and_a_piece_is_joined():
    assert with_its_mask("a [MASK] b", "<mask>") == "a <mask> b"
    assert with_filled("a [MASK] b [MASK]", 1, " cat", "<mask>") == "a <mask> b cat"
    assert with_filled("walk [MASK] on", 0, "##ing", "[MASK]") == "walking on"
    with pytest.raises(ValueError, match="mask 1 of a text with 1"):
        with_filled("a [MASK]", 1, "b", "[MASK]")
