"""Our run and a wrong core's against the library's, cached for all readers. The model must be loaded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import streamlit as st

from attention_core.experiments import float64_check
from attention_core.experiments.float64_check import Float64Check
from attention_core.pretrained import proof, two_runs
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.server.jobs import BackgroundJob, Report

_one_at_a_time = ThreadPoolExecutor(max_workers=1, thread_name_prefix="float64")


@cached(max_entries=16)
def compared(model_id: str, text: str, core: str) -> two_runs.Compared:
    """One core against the library's own attention, in float32.

    Raises ReaderError where a family does not hand out the vectors between its layers.
    """
    ids, attend = models.tokenized(model_id, text).ids, float64_check.cores()[core]
    return two_runs.compare(ids, models.loaded(model_id), [attend])


@cached(max_entries=16)
def library_head(model_id: str, text: str, layer: int, head: int) -> np.ndarray:
    """The weights of one head in the library's own run: (n_q, n_k)."""
    ids = models.tokenized(model_id, text).ids
    return two_runs.library_weights(ids, models.loaded(model_id), layer, head)


@cached(max_entries=16)
def rounding(model_id: str, text: str) -> proof.Rounding | None:
    """The distance of both float32 runs to float64; None where that can't be run."""
    return proof.rounding(models.captured(model_id, text), models.loaded(model_id))


def timed(model_id: str, text: str, n: int) -> two_runs.Times:
    """Measured now and not cached: a time belongs to one machine and one moment."""
    ids = models.tokenized(model_id, text).ids
    return two_runs.turn_about(ids, models.loaded(model_id), n)


# not @cached: a job has no result yet, so the budget could not count it
@st.cache_resource(max_entries=16, show_spinner=False)
def float64_job(model_id: str, text: str) -> BackgroundJob[Float64Check]:
    """Start the check, or find it done. Returns at once; one job runs at a time."""
    job = BackgroundJob(partial(_float64_check, model_id, text))
    _one_at_a_time.submit(job.run)
    return job


def _float64_check(model_id: str, text: str, report: Report) -> Float64Check:
    """Asks for the model only now: a job that waits must not hold it."""
    ids = models.tokenized(model_id, text).ids
    return float64_check.float64_check(ids, models.loaded(model_id), report)
