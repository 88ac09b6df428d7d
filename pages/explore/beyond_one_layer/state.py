"""What both parts of the page look at: the layers that read the sentence, and the token that asks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from attention_core.analysis.rollout import RESIDUAL, Rollout
from attention_core.pretrained.layers import Capture
from attention_core.toy.scenario import Scenario
from pages.explore.beyond_one_layer import runs
from pages.ui.reader.controls import Choice
from pages.ui.reader.worlds import World, real_world


@dataclass(frozen=True)
class Stack:
    """The layers of one model that read the sentence, one upon another, and the chosen head among them."""

    capture: Capture
    scenario: Scenario
    choice: Choice  # its layer is one of `layers`
    layers: tuple[int, ...]
    world: World

    @property
    def last_layer(self) -> np.ndarray:
        """The raw attention at the top: the mean of its heads."""
        return runs.head_mean(self.choice.model_id, self.scenario.sentence, self.layers[-1])

    def rolled(self, q_pos: int, residual: float) -> Rollout:
        return runs.rolled(
            self.choice.model_id, self.scenario.sentence, self.layers, q_pos, residual
        )


def stack_of(capture: Capture, scenario: Scenario, choice: Choice) -> Stack:
    """The layers in which the sentence asks itself; of a model with two stacks, the encoder."""
    layers = tuple(i for i, layer in enumerate(capture.layers) if capture.asks_itself(layer))
    here = choice if choice.layer in layers else replace(choice, layer=layers[-1])
    return Stack(capture, scenario, here, layers, real_world(scenario, here))


def residual_picker() -> float:
    """How much of each vector stays when a layer adds to it."""
    return st.slider(
        "Share of the residual r",
        0.0,
        0.9,
        RESIDUAL,
        0.05,
        key="beyond_residual",
        width=360,
        persist_state="session",
        help="Each layer adds what attention hands over to what was there before. Rollout does not measure how much "
        "of the sum is old: it assumes this share, the same for every layer and word. The paper takes one half.",
    )
