"""What every experiment on a real model needs: a sentence, a model that has read it, and a way in for another attention."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from attention_core.pretrained.layers import Capture
from attention_core.toy.scenario import Scenario
from pages.ui.reader.controls import Choice, chosen
from pages.ui.reader.real import read_or_wait, say_cut
from pages.ui.reader.worlds import World, real_world
from pages.ui.server import models
from pages.ui.widgets.parts import toy_of_sentence

NO_WAY_IN = (
    "This model's family does not let another attention run inside it, so nothing can be changed "
    "here. Choose another model in the sidebar: MiniLM and SmolLM2 come with the app."
)
ONLY_ENCODER = "Of this model's two stacks, the one that reads: its encoder."


@dataclass(frozen=True)
class Subject:
    """The chosen head of the chosen model on the reader's sentence, unchanged: the control of every experiment."""

    scenario: Scenario
    choice: Choice  # its layer and head are there
    capture: Capture
    world: World

    @property
    def model_id(self) -> str:
        return self.choice.model_id

    @property
    def sentence(self) -> str:
        return self.scenario.sentence

    @property
    def layers(self) -> list[int]:
        """The layers whose rows and columns are both the reader's text: all, but where two stacks read two texts."""
        return [i for i, layer in enumerate(self.capture.layers) if self.capture.asks_itself(layer)]


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
    subject = Subject(toy.current, choice, capture, real_world(toy.current, choice))
    if choice.layer not in subject.layers:
        choice = replace(choice, layer=subject.layers[-1])
        subject = Subject(toy.current, choice, capture, real_world(toy.current, choice))
    if capture.target_tokens:
        st.markdown(ONLY_ENCODER)
    return replace(subject, choice=replace(choice, head=subject.world.head))
