"""Whether both say the same, in one box: the largest differences, what is usual, and what float64 says of more than that."""

from __future__ import annotations

import streamlit as st

from attention_core.pretrained import proof, two_runs
from pages.experiment.our_core_inside.runs import rounding
from pages.ui.reader.ready import Subject
from pages.ui.server.waiting import waited_for
from pages.ui.widgets.proof_panel import NOT_SETTLED, rounding_told
from pages.ui.widgets.wording import scientific


def verdict(subject: Subject, ours: two_runs.Apart) -> None:
    """Ours against the library, in float32; where that leaves more than usual, float64 tells before anything is said."""
    n_heads = sum(subject.capture.layers[i].n_heads for i in subject.layers)
    told = (
        f"Our NumPy function was the attention of all **{n_heads} heads** in {len(subject.layers)} layers. "
        f"The library’s own run of the same text differs by at most **{scientific(ours.weights.max())}** in "
        f"a :violet[weight], and in the vectors between the layers by at most "
        f"**{scientific(ours.shares.max())}** of their size. Usual in float32 is below {scientific(proof.TOLERANCE)}."
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
