"""What heads give that nobody has trained: the same architecture, freshly initialised, on the same tokens.

Measured on demand in the background, one model at a time in the whole server. Results are kept for all readers; the
random weights are not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from attention_core.errors import ReaderError
from attention_core.pretrained import capture, loading, untrained
from attention_core.pretrained.layers import Capture
from pages.ui.server import faults, models
from pages.ui.widgets.parts import notice_this

N_SEEDS = 3
LARGEST = 1e9  # bytes of random weights: beyond, a server would rather not make them
ASKED = "find_a_head_untrained"  # session: what was asked for
Measure = Callable[["loading.LoadedModel"], np.ndarray]  # the score of every head of one model
_one_at_a_time = ThreadPoolExecutor(max_workers=1, thread_name_prefix="untrained")


@dataclass
class Measuring:
    """A measurement on its way, and in the end the best score of each seed or the reason why not."""

    model_id: str
    measure: Measure
    started: float = field(default_factory=time.monotonic)
    n_done: int = 0
    result: Future[tuple[float, ...]] = field(default_factory=Future)

    def run(self) -> None:
        """Anything that goes wrong is kept in `result` for whoever asks for it."""
        try:
            self.result.set_result(tuple(self._best(seed) for seed in range(N_SEEDS)))
        except BaseException as error:
            if not isinstance(error, ReaderError):
                faults.log(error)
            self.result.set_exception(error)

    def _best(self, seed: int) -> float:
        with untrained.untrained(models.loading(self.model_id).result.result(), seed) as fresh:
            best = float(np.nanmax(self.measure(fresh)))
        self.n_done += 1
        return best


def captured_by(loaded: loading.LoadedModel, sentence: str) -> Capture:
    """The sentence in a run of this very model; nothing of it is kept."""
    return capture.capture(sentence, loaded)


@st.cache_resource(max_entries=32, show_spinner=False)
def measuring(model_id: str, what: Hashable, _measure: Measure) -> Measuring:
    """Start to measure, or find it done. Returns at once. `what` says all that makes the result."""
    begun = Measuring(model_id, _measure)
    _one_at_a_time.submit(begun.run)
    return begun


def against_untrained(model_id: str, what: Hashable, measure: Measure, scores: np.ndarray) -> None:
    """How many heads give more than the best head of an untrained model; behind a button, because it takes a while."""
    n_bytes = untrained.bytes_untrained(models.loading(model_id).result.result())
    if n_bytes > LARGEST:
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
    begun = measuring(model_id, what, measure)
    if not begun.result.done():
        _progress(model_id, what, measure)
        return
    error = begun.result.exception()
    if error is None:
        _verdict(begun.result.result(), scores)
    elif isinstance(error, ReaderError):
        faults.refusal(error, "**An untrained model can't be run here.**")
    else:
        faults.show(error)


@st.fragment(run_every=0.4)
def _progress(model_id: str, what: Hashable, measure: Measure) -> None:
    begun = measuring(model_id, what, measure)
    if begun.result.done():
        st.rerun()
    seconds = time.monotonic() - begun.started
    st.markdown(f"Untrained model {min(begun.n_done + 1, N_SEEDS)} of {N_SEEDS} … {seconds:.0f} s")


def _verdict(best: tuple[float, ...], scores: np.ndarray) -> None:
    scored = scores[np.isfinite(scores)]
    above = int((scored > max(best)).sum())
    notice_this(
        f"{N_SEEDS} untrained models of the same architecture, initialised by the library: their best heads give "
        f"{', '.join(f'{each:.3f}' for each in best)} on the same tokens. **{above} of {len(scored)}** heads of this "
        "model give more than that."
        + ("" if above else " So no head of this model does it here more than an untrained one.")
    )
