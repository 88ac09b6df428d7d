"""The proof on the page: our core against the library's own attention, and the very source that ran."""

from __future__ import annotations

import inspect

import pandas as pd
import streamlit as st

from attention_core.attention import attention
from attention_core.pretrained import proof as proofs
from attention_core.softmax import softmax_steps
from pages.ui.reader.controls import Choice
from pages.ui.server import models
from pages.ui.server.waiting import waited_for
from pages.ui.widgets.wording import scientific

NO_PROOF = "This model's family does not let another attention run inside it; its weights are the library's own."
NOT_SETTLED = (
    "This text rounds more. A float64 run would tell rounding from a mistake, but this model's code does not "
    "run in float64 here, so it is not settled."
)
HEADING = "Proof: one function, two worlds"


def proof_panel(choice: Choice, sentence: str) -> None:
    """Whether both worlds run the same function, in numbers."""
    st.header(HEADING, anchor="proof")
    loaded = models.ready(choice.model_id)
    if loaded is None or not loaded.engine.through_seam:
        st.info(NO_PROOF)
        return
    proof = waited_for(
        "The library’s own attention reads the sentence …", models.proved, choice.model_id, sentence
    )
    _verdict(proof)
    with st.expander("Layer by layer, and the function that ran", on_change="rerun") as details:
        if details.open:
            table, source = st.columns([1, 2], gap="large")
            found, title = proof.weight_differences, "max |Δ weight|"
            table.dataframe(
                pd.DataFrame({"layer": range(len(found)), title: found}),
                hide_index=True,
                column_config={title: st.column_config.NumberColumn(format="%.1e")},
                alt="Largest weight difference of each layer",
            )
            code = f"{inspect.getsource(attention)}\n\n{inspect.getsource(softmax_steps)}"
            source.code(code, height=480)


def _verdict(proof: proofs.Proof) -> None:
    """The largest differences and what they are: rounding, a mistake, or not known."""
    numbers = (
        f"Our NumPy core ran all {proof.n_heads} heads of this model: "
        f"max |Δ weight| **{proof.weight_difference:.1e}**, "
        f"max |Δ output| **{proof.output_difference:.1e}** against the library's own attention "
        f"on the same text. Usual in float32 is below {proof.tolerance:.0e}"
        f" (outputs reach {proof.output_size:.1f}, so theirs is judged as a share of that)."
    )
    if proof.holds:
        st.success(f"{numbers} {rounding_explained(proof.rounding)}", icon=":material/verified:")
    elif proof.is_settled:
        said = f"**The two do not agree.** {numbers} {rounding_explained(proof.rounding)}"
        st.error(said, icon=":material/warning:")
    else:
        st.info(f"{numbers} {NOT_SETTLED}", icon=":material/info:")


def rounding_explained(found: proofs.Rounding | None) -> str:
    """What float64 says of both float32 runs; nothing where it was not needed."""
    if found is None:
        return ""
    errors = (
        "This text rounds more, so the library ran it in float64 as well. From that run the library's own "
        f"float32 weights differ by up to {scientific(found.library.max())}, ours by up to "
        f"{scientific(found.ours.max())}; as a share of the output, {scientific(found.library_output)} and "
        f"{scientific(found.ours_output)}."
    )
    if found.explains:
        return f"{errors} Both errors have the size of rounding."
    return f"{errors} Somewhere ours is more than {proofs.AS_ROUNDING:.0f} times as large: more than rounding."
