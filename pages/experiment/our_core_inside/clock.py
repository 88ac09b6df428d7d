"""How long a pass takes with either attention: measured here and now, for this reader, and never kept for another."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.pretrained import two_runs
from pages.experiment.our_core_inside.runs import timed
from pages.experiment.our_core_inside.state import MEASURE
from pages.ui.reader.ready import Subject
from pages.ui.server.waiting import waiting
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import notice_this
from pages.ui.widgets.takeaway import table_twin

TIMES = "core_times"  # session: (model, text) and what was measured
N_PASSES = 7


@st.fragment
def clock(subject: Subject) -> None:
    """A button, and under it what the last click measured."""
    this = (subject.model_id, subject.sentence)
    measured, times = st.session_state.get(TIMES, (None, None))
    again = measured == this
    st.markdown(
        f"{N_PASSES} passes of each, turn about, so that both meet the same moments of a busy machine; "
        "one of each before that does not count."
    )
    if st.button(
        "Measure again" if again else "Measure the time", icon=":material/timer:", key=MEASURE
    ):
        with waiting("Measuring …"):
            times = timed(*this, N_PASSES)
        st.session_state[TIMES] = (this, times)
        st.rerun()  # the button's name has changed
    if again:
        _table(times)


def _table(times: two_runs.Times) -> None:
    frame = pd.DataFrame({"library": times.library, "ours": times.ours}) * 1000
    breakdown(
        [
            Column("median, ms", [f"{x:,.1f}" for x in frame.median()]),
            Column("fastest, ms", [f"{x:,.1f}" for x in frame.min()]),
            Column("slowest, ms", [f"{x:,.1f}" for x in frame.max()]),
        ],
        key="core_clock",
        row_labels=["library", "ours"],
        row_title="attention",
        label=f"Milliseconds of a pass: library {np.median(frame['library']):.1f}, ours {np.median(frame['ours']):.1f}",
    )
    table_twin(
        "Milliseconds of each pass",
        lambda: frame.set_index(pd.Index([f"pass {i}" for i in range(len(frame))])),
        key="core_clock_twin",
    )
    notice_this(
        f"A whole pass of the model took **{times.ratio:.2f} times** as long with our core as with the library’s "
        "attention. True of this machine at this moment, with whoever else was using it: measure again."
    )
