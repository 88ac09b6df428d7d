"""The pretrained model on a page: there, on its way, or not to be had; the page goes on in any case.

And what every experiment on it needs: a sentence that it has read, and a way in for another attention.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from attention_core.pretrained import loading
from attention_core.pretrained.layers import Capture
from attention_core.toy.scenario import Scenario
from pages.ui.reader.controls import Choice, chosen
from pages.ui.reader.worlds import World, real_world
from pages.ui.server import models
from pages.ui.server.waiting import waited_for
from pages.ui.widgets.parts import toy_of_sentence

NO_WAY_IN = (
    "This model's family does not let another attention run inside it, so nothing can be changed "
    "here. Choose another model in the sidebar: MiniLM and SmolLM2 come with the app."
)
ONLY_ENCODER = "Of this model's two stacks, the one that reads: its encoder."


def model_or_wait(model_id: str, *, key: str) -> loading.LoadedModel | None:
    """The model if it is loaded; else what it is doing, or why it can't be had, is on the page."""
    loaded = None
    with models.errors_shown(model_id, key):
        loaded = models.ready(model_id)
        if loaded is None:
            models.progress(model_id)
    return loaded


def read_or_wait(model_id: str, text: str, *, key: str) -> Capture | None:
    """The text through the model, our core as its attention; None while that can't be had."""
    if model_or_wait(model_id, key=key) is None:
        return None
    with models.errors_shown(model_id, key):
        return waited_for("The model reads the sentence …", models.captured, model_id, text)
    return None


def say_notes(model_id: str) -> None:
    """What was found of the model at load: which of its layers attend, and what is not offered, and why."""
    loaded = models.ready(model_id)
    for note in () if loaded is None else loaded.engine.notes:
        st.text(note)


def say_cut(capture: Capture) -> None:
    """What to know of the model, and how much of the text was read if it was longer than the model takes."""
    say_notes(capture.model_id)
    if capture.left_out:
        st.markdown(
            f":material/content_cut: The text has {capture.n_tokens_in_text} tokens; the model "
            f"takes the first {len(capture.tokens)} of them."
        )


@dataclass(frozen=True)
class Subject:
    """The chosen head of the chosen model on the reader's sentence, unchanged: the control of every experiment."""

    scenario: Scenario
    choice: Choice  # its layer and head are there
    capture: Capture
    world: World
    layers: list[
        int
    ]  # whose rows and columns are both the reader's text: not where two stacks read two texts

    @property
    def model_id(self) -> str:
        return self.choice.model_id

    @property
    def sentence(self) -> str:
        return self.scenario.sentence


def subject_or_wait(key: str) -> Subject | None:
    """None while there is nothing to experiment with; what is missing is then on the page."""
    toy, choice = toy_of_sentence(), chosen()
    if toy is None:
        return None
    capture = read_or_wait(choice.model_id, toy.current.sentence, key=key)
    if capture is None:
        return None
    loaded = models.ready(choice.model_id)
    if loaded is None or not loaded.engine.through_seam:
        st.info(NO_WAY_IN, icon=":material/block:")
        return None
    say_cut(capture)
    layers = [i for i, layer in enumerate(capture.layers) if capture.asks_itself(layer)]
    if choice.layer not in layers:
        choice = replace(choice, layer=layers[-1])
    if capture.target_tokens:
        st.markdown(ONLY_ENCODER)
    world = real_world(toy.current, choice)
    return Subject(toy.current, replace(choice, head=world.head), capture, world, layers)
