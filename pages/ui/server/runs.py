"""Runs of a model with another attention inside, kept for all readers: a key says all that makes a result.

No run changes the shared model, so two readers with different experiments never see each other's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from attention_core.analysis.coreference_sentences import SENTENCES
from pages.ui.server import models
from pages.ui.server.kept import within_budget

if TYPE_CHECKING:
    from attention_core.attention import AttentionTrace
    from attention_core.pretrained.outcome import Outcome
    from attention_core.pretrained.seam import AttentionCall


@within_budget
@st.cache_resource(max_entries=32, show_spinner=False)
def control(model_id: str, text: str) -> Outcome:
    """The unchanged run, computed by our core. The model must be loaded, here and below."""
    from attention_core.pretrained.seam import core_attention

    return run_all(model_id, text, [core_attention])[0]


def run_all(
    model_id: str, text: str, attends: Sequence[Callable[[AttentionCall], AttentionTrace]]
) -> list[Outcome]:
    """One pass for all, each a row of the batch. Not kept: its caller knows what to keep it by."""
    from attention_core.pretrained.outcome import outcomes
    from attention_core.pretrained.seam import Run

    ids = models.tokenized(model_id, text).ids
    loaded = models.loading(model_id).result.result()
    return outcomes(ids, loaded, [Run(attend) for attend in attends])


@st.cache_resource(max_entries=3, show_spinner=False)
def mean_contexts(model_id: str) -> tuple[np.ndarray, ...]:
    """What each head hands over on average over built-in sentences, one of each pair: (n_heads, d_v) for each layer."""
    from attention_core.pretrained import interventions

    loaded = models.loading(model_id).result.result()
    return interventions.mean_contexts([sentence.text for sentence in SENTENCES[::2]], loaded)


def predicts(model_id: str, text: str) -> str:
    """What the model predicts in this text: the "next" token, the "mask", or "nothing" where it only gives vectors."""
    from attention_core.pretrained.outcome import predicted_at

    loaded = models.loading(model_id).result.result()
    if predicted_at(models.tokenized(model_id, text).ids, loaded) is None:
        return "nothing"
    return "next" if models.predicts_next(model_id) else "mask"
