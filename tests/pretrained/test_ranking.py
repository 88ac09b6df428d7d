"""Effects of many runs are those of each run alone, and a token's probability follows from what is kept of them."""

import numpy as np
import pytest

from attention_core.analysis.effects import kl_bits, probabilities, turned_by
from attention_core.pretrained.interventions import mean_contexts, without_heads
from attention_core.pretrained.outcome import outcomes
from attention_core.pretrained.ranking import (
    MOST_TOKENS_AT_ONCE,
    effects,
    of_each,
    token_chances,
    without_each_head,
)
from attention_core.pretrained.seam import Run, core_attention

from .cases import ANIMAL
from .test_interventions import LAYER, ids_of


def control_of(ids: list[int], loaded):
    return outcomes(ids, loaded, [Run(core_attention)])[0]


def test_the_effects_of_a_layers_heads_are_those_of_each_head_alone(loaded):
    ids = ids_of(ANIMAL, loaded)
    control = control_of(ids, loaded)
    n_heads = loaded.engine.head_counts[LAYER]
    found = effects(ids, loaded, without_each_head(LAYER, n_heads, "zero"), control)
    assert len(found) == n_heads
    for head in (0, n_heads - 1):
        (alone,) = outcomes(ids, loaded, [Run(without_heads([(LAYER, head)]))])
        effect = found[head]
        np.testing.assert_allclose(
            effect.turned, turned_by(control.states, alone.states), rtol=1e-3, atol=1e-6
        )
        mean = turned_by(control.states.mean(axis=0), alone.states.mean(axis=0))
        np.testing.assert_allclose(effect.turned_mean, mean, rtol=1e-3, atol=1e-6)
        if control.logits is None:
            assert effect.bits is None and effect.state is None
        else:
            bits = float(kl_bits(control.logits, alone.logits))
            np.testing.assert_allclose(effect.bits, bits, rtol=1e-3, atol=1e-6)


def test_a_heads_mean_is_used_where_it_is_asked_for(minilm):
    ids = ids_of(ANIMAL, minilm)
    means = mean_contexts([ANIMAL], minilm)
    control = control_of(ids, minilm)
    zero, mean = (
        effects(ids, minilm, without_each_head(LAYER, 1, instead, means), control)[0].turned_mean
        for instead in ("zero", "mean")
    )
    assert abs(zero - mean) > 1e-6


def test_the_chance_of_any_token_follows_from_the_kept_states(smollm2):
    ids = ids_of(ANIMAL, smollm2)
    attends = without_each_head(LAYER, 3, "zero")
    found = effects(ids, smollm2, attends, control_of(ids, smollm2))
    ends = outcomes(ids, smollm2, [Run(attend) for attend in attends])
    for token in (int(ends[0].logits.argmax()), 5):
        expected = [probabilities(end.logits)[token] for end in ends]
        np.testing.assert_allclose(token_chances(found, token, smollm2), expected, rtol=1e-3)


def test_where_nothing_is_predicted_no_token_has_a_chance(minilm):
    ids = ids_of(ANIMAL, minilm)
    found = effects(ids, minilm, without_each_head(LAYER, 2, "zero"), control_of(ids, minilm))
    with pytest.raises(ValueError, match="predicts no token"):
        token_chances(found, 5, minilm)


def test_of_a_long_text_fewer_runs_go_together_and_none_is_lost(minilm):
    ids = ids_of("animal " * 100, minilm)
    n_runs = 2 * (MOST_TOKENS_AT_ONCE // len(ids)) + 1
    assert n_runs == 5
    attends = [without_heads([(0, head)]) for head in range(n_runs)]
    means = of_each(ids, minilm, attends, lambda outcome: outcome.states.mean(axis=0))
    together = outcomes(ids, minilm, [Run(attend) for attend in attends])
    for kept, outcome in zip(means, together, strict=True):
        np.testing.assert_allclose(kept, outcome.states.mean(axis=0), rtol=0, atol=1e-4)
    assert len({mean.tobytes() for mean in means}) == n_runs


def test_what_is_kept_cannot_be_changed_by_a_reader(smollm2):
    ids = ids_of(ANIMAL, smollm2)
    (found,) = effects(ids, smollm2, without_each_head(0, 1, "zero"), control_of(ids, smollm2))
    for array in (found.turned, found.state):
        with pytest.raises(ValueError):
            array[0] = 1
