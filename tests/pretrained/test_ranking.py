"""Many runs of one text end where each ends alone, and none is lost between batches."""

import numpy as np

from attention_core.pretrained.baseline import mean_contexts
from attention_core.pretrained.interventions import without_heads
from attention_core.pretrained.outcome import outcomes
from attention_core.pretrained.ranking import MOST_TOKENS_AT_ONCE, of_each, without_each_head
from attention_core.pretrained.run import Run
from tests.pretrained.cases import ids_of

from .cases import ANIMAL

LAYER = 3


def test_the_runs_that_rank_a_layers_heads_end_where_each_ends_alone(loaded):
    ids, n_heads = ids_of(ANIMAL, loaded), loaded.engine.head_counts[LAYER]
    attends = without_each_head(LAYER, n_heads, "zero")
    found = of_each(ids, loaded, attends, lambda outcome: outcome)
    assert len(found) == n_heads
    for head in (0, n_heads - 1):
        (alone,) = outcomes(ids, loaded, [Run(without_heads([(LAYER, head)]))])
        np.testing.assert_allclose(found[head].states, alone.states, rtol=0, atol=1e-4)
        if alone.logits is not None:
            np.testing.assert_allclose(found[head].logits, alone.logits, rtol=0, atol=1e-4)


def test_a_heads_mean_is_used_where_it_is_asked_for(minilm):
    ids, means = ids_of(ANIMAL, minilm), mean_contexts([ANIMAL], minilm)
    zero, mean = (
        of_each(ids, minilm, without_each_head(LAYER, 1, instead, means), lambda end: end.states)[0]
        for instead in ("zero", "mean")
    )
    (alone,) = outcomes(ids, minilm, [Run(without_heads([(LAYER, 0)], "mean", means))])
    np.testing.assert_allclose(mean, alone.states, rtol=0, atol=1e-4)
    assert np.abs(zero - mean).max() > 1e-3


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
