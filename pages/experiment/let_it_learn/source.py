"""The backward pass as it ran, read from the core's own files."""

import streamlit as st

from attention_core.analysis.source import source_of
from attention_core.gradients import (
    attention_backward,
    matrix_backward,
    multi_head_backward,
    softmax_backward,
)
from attention_core.toy.learner import cross_entropy_backward, gradients
from attention_core.toy.optimisers import OPTIMISERS


def source_panel(optimiser: str) -> None:
    """From the loss back to the matrices, in the order it runs, then the step."""
    with st.expander(
        "The code that ran: backward pass and step", on_change="rerun", key="learns_source"
    ) as shown:
        if not shown.open:
            return
        for function in (
            gradients,
            cross_entropy_backward,
            multi_head_backward,
            attention_backward,
            softmax_backward,
            matrix_backward,
            OPTIMISERS[optimiser],
        ):
            source = source_of(function)
            st.markdown(f"`{source.file}`, from line {source.line}")
            st.code(source.text)
