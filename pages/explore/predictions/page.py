"""Explore: which token the model expects next, or in the place of a mask; or, plainly, that it expects none."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from attention_core.analysis.sampling import entropy_bits
from attention_core.pretrained import fill_mask
from attention_core.pretrained.catalogue import SMOLLM2
from attention_core.toy.words import word_spans
from pages.explore.predictions.next_token import next_panel, surprisal_panel
from pages.explore.predictions.sentence import (
    HALF,
    blanks,
    change,
    kind,
    scores,
    surprisals,
    undo_button,
)
from pages.ui.reader.controls import chosen, switch_button
from pages.ui.reader.notices import notice
from pages.ui.reader.real import model_or_wait
from pages.ui.server import models
from pages.ui.server.waiting import waiting
from pages.ui.widgets.breakdown import breakdown, number_column
from pages.ui.widgets.parts import toy_of_sentence
from pages.ui.widgets.spotlight import Lit, spotlight
from pages.ui.widgets.takeaway import Numbers
from pages.ui.widgets.wording import visible

N_SHOWN = 10
Place = tuple[int, int]


def without_panel(model_id: str, text: str) -> None:
    """Why there is nothing to show, and the way to a model with a prediction."""
    with st.container(border=True):
        st.text(f"{model_id} predicts no words here.")
        if kind(model_id) == "two texts":
            st.markdown(
                "It reads one text and writes **another**: what comes next there is not a "
                "continuation of your sentence. See the page *Encoder and decoder*."
            )
        else:
            st.text(f"Its files hold a {type(models.loaded(model_id).engine.model).__name__}.")
            st.markdown(
                "That is a model **without a prediction head**: it ends in one vector for each token, "
                "made to compare texts with each other. A head could only be made up, so none is shown."
            )
        switch_button(SMOLLM2.key, "predictions")


def continues(model_id: str, text: str) -> None:
    """A causal model: what comes next, and what it had expected all along."""
    with waiting("The model reads the sentence …"):
        scores(model_id, text)
    next_panel(model_id, text)
    st.header("How surprising was each token?", anchor=False)
    if why := models.why_no_head(model_id):
        st.text(f"Surprisal is not measured for this model. {why}")
        return
    with waiting("The model looks back at each token …"):
        surprisals(model_id, text)
    surprisal_panel(model_id, text)


def masked_panel(model_id: str, text: str) -> None:
    """The sentence with words to click, then a table for each mask."""
    mask = str(models.loaded(model_id).tokenizer.mask_token)
    read = fill_mask.with_its_mask(text, mask)
    places = _places(read, mask)
    st.markdown(
        "This model was trained to fill gaps, and reads both sides of one. **Click a word to cover it**, or type [MASK]."
    )
    spotlight(
        [Lit(read[start:end], 0.6 * (read[start:end] == mask)) for start, end in places],
        key="predictions_words",
        label="Words to cover with a mask",
        large=False,
        on_pick=lambda i: _cover(read, places[i], mask),
    )
    undo_button()
    found = blanks(model_id, read)
    if not found:
        st.markdown("Nothing is covered yet.")
        return
    if read.count(mask) > fill_mask.MOST_MASKS:
        st.markdown(f"Only the first {fill_mask.MOST_MASKS} masks are filled.")
    columns = st.columns(min(2, len(found)), gap="large")
    for which, blank in enumerate(found):
        with columns[which % len(columns)]:
            _blank(read, which, blank, mask)


def _places(text: str, mask: str) -> list[Place]:
    """Where words and masks stand, in their order."""
    places: list[Place] = []
    start = 0
    for part in text.split(mask):
        places += [(start + a, start + b) for a, b in word_spans(part)]
        start += len(part)
        if start < len(text):
            places.append((start, start + len(mask)))
        start += len(mask)
    return places


def _cover(text: str, place: Place, mask: str) -> None:
    if text[slice(*place)] != mask:
        change(text[: place[0]] + mask + text[place[1] :])


def _blank(text: str, which: int, blank: fill_mask.Blank, mask: str) -> None:
    bits, tokens = entropy_bits(blank.probabilities), blank.tokens[:N_SHOWN]
    st.markdown(
        f"**Mask {which + 1}**, token {blank.position}: entropy {bits:.2f} bits. Click a row to put "
        "its token there."
    )

    def fill(row: int) -> None:
        if HALF in tokens[row].text or not tokens[row].text.strip():
            notice("This token has no text of its own, so it cannot be put there.")
        else:
            change(fill_mask.with_filled(text, which, tokens[row].text, mask))

    breakdown(
        [
            number_column(
                "probability",
                [token.probability for token in tokens],
                "output",
                full=tokens[0].probability,
            )
        ],
        key=f"predictions_blank_{which}",
        row_labels=[visible(token.text) for token in tokens],
        row_title="token",
        label=f"The {len(tokens)} likeliest tokens for mask {which + 1}: {visible(tokens[0].text)} "
        f"{tokens[0].probability:.3f}",
        on_pick=fill,
        numbers=Numbers(
            f"Mask {which + 1}",
            lambda: pd.DataFrame(
                {"probability": [each.probability for each in blank.tokens]},
                index=[visible(each.text) for each in blank.tokens],
            ),
        ),
    )


PANELS: dict[str, Callable[[str, str], None]] = {
    "next": continues,
    "masks": masked_panel,
    "none": without_panel,
    "two texts": without_panel,
}


def page() -> None:
    toy, choice = toy_of_sentence(), chosen()
    if toy is None or model_or_wait(choice.model_id, key="predictions_model") is None:
        return
    with models.errors_shown(choice.model_id, "predictions"):
        PANELS[kind(choice.model_id)](choice.model_id, choice.sentence)


page()
