"""The logit lens in both sentences: what the model would predict if it stopped after each layer."""

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.charts.through_layers import FIRST, SECOND
from pages.compare.two_sentences import runs
from pages.compare.two_sentences.inputs import TITLES, Pair
from pages.compare.two_sentences.next import can_predict, likeliest_of_both
from pages.compare.two_sentences.through_layers import chart_of
from pages.ui.reader.controls import Choice
from pages.ui.server import models
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import notice_this
from pages.ui.widgets.takeaway import table_twin
from pages.ui.widgets.wording import layers_passed, number, visible

FOLLOWED = "two_sentences_token"  # its id


def lens_panel(pair: Pair, choice: Choice) -> None:
    """One token through the layers of both sentences, and the likeliest token after each layer."""
    if not can_predict(choice.model_id):
        return
    if why := models.why_no_lens(choice.model_id):
        st.text(f"The logit lens does not work for this model. {why}")
        return
    both = [runs.lens(choice.model_id, text) for text in pair.texts]
    ids = likeliest_of_both(both[0][-1], both[1][-1])
    names = [visible(models.token_text(choice.model_id, i)) for i in ids]
    st.markdown(
        "The **logit lens**: the last token’s vector after each layer goes straight to the end of the "
        "model, its last normalisation and its comparison with all tokens (nostalgebraist, 2020). "
        "Only the last layer was trained for that; the last row is the model’s own prediction."
    )
    if st.session_state.get(FOLLOWED) not in ids:
        st.session_state[FOLLOWED] = max(ids, key=lambda i: both[1][-1][i] - both[0][-1][i])
    followed = st.selectbox(
        "Token to follow",
        ids,
        format_func=dict(zip(ids, names, strict=True)).__getitem__,
        key=FOLLOWED,
    )
    lines = [probabilities[:, followed] for probabilities in both]
    chart_of(
        "probabilities",
        lines,
        [FIRST, SECOND],
        f"Probability of {names[ids.index(followed)]} by the logit lens",
        "two_sentences_lens",
    )
    for column, title, probabilities in zip(st.columns(2, gap="large"), TITLES, both, strict=True):
        with column:
            _layers(choice.model_id, title, probabilities)
    settled = [_settled(probabilities) for probabilities in both]
    notice_this(
        f"The final favourite is in front, and stays there, after **{settled[0]}** of "
        f"{len(both[0]) - 1} layers in the first sentence and after **{settled[1]}** in the second. "
        "An odd token before that says that the vector does not yet speak the head’s language."
    )


def _settled(probabilities: np.ndarray) -> int:
    """After how many layers the likeliest token is the final one, and remains it."""
    best = probabilities.argmax(axis=1)
    other = np.flatnonzero(best != best[-1])
    return int(other[-1]) + 1 if len(other) else 0


def _layers(model_id: str, title: str, probabilities: np.ndarray) -> None:
    best = probabilities.argmax(axis=1)
    final = int(best[-1])
    names = [visible(models.token_text(model_id, int(i))) for i in best]
    chances, of_final = probabilities.max(axis=1), probabilities[:, final]
    st.markdown(f"**{title}**")
    rows = layers_passed(len(best) - 1)
    breakdown(
        [
            Column("likeliest", names),
            Column("its chance", [number(p) for p in chances]),
            Column(
                "of the final one",
                [number(p) for p in of_final],
                "output",
                bars=of_final.tolist(),
                help="The probability that this layer gives to the model's final favourite",
            ),
        ],
        key=f"two_sentences_lens_{title}",
        row_labels=rows,
        row_title="layer",
        label=f"{title}, likeliest token after each layer: in the end {names[-1]} {chances[-1]:.3f}",
    )
    table_twin(
        f"Logit lens, {title.lower()}",
        lambda: pd.DataFrame(
            {"likeliest": names, "probability": chances, "of the final one": of_final}, index=rows
        ),
        key=f"two_sentences_lens_{title}_twin",
    )
