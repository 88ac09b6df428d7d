"""The head that the page is about: its world, its layer, its tokens, and what its sinks take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.special_tokens import Taken, taken
from attention_core.analysis.value_norms import handed_over
from attention_core.analysis.words import Span
from attention_core.pretrained.layers import Capture, Layer
from attention_core.toy.scenario import Scenario
from pages.ui.reader.controls import Choice
from pages.ui.reader.worlds import World, real_world
from pages.ui.server import models
from pages.ui.server.cache import cached

HAS_SINK = "This head has a sink, which is no token"
OF_WEIGHT, OF_VALUES = "of the weight", "of what is handed over"


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


@cached(max_entries=16)
def turns_by_position(model_id: str) -> bool:
    """Whether the model turns q and k by their positions before the score (rotary embedding)."""
    model = models.loaded(model_id).engine.model
    return any("rotary" in type(module).__name__.lower() for module in model.modules())


@dataclass(frozen=True)
class Sink:
    """Some keys and what they take. `handed` is None where the values are not known."""

    name: str
    n_keys: int
    weight: Taken
    handed: Taken | None


def sinks(subject: Subject) -> list[Sink]:
    """The tokens that the model added, if any, and the first token."""
    world = subject.world
    special = [i for i, is_special in enumerate(subject.special_keys) if is_special]
    all_keys = np.ones(world.head_weights.shape, dtype=bool)
    allowed = all_keys if world.blocked is None else ~world.blocked
    handed = (
        None
        if world.trace is None
        else handed_over(world.trace.weights[None], world.trace.v[None])[0]
    )
    return [
        Sink(
            name,
            len(keys),
            taken(world.head_weights, keys, world.q_pos, allowed),
            None if handed is None else taken(handed, keys, world.q_pos, allowed),
        )
        for name, keys in (("special tokens", special), ("the first token", [0]))
        if keys
    ]


def badge(subject: Subject) -> None:
    """One line for each kind of sink, over all rows of the head."""
    n_keys = len(subject.world.keys)
    for sink in sinks(subject):
        even = f" ({sink.n_keys} of {n_keys} keys)"
        line = f":violet-badge[{sink.name}: {percent(sink.weight.in_all_rows)} {OF_WEIGHT}]"
        if sink.handed is not None:
            line += f" :green-badge[{percent(sink.handed.in_all_rows)} {OF_VALUES}]"
        st.markdown(line + even)
    if subject.world.trace is not None:
        st.markdown(
            "In all rows of this head. Handed over is weight × length of the value, see *Values*."
        )


def sinks_table(subject: Subject) -> None:
    """The same for the chosen row as well."""
    table = {}
    for sink in sinks(subject):
        rows = {
            "of the weight, this row": sink.weight.in_row,
            "of the weight, all rows": sink.weight.in_all_rows,
        }
        if sink.handed is not None:
            rows |= {
                "handed over, this row": sink.handed.in_row,
                "handed over, all rows": sink.handed.in_all_rows,
            }
        table[sink.name] = {name: percent(share) for name, share in rows.items()}
    st.table(pd.DataFrame(table).T)


def percent(share: float) -> str:
    """0.1234 → 12.3 %."""
    if np.isnan(share):
        return "not defined (no row can choose)"
    return f"{100 * share:.1f} %"
