"""Our run and a wrong core's against the library's, kept for all readers: a key says all that makes a result."""

from __future__ import annotations

import numpy as np

from attention_core.pretrained import proof, two_runs
from attention_core.pretrained.interventions import Attend
from attention_core.pretrained.run import core_attention
from pages.ui.server import models
from pages.ui.server.cache import cached

OURS, WRONG = "ours", "wrong"
OFF = 1 / 1000  # of the wrong core's scale


def attends() -> dict[str, Attend]:
    """Whose attention runs in the place of the library's. Only where torch is loaded."""
    return {OURS: core_attention, WRONG: two_runs.rescaled(1 + OFF)}


@cached(max_entries=16)
def compared(model_id: str, text: str, core: str) -> two_runs.Compared:
    """One core against the library's own attention, in float32. The model must be loaded, here and below.

    Raises ValueError where a family does not hand out the vectors between its layers.
    """
    ids = models.tokenized(model_id, text).ids
    return two_runs.compare(ids, models.loaded(model_id), [attends()[core]])


@cached(max_entries=16)
def library_head(model_id: str, text: str, layer: int, head: int) -> np.ndarray:
    """The weights of one head in the library's own run: (n_q, n_k)."""
    ids = models.tokenized(model_id, text).ids
    return two_runs.library_weights(ids, models.loaded(model_id), layer, head)


@cached(max_entries=16)
def rounding(model_id: str, text: str) -> proof.Rounding | None:
    """What float64 says of both float32 runs; None where it can't be run."""
    return proof.rounding(models.captured(model_id, text), models.loaded(model_id))


def timed(model_id: str, text: str, n: int) -> two_runs.Times:
    """Measured now, for one reader: a time is of a machine and a moment, so it is not kept."""
    ids = models.tokenized(model_id, text).ids
    return two_runs.turn_about(ids, models.loaded(model_id), n)
