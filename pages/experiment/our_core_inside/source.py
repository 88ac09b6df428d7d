"""The very source of what ran in place of the library's attention, from the seam down to the softmax."""

import streamlit as st

from attention_core.analysis.source import source_of
from attention_core.attention import attention
from attention_core.heads import grouped_attention
from attention_core.pretrained import seam
from attention_core.pretrained.run import core_attention
from attention_core.softmax import softmax_steps


def source() -> None:
    """Which function calls which, and each with its file and line. The model must be loaded."""
    called = (seam.attend_here, core_attention, grouped_attention, attention, softmax_steps)
    st.markdown(
        "Every layer of the model called **attend_here** in place of its own attention; that called "
        + ", that ".join(f"**{function.__name__}**" for function in called[1:])
        + ". The first knows torch, the last three are NumPy and nothing else."
    )
    with st.expander("Read them", icon=":material/code:", on_change="rerun", key="core_source") as shown:  # fmt: skip
        if not shown.open:
            return
        for function in reversed(called):
            quote = source_of(function)
            changed = " It was changed since this app started." if quote.is_newer else ""
            st.markdown(
                f"**{function.__name__}**: `{quote.file}`, from line {quote.line}.{changed}"
            )
            st.code(quote.text)
