"""Runs of a model with another attention inside, kept for all readers: a key says all that makes a result.

No run changes the shared model, so two readers with different experiments never see each other's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from attention_core.analysis.coreference_sentences import SENTENCES
from attention_core.attention import AttentionTrace
from attention_core.pretrained import baseline, outcome
from attention_core.pretrained.run import AttentionCall, Outcome, Run, core_attention
from pages.ui.server import models
from pages.ui.server.cache import cached


@cached(max_entries=32)
def control(model_id: str, text: str) -> Outcome:
    """The unchanged run, computed by our core. The model must be loaded, here and below."""
    return run_all(model_id, text, [core_attention])[0]


def run_all(
    model_id: str, text: str, attends: Sequence[Callable[[AttentionCall], AttentionTrace]]
) -> list[Outcome]:
    """One pass for all, each a row of the batch. Not kept: its caller knows what to keep it by."""
    ids = models.tokenized(model_id, text).ids
    loaded = models.loaded(model_id)
    return outcome.outcomes(ids, loaded, [Run(attend) for attend in attends])


@cached(max_entries=3)
def mean_contexts(model_id: str) -> tuple[np.ndarray, ...]:
    """What each head hands over on average over built-in sentences, one of each pair: (n_heads, d_v) for each layer."""
    loaded = models.loaded(model_id)
    return baseline.mean_contexts([sentence.text for sentence in SENTENCES[::2]], loaded)


def predicts(model_id: str, text: str) -> str:
    """What the model predicts in this text: the "next" token, the "mask", or "nothing" where it only gives vectors."""
    loaded = models.loaded(model_id)
    if outcome.predicted_at(models.tokenized(model_id, text).ids, loaded) is None:
        return "nothing"
    return "next" if models.predicts_next(model_id) else "mask"
