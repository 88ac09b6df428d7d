"""Lesson 6: vectors of the pretrained model that change from layer to layer, because of the words around them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.words import Span, tokens_of
from attention_core.errors import ReaderError
from attention_core.toy.scenario import Scenario
from attention_core.vectors import cosine
from pages.ui.reader.controls import Choice
from pages.ui.reader.real import model_or_wait
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.widgets.breakdown import breakdown, column_of
from pages.ui.widgets.parts import notice_this
from pages.ui.widgets.takeaway import Numbers
from pages.ui.widgets.wording import labels, layers_passed

SENTENCES = ("the dog was", "the hot dog was")
MEASURE = "the sausage was"
TOWARDS, AWAY = "**towards** the sausage.", "**away** from the sausage."


def states_panel(choice: Choice, scenario: Scenario) -> None:
    """Two tables with a row for each layer: "dog" against "sausage", and the chosen word against itself."""
    if model_or_wait(choice.model_id, key="steps") is None:
        return
    with models.errors_shown(choice.model_id, "steps_states"):
        dogs = {text: dog_with_sausage(choice.model_id, text) for text in SENTENCES}
        with_first = _with_first(choice.model_id, scenario.sentence, scenario.spans[choice.query])
        left, right = st.columns(2, gap="large")
        with left:
            _sausage(dogs)
        with right:
            _left_over(with_first, labels(scenario.tokens)[choice.query])


@cached(max_entries=64)
def dog_with_sausage(model_id: str, text: str) -> list[float]:
    """The cosine of "dog" in `text` with "sausage" in its place, before and after each layer."""
    dog, sausage = _word(model_id, text, "dog"), _word(model_id, MEASURE, "sausage")
    return [cosine(a, b) for a, b in zip(dog, sausage, strict=True)]


def _with_first(model_id: str, text: str, word: Span) -> list[float] | None:
    """The cosine of a word's vector with what it was before the first layer; None if it was not read."""
    states = _states_at(model_id, text, word)
    return None if states is None else [cosine(states[0], state) for state in states]


def _word(model_id: str, text: str, word: str) -> np.ndarray:
    start = text.index(word)
    states = _states_at(model_id, text, (start, start + len(word)))
    if states is None:
        raise ReaderError("This model does not say which of its tokens are which word.")
    return states


def _states_at(model_id: str, text: str, word: Span) -> np.ndarray | None:
    """(n_layers + 1, d_model) at the last of the word's tokens: in a causal model the one that has seen all of it."""
    pieces = tokens_of(word, models.tokenized(model_id, text).places)
    return models.hidden_states(model_id, text)[:, pieces[-1]] if pieces else None


def _sausage(dogs: dict[str, list[float]]) -> None:
    dog, hot_dog = (cosines[-1] for cosines in dogs.values())
    st.markdown(
        f"**Is a hot “dog” more like a “sausage”?** The cosine of “dog” with “sausage” in *{MEASURE}*."
    )
    _by_layer(dogs, "steps_sausage", "Cosine of dog with sausage")
    st.markdown(
        f"After the last layer: :red[**{hot_dog:.2f}**] in *{SENTENCES[1]}*, "
        f":red[**{dog:.2f}**] in *{SENTENCES[0]}*. The context has moved the word "
        + (TOWARDS if hot_dog > dog else AWAY)
    )


def _left_over(cosines: list[float] | None, word: str) -> None:
    st.markdown(
        "**How much of a word is left at its place?** The cosine of its vector with the one that "
        "entered the first layer. The word that asks:"
    )
    st.text(word)
    if cosines is None:
        st.info("This model does not say where it read that word: its text may end before it.")
        return
    _by_layer({"with itself at the start": cosines}, "steps_kept", "Cosine with the first vector")
    notice_this(
        f"At the end the vector at this place has a cosine of only :red[**{cosines[-1]:.2f}**] with the "
        "word that stands there. Deep in a model, a position is no longer just its own word."
        if cosines[-1] < cosines[0] / 2
        else f"At the end the vector at this place has a cosine of :red[**{cosines[-1]:.2f}**] with the "
        "word that stands there: the rest came from elsewhere."
    )


def _by_layer(columns: dict[str, list[float]], key: str, name: str) -> None:
    """A row for each layer, a column of cosines with bars for each text."""
    n_layers = len(next(iter(columns.values()))) - 1
    rows = layers_passed(n_layers)
    breakdown(
        [column_of(title, np.array(cosines), "output") for title, cosines in columns.items()],
        key=key,
        row_labels=rows,
        row_title="layer",
        label=f"{name}, {n_layers} layers",
        numbers=Numbers(name, lambda: pd.DataFrame(columns, index=rows)),
    )
