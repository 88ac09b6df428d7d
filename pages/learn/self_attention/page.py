"""Lesson 6: one word's way from embedding to output, step by step; then where attention takes "dog" in two sentences."""

import numpy as np
import streamlit as st

from attention_core.toy.presets import preset_named
from attention_core.toy.scenario import Scenario, run, set_cell
from pages.learn.self_attention.states import states_panel
from pages.learn.self_attention.stepper import stepper
from pages.ui.reader.controls import chosen
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.parts import formula, notice_this, real_heading, toy_of_sentence
from pages.ui.widgets.plane import Mark, plane, plane_numbers
from pages.ui.widgets.wording import number

DOG, HOT_DOG = preset_named("The dog"), preset_named("The hot dog")
SENTENCES = (DOG.sentence, HOT_DOG.sentence)
ANIMAL, FOOD, HEAT = (HOT_DOG.dimensions.index(name) for name in ("animal", "food", "heat"))
HOT = HOT_DOG.tokens.index("hot")
REACH = 1.25  # of the map: room for its names


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
        _numbers(before, after)
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


def _numbers(before: Place, after: list[Place]) -> None:
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


st.markdown(
    "**Self-attention:** every word asks all the words of its own sentence, all at the same time. "
    "Follow one number through eight steps; click any cell to follow another."
)
toy = toy_of_sentence()
if toy is not None:
    stepper(toy)

dog_on_the_map()

real_heading("The same in a real model, layer after layer")
if toy is not None:
    states_panel(chosen(), toy.current)
