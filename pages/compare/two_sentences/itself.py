"""The cosine between a word's two vectors, layer by layer, held against words that have nothing to do with it."""

import numpy as np
import streamlit as st

from attention_core.charts.through_layers import BETWEEN, OTHERS
from pages.compare.two_sentences import runs
from pages.compare.two_sentences.inputs import Pair
from pages.compare.two_sentences.through_layers import chart_of
from pages.ui.reader.controls import Choice
from pages.ui.widgets.parts import notice_this


def itself_panel(pair: Pair, choice: Choice) -> None:
    """One line for the word in both sentences, one for what any two words would have."""
    one, two = (
        runs.word_states(choice.model_id, text, place)
        for text, place in zip(pair.texts, pair.places, strict=True)
    )
    cosines = runs.cosines(one, two)
    if cosines is None:
        not_read()
        return
    others = runs.between_others(choice.model_id, pair.texts[0], pair.places[0], pair.texts[1])
    st.markdown(
        "The **cosine between the two vectors of the shared word**, before the first layer and after "
        "each one. 1 = same direction. The dashed line shows how alike the word is to the *other* "
        "tokens of the second sentence, on average: the level to compare with."
    )
    lines = {BETWEEN: cosines} | ({} if others is None else {OTHERS: others})
    chart_of(
        "between",
        list(lines.values()),
        list(lines),
        f"Cosine between {pair.word} and {pair.word}",
        "two_sentences_between",
    )
    least = int(np.nanargmin(cosines))
    notice_this(
        f"It begins at **{cosines[0]:.2f}**, is lowest after {least} of {len(cosines) - 1} layers with "
        f"**{cosines[least]:.2f}**, and ends at **{cosines[-1]:.2f}**"
        + ("." if others is None else f"; other tokens end at {others[-1]:.2f}.")
        + _why(cosines)
    )


def _why(cosines: np.ndarray) -> str:
    """What a beginning below 1, or an end at 1, comes from."""
    if np.allclose(cosines, 1, atol=1e-4):
        return (
            " Nothing that this word can see differs: a causal model's word sees only what is before "
            "it, and the same text gives the same vector."
        )
    if cosines[0] < 1 - 1e-4:
        return (
            " Below 1 at the very beginning: its embedding also holds its position or its spelling."
        )
    return ""


def not_read() -> None:
    """A long sentence may end, for the model, before the word; some tokenizers don't say where a word is."""
    st.info("This model does not say where it read that word: its text may end before it.")
