"""What a causal model expects after each of the two sentences, side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.differences import total_variation
from attention_core.analysis.sampling import entropy_bits
from attention_core.pretrained.catalogue import SMOLLM2
from pages.compare.two_sentences.inputs import Pair
from pages.ui.reader.controls import Choice, switch_button
from pages.ui.server import models
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import notice_this
from pages.ui.widgets.takeaway import table_twin
from pages.ui.widgets.wording import number, signed, visible

N_SHOWN = 8


def next_panel(pair: Pair, choice: Choice) -> None:
    """The likeliest tokens of either sentence, with their probability after both."""
    if not can_predict(choice.model_id):
        return
    first, second = (models.next_probabilities(choice.model_id, text) for text in pair.texts)
    ids = likeliest_of_both(first, second)
    names = [visible(models.token_text(choice.model_id, i)) for i in ids]
    largest = float(max(first[ids].max(), second[ids].max()))
    st.markdown(
        f"**The {N_SHOWN} likeliest next tokens of either sentence**, and how likely each is after both"
    )
    breakdown(
        [
            Column("first", [number(p) for p in first[ids]], bars=(first[ids] / largest).tolist()),
            Column(
                "second",
                [number(p) for p in second[ids]],
                "output",
                bars=(second[ids] / largest).tolist(),
            ),
            Column("difference", [signed(float(second[i] - first[i])) for i in ids]),
        ],
        key="two_sentences_next",
        row_labels=names,
        row_title="next token",
        label=f"Next tokens after both sentences: {names[0]} {first[ids[0]]:.3f} and "
        f"{second[ids[0]]:.3f}",
    )
    table_twin(
        "Next tokens after both sentences",
        lambda: pd.DataFrame({"first": first[ids], "second": second[ids]}, index=names),
        key="two_sentences_next_twin",
    )
    notice_this(
        f"**{float(total_variation(first, second)):.2f}** of all probability is in another place after the "
        f"second sentence (0 = the same prediction, 1 = nothing in common). Entropy: "
        f"{entropy_bits(first):.2f} and {entropy_bits(second):.2f} bits. ␣ is the space before a word."
    )


def can_predict(model_id: str) -> bool:
    """Whether the model continues a text; if not, that is said and one that does is offered."""
    if models.predicts_next(model_id):
        return True
    st.text(f"{model_id} does not predict the next token.")
    st.markdown("It has no head for that in its files, or it writes a second text instead.")
    switch_button(SMOLLM2.key, "two_sentences")
    return False


def likeliest_of_both(first: np.ndarray, second: np.ndarray) -> list[int]:
    """The likeliest tokens of either, the largest probability first."""
    found = {int(i) for p in (first, second) for i in np.argsort(-p, kind="stable")[:N_SHOWN]}
    return sorted(found, key=lambda i: (-max(first[i], second[i]), i))
