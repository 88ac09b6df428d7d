"""The same comparison in float64, in the background: one at a time in the whole server.

Results are kept for all readers; the float64 numbers are not.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import streamlit as st

from attention_core.errors import ReaderError
from attention_core.pretrained import float64, two_runs
from attention_core.pretrained.run import Run
from pages.experiment.our_core_inside.runs import OURS, WRONG, attends
from pages.ui.server import faults, models

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


@dataclass
class Settling:
    """A comparison on its way: what is being done, since when, and in the end the result or the reason why not."""

    model_id: str
    text: str
    stage: str = "waiting for its turn"
    started: float = field(default_factory=time.monotonic)
    result: Future[Settled] = field(default_factory=Future)

    def run(self) -> None:
        """Anything that goes wrong is kept in `result` for whoever asks for it."""
        try:
            self.result.set_result(self._settled())
        except BaseException as error:
            if not isinstance(error, ReaderError):
                faults.log(error)
            self.result.set_exception(error)

    def _settled(self) -> Settled:
        cores = [attends()[name] for name in (OURS, WRONG)]
        ids = models.tokenized(self.model_id, self.text).ids
        self.stage = "preparing the model for 64-bit numbers"
        with float64.in_float64(models.loading(self.model_id).result.result()) as double:
            self.stage = "running our core, a wrong core and the library’s attention"
            library = two_runs.compare(ids, double, cores)
            if library.runs[0].is_exact:
                return Settled(library, None)
            self.stage = "the library rounds: running torch’s own attention, which does not"
            return Settled(library, two_runs.compare(ids, double, cores, Run(float64.by_torch)))


@st.cache_resource(max_entries=16, show_spinner=False)
def settling(model_id: str, text: str) -> Settling:
    """Start the comparison, or find it done. Returns at once. The model must be loaded."""
    begun = Settling(model_id, text)
    _one_at_a_time.submit(begun.run)
    return begun


@st.fragment(run_every=0.4)
def progress(model_id: str, text: str) -> None:
    """Say what is being done; once there is a result, run the whole page again."""
    begun = settling(model_id, text)
    if begun.result.done():
        st.rerun()
    with st.container(border=True):
        st.markdown(f"{begun.stage} … {time.monotonic() - begun.started:.0f} s")
