"""Lesson 5: query, keys and values of the chosen head of the pretrained model, and how symmetric its scores are."""

import numpy as np
import streamlit as st

from attention_core.analysis.diagonal import asymmetry
from attention_core.toy.scenario import Scenario
from pages.ui.reader.controls import Choice
from pages.ui.reader.real import read_or_wait
from pages.ui.reader.worlds import real_world
from pages.ui.widgets.panels import qkv_panel
from pages.ui.widgets.wording import number


def real_parts(choice: Choice, scenario: Scenario) -> None:
    """The same three parts, as the model learned them."""
    if read_or_wait(choice.model_id, scenario.sentence, key="qkv") is None:
        return
    world = real_world(scenario, choice)
    st.text(world.title)
    qkv_panel(world)
    if world.trace is None or world.queries != world.keys:
        return  # only weights, or a layer whose queries and keys are two texts
    scores = world.trace.scores
    st.markdown(
        f"The scores of this head reach **{number(float(np.abs(scores).max()))}**. The largest "
        "difference between one pair's two directions is "
        f"**{number(asymmetry(scores))}**: what one word scores for another is not what it gets back."
    )
