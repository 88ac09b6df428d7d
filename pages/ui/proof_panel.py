"""The proof on the page: our core against the library's own attention, and the very source that ran."""

import inspect

import pandas as pd
import streamlit as st

from attention_core.attention import attention
from attention_core.softmax import softmax_steps
from pages.ui import models
from pages.ui.controls import Choice
from pages.ui.waiting import waited_for


def proof_panel(choice: Choice, sentence: str) -> None:
    """Whether both worlds run the same function, in numbers."""
    st.header("Proof: one function, two worlds", anchor="proof")
    loaded = models.ready(choice.model_id)
    if loaded is None or not loaded.engine.through_seam:
        st.info(
            "This model's family does not let another attention run inside it; its weights are the library's own."
        )
        return
    proof = waited_for(
        "The library’s own attention reads the sentence …",
        models.proved,
        choice.model_id,
        sentence,
    )
    numbers = (
        f"Our NumPy core ran all {proof.n_heads} heads of this model: "
        f"max |Δ weight| **{proof.weight_difference:.1e}**, "
        f"max |Δ output| **{proof.output_difference:.1e}** against the library's own attention "
        f"on the same text. Normal is below {proof.tolerance:.0e}"
        f" (outputs reach {proof.output_size:.1f}, so theirs is judged as a share of that)."
    )
    if proof.holds:
        st.success(numbers, icon=":material/verified:")
    else:
        st.error(f"**The two do not agree.** {numbers}", icon=":material/warning:")
    with st.expander("Layer by layer, and the function that ran", on_change="rerun") as details:
        if details.open:
            table, source = st.columns([1, 2], gap="large")
            with table:
                st.dataframe(
                    pd.DataFrame(
                        {
                            "layer": range(len(proof.weight_differences)),
                            "max |Δ weight|": proof.weight_differences,
                        }
                    ),
                    hide_index=True,
                    column_config={"max |Δ weight|": st.column_config.NumberColumn(format="%.1e")},
                    alt="Largest weight difference of each layer",
                )
            with source:
                st.code(
                    f"{inspect.getsource(attention)}\n\n{inspect.getsource(softmax_steps)}",
                    height=480,
                )
