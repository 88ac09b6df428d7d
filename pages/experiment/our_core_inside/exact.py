"""The same comparison in float64, in the background: one at a time in the whole server.

Results are kept for all readers; the float64 numbers are not.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import streamlit as st

from attention_core.pretrained import float64, two_runs
from attention_core.pretrained.run import Run
from pages.experiment.our_core_inside.runs import OURS, WRONG, attends
from pages.ui.server import models
from pages.ui.server.jobs import BackgroundJob, Report

_one_at_a_time = ThreadPoolExecutor(max_workers=1, thread_name_prefix="float64")


@dataclass(frozen=True)
class Settled:
    """Our core and a wrong one against the library's attention and, where that rounds, against torch's own."""

    library: two_runs.Compared  # ours, then the wrong one
    unrounded: two_runs.Compared | None

    @property
    def control(self) -> two_runs.Compared:
        """The control that computes in float64 throughout."""
        return self.unrounded or self.library


# not @cached: a job has no result yet, so the budget could not count it
@st.cache_resource(max_entries=16, show_spinner=False)
def settling(model_id: str, text: str) -> BackgroundJob[Settled]:
    """Start the comparison, or find it done. Returns at once. The model must be loaded."""
    job = BackgroundJob(partial(_compare, model_id, text))
    _one_at_a_time.submit(job.run)
    return job


def _compare(model_id: str, text: str, report: Report) -> Settled:
    cores = [attends()[name] for name in (OURS, WRONG)]
    ids = models.tokenized(model_id, text).ids
    report("preparing the model for 64-bit numbers")
    with float64.in_float64(models.loaded(model_id)) as double:
        report("running our core, a wrong core and the library’s attention")
        library = two_runs.compare(ids, double, cores)
        if library.runs[0].is_exact:
            return Settled(library, None)
        report("the library rounds: running torch’s own attention, which does not")
        return Settled(library, two_runs.compare(ids, double, cores, Run(float64.by_torch)))


@st.fragment(run_every=0.4)
def progress(model_id: str, text: str) -> None:
    """Say what is being done; once there is a result, run the whole page again."""
    job = settling(model_id, text)
    if job.is_done:
        st.rerun()
    with st.container(border=True):
        st.markdown(f"{job.stage} … {job.seconds:.0f} s")
