"""Whether both say the same, in one box: the largest differences, what is usual, and what float64 says of more than that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.experiment.our_core_inside.runs import rounding
from pages.ui.reader.ready import Subject
from pages.ui.server.waiting import waited_for
from pages.ui.widgets.proof_panel import NOT_SETTLED, rounding_told
from pages.ui.widgets.wording import scientific

if TYPE_CHECKING:
    from attention_core.pretrained.two_runs import Apart


def verdict(subject: Subject, ours: Apart) -> None:
    """Ours against the library, in float32; where that leaves more than usual, float64 tells before anything is said."""
    from attention_core.pretrained.proof import TOLERANCE

    n_heads = sum(subject.capture.layers[i].n_heads for i in subject.layers)
    told = (
        f"Our NumPy function was the attention of all **{n_heads} heads** in {len(subject.layers)} layers. "
        f"The library’s own run of the same text differs by at most **{scientific(ours.weights.max())}** in "
        f"a :violet[weight], and in the vectors between the layers by at most "
        f"**{scientific(ours.shares.max())}** of their size. Usual in float32 is below {scientific(TOLERANCE)}."
    )
    if ours.is_usual:
        st.success(told, icon=":material/verified:")
        return
    found = waited_for(
        "The library runs the text in float64 …", rounding, subject.model_id, subject.sentence
    )
    if found is None:
        st.info(f"{told} {NOT_SETTLED}", icon=":material/info:")
    elif found.explains:
        st.success(f"{told} {rounding_told(found)}", icon=":material/verified:")
    else:
        st.warning(f"{told} {rounding_told(found)}", icon=":material/warning:")
