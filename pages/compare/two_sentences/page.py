"""Compare: one word in two sentences, followed through the layers of the pretrained model."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.differences import total_variation
from attention_core.analysis.sampling import entropy_bits
from attention_core.charts.through_layers import FIRST, SECOND
from attention_core.experiments.two_sentences import layers_until_final, likeliest_of_both
from attention_core.pretrained.catalogue import SMOLLM2
from pages.compare.two_sentences.sentences import TITLES, Pair, chart_of, lens, pair_of_sentences
from pages.compare.two_sentences.word import attention_panel, distance_panel, likeness_panel
from pages.ui.reader.controls import Choice, chosen, switch_button
from pages.ui.reader.real import model_or_wait
from pages.ui.server import models
from pages.ui.widgets.breakdown import Column, breakdown, number_column
from pages.ui.widgets.parts import notice_this, one_of
from pages.ui.widgets.takeaway import Numbers
from pages.ui.widgets.wording import layers_passed, signed, visible

N_SHOWN = 8
FOLLOWED = "two_sentences_token"  # its id


def next_panel(pair: Pair, choice: Choice) -> None:
    """The likeliest tokens of either sentence, with their probability after both."""
    if not can_predict(choice.model_id):
        return
    first, second = (models.next_probabilities(choice.model_id, text) for text in pair.texts)
    ids = likeliest_of_both(first, second, N_SHOWN)
    names = [visible(models.token_text(choice.model_id, i)) for i in ids]
    full = float(max(first[ids].max(), second[ids].max()))
    breakdown(
        [
            number_column("first", first[ids], full=full),
            number_column("second", second[ids], "output", full=full),
            Column("difference", [signed(float(second[i] - first[i])) for i in ids]),
        ],
        key="two_sentences_next",
        row_labels=names,
        row_title="next token",
        label=f"Next tokens after both sentences: {names[0]} {first[ids[0]]:.3f} and "
        f"{second[ids[0]]:.3f}",
        heading=f"The {N_SHOWN} likeliest next tokens of either sentence",
        note="and how likely each is after both",
        numbers=Numbers(
            "Next tokens after both sentences",
            lambda: pd.DataFrame({"first": first[ids], "second": second[ids]}, index=names),
        ),
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


def lens_panel(pair: Pair, choice: Choice) -> None:
    """One token through the layers of both sentences, and the likeliest token after each layer."""
    if not can_predict(choice.model_id):
        return
    if why := models.why_no_lens(choice.model_id):
        st.text(f"The logit lens does not work for this model. {why}")
        return
    both = [lens(choice.model_id, text) for text in pair.texts]
    ids = likeliest_of_both(both[0][-1], both[1][-1], N_SHOWN)
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
    first, second = (layers_until_final(probabilities) for probabilities in both)
    notice_this(
        f"The final favourite is in front, and stays there, after **{first}** of "
        f"{len(both[0]) - 1} layers in the first sentence and after **{second}** in the second. "
        "An odd token before that says that the vector is not yet in the form the output layer expects."
    )


def _layers(model_id: str, title: str, probabilities: np.ndarray) -> None:
    best = probabilities.argmax(axis=1)
    final = int(best[-1])
    names = [visible(models.token_text(model_id, int(i))) for i in best]
    chances, of_final = probabilities.max(axis=1), probabilities[:, final]
    rows = layers_passed(len(best) - 1)
    breakdown(
        [
            Column("likeliest", names),
            number_column("its chance", chances),
            number_column(
                "of the final one",
                of_final,
                "output",
                full=1.0,
                help="The probability that this layer gives to the model's final favourite",
            ),
        ],
        key=f"two_sentences_lens_{title}",
        row_labels=rows,
        row_title="layer",
        label=f"{title}, likeliest token after each layer: in the end {names[-1]} {chances[-1]:.3f}",
        heading=title,
        numbers=Numbers(
            f"Logit lens, {title.lower()}",
            lambda: pd.DataFrame(
                {"likeliest": names, "probability": chances, "of the final one": of_final},
                index=rows,
            ),
        ),
    )


QUESTIONS: dict[str, Callable[[Pair, Choice], None]] = {
    "1 · How far apart is the word?": distance_panel,
    "2 · Which words is it like?": likeness_panel,
    "3 · What comes next?": next_panel,
    "4 · From which layer on?": lens_panel,
    "5 · Where does it look?": attention_panel,
}


def page(choice: Choice, is_ready: bool) -> None:
    """All of it; only what is asked for is computed."""
    pair = pair_of_sentences()
    if pair is None or not is_ready:
        return
    question = one_of("Question", QUESTIONS, key="two_sentences_question", has_label=False)
    with models.errors_shown(choice.model_id, "two_sentences"):
        QUESTIONS[question](pair, choice)


st.markdown(
    "Every layer mixes into a word what stands around it. "
    "So in two sentences the same word **becomes two different vectors**."
)
choice = chosen()
page(choice, model_or_wait(choice.model_id, key="two_sentences_model") is not None)
