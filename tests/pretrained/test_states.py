"""The state at every position, layer by layer: against the library's own, and against the curriculum's figures."""

import numpy as np
import pytest
import torch

from attention_core.analysis.words import tokens_of
from attention_core.pretrained.capture import capture
from attention_core.pretrained.loading import LoadedModel, load
from attention_core.pretrained.states import hidden_states
from attention_core.pretrained.tokens import tokenize
from attention_core.vectors import cosine
from tests.pretrained.folders import saved

from .cases import ANIMAL
from .families import ONLY_WEIGHTS, THROUGH_SEAM


def vector_of(word: str, text: str, loaded: LoadedModel) -> np.ndarray:
    """Its state after every layer, (n_layers + 1, d_model)."""
    places = [(t.start, t.end) for t in tokenize(text, loaded.tokenizer, loaded.max_tokens).tokens]
    start = text.index(word)
    return hidden_states(text, loaded)[:, tokens_of((start, start + len(word)), places)[-1]]


def test_they_are_the_librarys_own_states(loaded, library):
    ours = hidden_states(ANIMAL, loaded)
    ids = torch.tensor([capture(ANIMAL, loaded).inputs["input_ids"]])
    with torch.inference_mode():
        theirs = library.eval()(ids, output_hidden_states=True, use_cache=False).hidden_states
    assert len(ours) == loaded.n_layers + 1
    for state, expected in zip(ours, theirs, strict=True):
        reach = max(1.0, float(expected.abs().max()))
        np.testing.assert_allclose(state, expected[0], rtol=0, atol=5e-5 * reach)


def test_the_last_state_is_what_the_capture_ends_in(loaded, captured):
    np.testing.assert_array_equal(hidden_states(ANIMAL, loaded)[-1], captured.output)


def test_a_hot_dog_comes_nearer_to_a_sausage_than_a_dog_does(minilm):
    sausage = vector_of("sausage", "the sausage was", minilm)
    dog, hot_dog = (
        [cosine(a, b) for a, b in zip(vector_of("dog", text, minilm), sausage, strict=True)]
        for text in ("the dog was", "the hot dog was")
    )
    assert (hot_dog[4], dog[4]) == pytest.approx((0.51, 0.43), abs=0.01)
    assert (hot_dog[-1], dog[-1]) == pytest.approx((0.31, 0.22), abs=0.01)


@pytest.mark.parametrize(
    ("family", "n_states"), [("T5", 3), ("BLOOM", 3)], ids=["its encoder's", "without the seam"]
)
def test_other_families_have_states_too(family: str, n_states: int, tmp_path):
    loaded = load(saved(tmp_path, *(THROUGH_SEAM | ONLY_WEIGHTS)[family]))
    text = "the cat sat on a mat"
    n_tokens = len(tokenize(text, loaded.tokenizer, loaded.max_tokens).ids)
    assert hidden_states(text, loaded).shape == (n_states, n_tokens, 24)


def test_states_are_read_only_and_a_blank_text_has_none(minilm):
    with pytest.raises(ValueError, match="read-only"):
        hidden_states("one", minilm)[0] = 0
    with pytest.raises(ValueError, match="nothing to read"):
        hidden_states("  ", minilm)
