"""The angles by which a model turns q and k: right where they are given, and not given where they are not known."""

import numpy as np
import pytest
import transformers as hf

from attention_core.positions import apply_rope, rope_angles
from attention_core.pretrained.capture import capture
from attention_core.pretrained.engine import start
from attention_core.pretrained.rope import MANY, NO_ROPE, NOT_HALVES, Rope, rope_of
from tests.pretrained.cases import ANIMAL
from tests.pretrained.families import GROUPED, GROUPED_8, inputs_for, reader, tiny

OTHERS = {
    "Cohere, which pairs neighbours": (hf.CohereModel, hf.CohereConfig(**GROUPED)),
    "SmolLM3, whose second layer has none": (
        hf.SmolLM3Model,
        hf.SmolLM3Config(**GROUPED, no_rope_layers=[1, 0]),
    ),
}


def test_unturned_equal_tokens_have_equal_keys_and_queries(smollm2):
    read = capture("no no no no", smollm2)
    ids = read.inputs["input_ids"]
    same = [i for i, token in enumerate(ids) if token == ids[-1]]
    assert len(same) >= 3  # the first has no space before it
    angles = rope_of(smollm2.engine).angles(len(ids))
    first = read.layers[0]
    for name in ("q", "k"):
        turned = getattr(first, name)
        unturned = apply_rope(turned, -angles)[:, same]
        scale = np.abs(unturned).max()
        assert np.abs(unturned - unturned[:, :1]).max() < 1e-5 * scale
        assert np.abs(turned[:, same] - turned[:, same][:, :1]).max() > 0.1 * scale
        again = apply_rope(apply_rope(turned, -angles), angles)
        np.testing.assert_allclose(again, turned, atol=1e-5 * scale)


def test_the_angles_are_those_of_the_configuration(smollm2):
    angles = rope_of(smollm2.engine).angles(20)
    assert angles.dtype == np.float32
    np.testing.assert_allclose(angles, rope_angles(20, 64, base=100_000.0), rtol=1e-5)


def test_what_is_found_is_shared_and_read_only(smollm2):
    found = rope_of(smollm2.engine)
    assert found.why_not == ""
    with pytest.raises(ValueError, match="read-only"):
        found.frequencies[0] = 0
    assert Rope(None, "a reason").angles(5) is None


@pytest.mark.parametrize("family", ["Llama", "Qwen2", "Qwen3"])
def test_families_that_turn_halves_are_found(family):
    engine = tiny(family).engine
    q = tiny(family).layers[0].q
    angles = rope_of(engine).angles(q.shape[-2])
    np.testing.assert_allclose(angles, rope_angles(*q.shape[-2:]), rtol=1e-6)


@pytest.mark.parametrize(
    ("family", "reason"),
    [
        ("BERT", NO_ROPE),
        ("GPT-2", NO_ROPE),
        ("T5", NO_ROPE),
        ("BART", NO_ROPE),
        ("Gemma3", MANY),
        ("ModernBERT", MANY),
        ("GPT-NeoX", NOT_HALVES),  # turns a quarter of each head
    ],
)
def test_other_families_say_why_not(family, reason):
    found = rope_of(tiny(family).engine)
    assert found.frequencies is None and found.why_not == reason


@pytest.mark.parametrize("family", OTHERS)
def test_a_model_that_turns_otherwise_is_found_out_by_the_pass(family):
    engine = start(reader(*OTHERS[family]), inputs_for)
    assert engine.through_seam
    assert rope_of(engine).why_not == NOT_HALVES


def test_wrong_frequencies_do_not_pass_as_the_model_s_own():
    config = hf.LlamaConfig(**GROUPED_8)

    def read(implementation: str):
        model = reader(hf.LlamaModel, config)(implementation)
        real = model.rotary_emb.forward
        model.rotary_emb.forward = lambda x, position_ids: real(x, 2 * position_ids)
        return model

    assert rope_of(start(read, inputs_for)).why_not == NOT_HALVES
    assert rope_of(start(reader(hf.LlamaModel, config), inputs_for)).why_not == ""


def test_looking_changes_nothing(smollm2):
    before = capture(ANIMAL, smollm2).output
    rope_of(smollm2.engine)
    np.testing.assert_array_equal(capture(ANIMAL, smollm2).output, before)
