"""What heads give that nobody has trained: the same architecture, freshly initialised, on the same tokens.

Measured on demand in the background, one model at a time in the whole server. Results are kept for all readers; the
random weights are not.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import streamlit as st

from attention_core.errors import ReaderError
from attention_core.pretrained import capture, loading, untrained
from attention_core.pretrained.layers import Capture
from pages.ui.server import faults, models, settings
from pages.ui.server.jobs import BackgroundJob, Report
from pages.ui.widgets.parts import notice_this

N_SEEDS = 3
ASKED = "find_a_head_untrained"  # session: what was asked for
Measure = Callable[["loading.LoadedModel"], np.ndarray]  # the score of every head of one model
_one_at_a_time = ThreadPoolExecutor(max_workers=1, thread_name_prefix="untrained")


def captured_by(loaded: loading.LoadedModel, sentence: str) -> Capture:
    """The sentence in a run of this very model; nothing of it is kept."""
    return capture.capture(sentence, loaded)


# not @cached: a job has no result yet, so the budget could not count it
@st.cache_resource(max_entries=32, show_spinner=False)
def measuring(model_id: str, what: Hashable, _measure: Measure) -> BackgroundJob[tuple[float, ...]]:
    """Start to measure the best score of each seed, or find it done. `what` says all that makes the result."""
    job = BackgroundJob(partial(_best, model_id, _measure), stage=_stage(0))
    _one_at_a_time.submit(job.run)
    return job


def _best(model_id: str, measure: Measure, report: Report) -> tuple[float, ...]:
    best = []
    for seed in range(N_SEEDS):
        report(_stage(seed))
        with untrained.untrained(models.loaded(model_id), seed) as fresh:
            best.append(float(np.nanmax(measure(fresh))))
    return tuple(best)


def _stage(seed: int) -> str:
    return f"Untrained model {seed + 1} of {N_SEEDS}"


def against_untrained(model_id: str, what: Hashable, measure: Measure, scores: np.ndarray) -> None:
    """How many heads give more than the best head of an untrained model; behind a button, because it takes a while."""
    n_bytes = untrained.bytes_untrained(models.loaded(model_id))
    if n_bytes > settings.MOST_BYTES_UNTRAINED:
        st.markdown("This model is too large here to compare with untrained ones.")
        return
    this = (model_id, what)
    if st.session_state.get(ASKED) != this:
        st.button(
            "Compare with untrained models",
            icon=":material/casino:",
            key="find_a_head_untrained_ask",
            help=f"{N_SEEDS} models of the same architecture with freshly initialised weights. "
            f"One at a time takes {n_bytes / 1e6:,.0f} MB for some seconds.",
            on_click=lambda: st.session_state.update({ASKED: this}),
        )
        return
    job = measuring(model_id, what, measure)
    if not job.is_done:
        _progress(model_id, what, measure)
        return
    error = job.result.exception()
    if error is None:
        _verdict(job.result.result(), scores)
    elif isinstance(error, ReaderError):
        faults.refusal(error, "**An untrained model can't be run here.**")
    else:
        faults.show(error)


@st.fragment(run_every=0.4)
def _progress(model_id: str, what: Hashable, measure: Measure) -> None:
    job = measuring(model_id, what, measure)
    if job.is_done:
        st.rerun()
    st.markdown(f"{job.stage} … {job.seconds:.0f} s")


def _verdict(best: tuple[float, ...], scores: np.ndarray) -> None:
    scored = scores[np.isfinite(scores)]
    above = int((scored > max(best)).sum())
    notice_this(
        f"{N_SEEDS} untrained models of the same architecture, initialised by the library: their best heads give "
        f"{', '.join(f'{each:.3f}' for each in best)} on the same tokens. **{above} of {len(scored)}** heads of this "
        "model give more than that."
        + ("" if above else " So no head of this model does it here more than an untrained one.")
    )
