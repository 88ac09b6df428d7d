"""Our run and a wrong core's against the library's, kept for all readers: a key says all that makes a result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.ui.server import models
from pages.ui.server.kept import within_budget

if TYPE_CHECKING:
    from attention_core.pretrained.interventions import Attend
    from attention_core.pretrained.proof import Rounding
    from attention_core.pretrained.two_runs import Compared, Times

OURS, WRONG = "ours", "wrong"
OFF = 1 / 1000  # of the wrong core's scale


def attends() -> dict[str, Attend]:
    """Whose attention runs in the place of the library's. Only where torch is loaded."""
    from attention_core.pretrained.seam import core_attention
    from attention_core.pretrained.two_runs import rescaled

    return {OURS: core_attention, WRONG: rescaled(1 + OFF)}


@within_budget
@st.cache_resource(max_entries=16, show_spinner=False)
def compared(model_id: str, text: str, core: str) -> Compared:
    """One core against the library's own attention, in float32. The model must be loaded, here and below.

    Raises ValueError where a family does not hand out the vectors between its layers.
    """
    from attention_core.pretrained import two_runs

    ids = models.tokenized(model_id, text).ids
    return two_runs.compare(ids, models.loading(model_id).result.result(), [attends()[core]])


@within_budget
@st.cache_resource(max_entries=16, show_spinner=False)
def library_head(model_id: str, text: str, layer: int, head: int) -> np.ndarray:
    """The weights of one head in the library's own run: (n_q, n_k)."""
    from attention_core.pretrained import two_runs

    ids = models.tokenized(model_id, text).ids
    return two_runs.library_weights(ids, models.loading(model_id).result.result(), layer, head)


@within_budget
@st.cache_resource(max_entries=16, show_spinner=False)
def rounding(model_id: str, text: str) -> Rounding | None:
    """What float64 says of both float32 runs; None where it can't be run."""
    from attention_core.pretrained import proof

    return proof.rounding(models.captured(model_id, text), models.loading(model_id).result.result())


def timed(model_id: str, text: str, n: int) -> Times:
    """Measured now, for one reader: a time is of a machine and a moment, so it is not kept."""
    from attention_core.pretrained import two_runs

    ids = models.tokenized(model_id, text).ids
    return two_runs.turn_about(ids, models.loading(model_id).result.result(), n)
