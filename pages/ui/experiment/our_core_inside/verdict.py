"""Whether both say the same, in one box: the largest differences, and what is normal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.ui.experiment.ready import Subject
from pages.ui.wording import scientific

if TYPE_CHECKING:
    from attention_core.pretrained.two_runs import Apart

MEANS = {
    "normal": "That is what rounding leaves",
    "unclear": "That is more than rounding usually leaves, and less than a mistake would",
    "suspicious": "**That is more than rounding leaves**",
}


def verdict(subject: Subject, ours: Apart) -> None:
    """Ours against the library, in float32."""
    from attention_core.pretrained.proof import SUSPICIOUS, TOLERANCE

    n_heads = sum(subject.capture.layers[i].n_heads for i in subject.layers)
    told = (
        f"Our NumPy function was the attention of all **{n_heads} heads** in {len(subject.layers)} layers. "
        f"The library’s own run of the same text differs by at most **{scientific(ours.weights.max())}** in "
        f"a :violet[weight], and in the vectors between the layers by at most "
        f"**{scientific(ours.shares.max())}** of their size. {MEANS[ours.verdict]}: in float32 "
        f"below {scientific(TOLERANCE)} is normal, from {scientific(SUSPICIOUS)} on something is wrong."
    )
    if ours.verdict == "normal":
        st.success(told, icon=":material/verified:")
    else:
        st.warning(told, icon=":material/warning:")
