"""The head that the page is about: its world, and what the model's run says of its layer and its tokens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attention_core.analysis.words import Span
from attention_core.pretrained.layers import Capture, Layer
from attention_core.toy.scenario import Scenario
from pages.ui.reader.controls import Choice
from pages.ui.reader.worlds import World, real_world


@dataclass(frozen=True)
class Subject:
    """One head of the pretrained model on the reader's sentence."""

    world: World
    capture: Capture
    number: int  # of the layer
    words: tuple[Span, ...]  # of the sentence, as the toy cuts it

    @property
    def layer(self) -> Layer:
        return self.capture.layers[self.number]

    @property
    def asks_itself(self) -> bool:
        """Whether rows and columns are both the tokens of the sentence."""
        return self.capture.asks_itself(self.layer)

    @property
    def special_keys(self) -> list[bool]:
        """Which keys are tokens that the model added."""
        return [token.is_special for token in self.capture.keys(self.layer)]

    @property
    def special_queries(self) -> list[bool]:
        return [token.is_special for token in self.capture.queries(self.layer)]

    @property
    def W_O(self) -> np.ndarray | None:
        """The layer's output matrix, where it has one that is known."""
        return getattr(self.layer, "W_O", None)


def subject_of(capture: Capture, scenario: Scenario, choice: Choice) -> Subject:
    """The chosen head of the chosen layer. The model must be loaded."""
    return Subject(real_world(scenario, choice), capture, choice.layer, scenario.spans)
