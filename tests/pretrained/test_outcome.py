"""Many runs in one pass: each row of the batch ends where it would end alone, and where the library's model ends."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import AutoModelForMaskedLM

from attention_core.pretrained.interventions import computed_by, evenly, without_heads
from attention_core.pretrained.loading import load
from attention_core.pretrained.outcome import last_states, outcomes, predicted_at
from attention_core.pretrained.prediction import next_token_logits
from attention_core.pretrained.run import LIBRARY, AttentionCall, Run, core_attention
from attention_core.pretrained.seam import running
from attention_core.pretrained.tokens import tokenize
from tests.pretrained.cases import ANIMAL
from tests.pretrained.families import THROUGH_SEAM
from tests.pretrained.folders import saved, saved_masked

TEXT = "the cat sat on a mat"


def sharper(call: AttentionCall):
    return core_attention(replace(call, scale=2 * call.scale))


ATTENDS = [core_attention, without_heads([(0, 1)]), sharper, evenly]


def ids_of(text: str, loaded) -> list[int]:
    return tokenize(text, loaded.tokenizer, loaded.max_tokens).ids


def test_each_row_of_a_batch_is_what_it_would_be_alone(loaded):
    ids = ids_of(ANIMAL, loaded)
    together = outcomes(ids, loaded, [Run(attend) for attend in ATTENDS])
    for attend, outcome in zip(ATTENDS, together, strict=True):
        (alone,) = outcomes(ids, loaded, [Run(attend)])
        scale = np.abs(alone.states).max()
        np.testing.assert_allclose(outcome.states, alone.states, atol=2e-5 * scale)
        if loaded.model_id == "SmolLM2":
            np.testing.assert_allclose(outcome.logits, alone.logits, atol=5e-4)
        else:
            assert outcome.logits is None
    for i, a in enumerate(together):
        for b in together[:i]:
            assert np.abs(a.states - b.states).max() > 1e-3  # they are different runs indeed


def test_the_unchanged_row_is_the_library_s_own_run(loaded):
    ids = ids_of(ANIMAL, loaded)
    library = last_states(ids, loaded, [LIBRARY])[0]
    ours = last_states(ids, loaded, [Run(attend) for attend in ATTENDS])[0]
    np.testing.assert_allclose(ours, library, atol=5e-5 * np.abs(library).max())


def test_the_logits_are_those_of_the_whole_model(smollm2):
    ids = ids_of("the hot dog was", smollm2)
    (outcome,) = outcomes(ids, smollm2, [Run(core_attention)])
    np.testing.assert_allclose(outcome.logits, next_token_logits(ids, smollm2.engine), atol=1e-3)


@pytest.mark.parametrize("family", sorted(set(THROUGH_SEAM) - {"ViT"}))
def test_every_family_takes_a_batch_of_runs(family: str, tmp_path):
    loaded = load(saved(tmp_path, *THROUGH_SEAM[family]))
    ids = ids_of(TEXT, loaded)
    together = last_states(ids, loaded, [Run(attend) for attend in ATTENDS])
    for row, attend in enumerate(ATTENDS):
        np.testing.assert_allclose(
            together[row], last_states(ids, loaded, [Run(attend)])[0], atol=1e-5
        )


def test_layers_are_counted_in_the_order_of_the_capture(loaded):
    seen: list[list[int]] = [[], []]
    runs = [
        Run(core_attention, lambda call, _, kept=kept: kept.append(call.layer)) for kept in seen
    ]
    last_states(ids_of(ANIMAL, loaded), loaded, runs)
    assert seen == [list(range(loaded.n_layers))] * 2


def test_a_mask_is_predicted_as_the_library_predicts_it(tmp_path):
    folder = saved_masked(tmp_path)
    loaded = load(folder)
    ids = ids_of("the <mask> sat on <mask>", loaded)
    assert predicted_at(ids, loaded) == ids.index(loaded.tokenizer.mask_token_id)
    library = AutoModelForMaskedLM.from_pretrained(folder, attn_implementation="eager")
    with torch.inference_mode():
        expected = library(input_ids=torch.tensor([ids])).logits[0, predicted_at(ids, loaded)]
    (outcome,) = outcomes(ids, loaded, [Run(core_attention)])
    np.testing.assert_allclose(outcome.logits, expected.numpy(), atol=1e-5)
    assert predicted_at(ids_of("the cat", loaded), loaded) is None


def test_the_library_s_attention_runs_alone_and_each_row_needs_a_run(minilm):
    with pytest.raises(ValueError, match="runs alone"), running(LIBRARY, Run(core_attention)):
        pass
    inputs = {"input_ids": torch.tensor([[101, 102], [101, 102]])}
    with pytest.raises(ValueError, match="2 texts for 1 runs"):
        minilm.engine.forward(inputs, Run(core_attention))


def test_another_function_takes_the_place_in_the_layers_that_are_named(loaded):
    from attention_core.attention import attention

    def halved(q, k, v, mask, bias, scale):
        return attention(q, k, v, mask, bias, scale / 2)

    scales: dict[int, float] = {}

    def keep(attend):
        def kept(call):
            trace = attend(call)
            scales[call.layer] = trace.scale / call.scale
            return trace

        return kept

    last_states(ids_of(TEXT, loaded), loaded, [Run(keep(computed_by(halved, {1, 3})))])
    assert {layer for layer, scale in scales.items() if scale == 0.5} == {1, 3}
    assert set(scales.values()) == {0.5, 1.0}
