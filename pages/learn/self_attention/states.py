"""Lesson 6: where attention takes a word: “dog” on the toy's map, and vectors of a model from layer to layer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.words import Span, tokens_of
from attention_core.errors import ReaderError
from attention_core.toy.presets import preset_named
from attention_core.toy.scenario import Scenario, run, set_cell
from attention_core.vectors import cosine
from pages.ui.reader.controls import Choice
from pages.ui.reader.real import model_or_wait
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.widgets.breakdown import breakdown, column_of
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.parts import formula, notice_this
from pages.ui.widgets.plane import Mark, plane, plane_numbers
from pages.ui.widgets.takeaway import Numbers
from pages.ui.widgets.wording import labels, layers_passed, number

DOG, HOT_DOG = preset_named("The dog"), preset_named("The hot dog")
SENTENCES = (DOG.sentence, HOT_DOG.sentence)
ANIMAL, FOOD, HEAT = (HOT_DOG.dimensions.index(name) for name in ("animal", "food", "heat"))
HOT = HOT_DOG.tokens.index("hot")
REACH = 1.25  # of the map: room for its names
MEASURE = "the sausage was"
TOWARDS, AWAY = "**towards** the sausage.", "**away** from the sausage."
Place = tuple[float, float]


@st.fragment
def dog_on_the_map() -> None:
    """One word, one embedding, two outputs; a slider takes the heat out of "hot"."""
    st.header("The same word, two sentences", anchor=False)
    st.markdown(
        f"“dog” starts from the same embedding in *{SENTENCES[0]}* and in *{SENTENCES[1]}*. "
        "Attention moves it: towards what the words around it hand over."
    )
    picture, numbers = st.columns(2, gap="large")
    with numbers:
        heat = st.slider(
            "How hot is “hot”?", 0.0, 1.0, float(HOT_DOG.x[HOT, HEAT]), 0.05, key="steps_heat"
        )
        hot_dog = set_cell(HOT_DOG, "x", HOT, HEAT, heat)
        before = _place(DOG.x[DOG.query])
        after = [_place(run(scenario).output[scenario.query]) for scenario in (DOG, hot_dog)]
        Figure(
            "Animal and food in the vector of “dog”: before, and after attention in two sentences.",
            np.array([before, *after]),
            rows=["embedding", *SENTENCES],
            columns=["animal", "food"],
            row_title="dog",
            column_title="dimension",
            role="output",
            low=-1,
            high=1,
        ).draw("steps_dogs", has_files=False)
        formula(_food(hot_dog), key="steps_food")
    with picture:
        _map(before, after)
    animal, food = after[1]
    notice_this(
        f"In *{SENTENCES[1]}* “dog” now has :red[{food:.2f}] of food and :red[{animal:.2f}] of "
        f"animal: it stands on the **{'food' if food > animal else 'animal'}** side. "
        "Its embedding has not changed, only its neighbours."
    )


def _place(vector: np.ndarray) -> Place:
    return float(vector[ANIMAL]), float(vector[FOOD])


def _map(before: Place, after: list[Place]) -> None:
    ends = [
        Mark(text, *place, "output", before) for text, place in zip(SENTENCES, after, strict=True)
    ]
    marks = [Mark("dog", *before, faint=True), *ends]
    (animal, food), places = before, [f"“{end.name}”: {end.x:.2f}, {end.y:.2f}" for end in ends]
    plane(
        marks,
        key="steps_map",
        label=f"From animal {animal:.2f}, food {food:.2f} “dog” moves. {'; '.join(places)}.",
        x_title="animal",
        y_title="food",
        reach=REACH,
        numbers=plane_numbers("dog", marks, "animal", "food"),
    )


def _food(scenario: Scenario) -> str:
    """food = Σ weight · value over the words that "dog" may see. The words are the preset's, not a reader's."""
    layer = run(scenario)
    weights, values = layer.heads.weights[0, scenario.query], layer.heads.v[0, :, FOOD]
    terms = " + ".join(
        f":violet[{number(weight)}]\u00a0·\u00a0:green[{number(value)}]\u00a0({token})"
        for weight, value, token in zip(weights, values, scenario.tokens, strict=True)
        if weight
    )
    return f"food = {terms} = :red[**{number(layer.output[scenario.query, FOOD])}**]"


def states_panel(choice: Choice, scenario: Scenario) -> None:
    """Two tables with a row for each layer: "dog" against "sausage", and the chosen word against itself."""
    if model_or_wait(choice.model_id, key="steps") is None:
        return
    with models.errors_shown(choice.model_id, "steps_states"):
        dogs = {text: dog_with_sausage(choice.model_id, text) for text in SENTENCES}
        states = _states_at(choice.model_id, scenario.sentence, scenario.spans[choice.query])
        left, right = st.columns(2, gap="large")
        with left:
            _sausage(dogs)
        with right:
            _left_over(states, labels(scenario.tokens)[choice.query])


@cached(max_entries=64)
def dog_with_sausage(model_id: str, text: str) -> list[float]:
    """The cosine of "dog" in `text` with "sausage" in its place, before and after each layer."""
    dog, sausage = _word(model_id, text, "dog"), _word(model_id, MEASURE, "sausage")
    return [cosine(a, b) for a, b in zip(dog, sausage, strict=True)]


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


def _left_over(states: np.ndarray | None, word: str) -> None:
    st.markdown(
        "**How much of a word is left at its place?** The cosine of its vector with the one that "
        "entered the first layer. The word that asks:"
    )
    st.text(word)
    if states is None:
        st.info("This model does not say where it read that word: its text may end before it.")
        return
    cosines = [cosine(states[0], state) for state in states]
    _by_layer({"with itself at the start": cosines}, "steps_kept", "Cosine with the first vector")
    notice_this(
        f"At the end the vector at this place has a cosine of only :red[**{cosines[-1]:.2f}**] with the "
        "word that stands there. Deep in a model, a position is no longer just its own word."
        if cosines[-1] < cosines[0] / 2
        else f"At the end the vector at this place has a cosine of :red[**{cosines[-1]:.2f}**] with the "
        "word that stands there: the rest came from elsewhere."
    )


def _by_layer(columns: dict[str, list[float]], key: str, name: str) -> None:
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
