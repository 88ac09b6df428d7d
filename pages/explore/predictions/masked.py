"""A masked language model: words to cover, and what the model would put in their place."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from attention_core.analysis.sampling import entropy_bits
from attention_core.pretrained import fill_mask
from attention_core.toy.words import word_spans
from pages.explore.predictions import runs
from pages.explore.predictions.sentence import HALF, change, undo_button
from pages.ui.reader.notices import notice
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.spotlight import Lit, spotlight
from pages.ui.widgets.takeaway import Numbers
from pages.ui.widgets.wording import number, visible

NOTHING_COVERED = "Nothing is covered yet."
N_SHOWN = 10
Place = tuple[int, int]


def masked_panel(model_id: str, text: str) -> None:
    """The sentence with words to click, then a table for each mask."""
    mask = runs.mask_token(model_id)
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
    found = runs.blanks(model_id, read)
    if not found:
        st.markdown(NOTHING_COVERED)
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
            Column(
                "probability",
                [number(token.probability) for token in tokens],
                "output",
                bars=[token.probability / tokens[0].probability for token in tokens],
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
                {"probability": [token.probability for token in blank.tokens]},
                index=[visible(token.text) for token in blank.tokens],
            ),
        ),
    )
