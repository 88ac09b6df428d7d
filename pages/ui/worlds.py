"""The two worlds in one form, so that the same panels draw both: one head, one query, one key, and what a click does."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from attention_core.analysis.words import tokens_of, word_of
from attention_core.attention import AttentionTrace
from attention_core.heads import head_of
from attention_core.toy.scenario import Scenario, run
from pages.ui import models
from pages.ui.controls import Choice, ask, look_at_head
from pages.ui.wording import labels


@dataclass(frozen=True)
class World:
    """One head of one layer on one sentence, with a chosen query and key."""

    name: str  # "toy" or "real": part of every widget's key
    title: str
    tokens: list[str]  # labelled by position
    weights: np.ndarray  # (n_heads, n_q, n_k): all heads, for the thumbnails
    head: int
    trace: AttentionTrace | None  # the chosen head; None where a model offers only its weights
    q_pos: int
    k_pos: int
    dimensions: list[str]  # names of the head's dimensions
    pick_head: Callable[[int], None]
    pick_cell: Callable[[int, int | None], None]

    @property
    def head_weights(self) -> np.ndarray:
        return self.weights[self.head]

    @property
    def row(self) -> np.ndarray:
        """The weights of the chosen query."""
        return self.head_weights[self.q_pos]

    @property
    def summary(self) -> str:
        """What the chosen query attends to most, in one line of plain text."""
        best = np.argsort(-self.row, kind="stable")[:3]
        shares = " · ".join(f"{self.tokens[i]} {self.row[i]:.2f}" for i in best)
        return f"{self.tokens[self.q_pos]} → {shares}"

    @property
    def blocked(self) -> np.ndarray | None:
        """Which pairs the mask forbids, if there is one."""
        return None if self.trace is None or self.trace.mask is None else ~self.trace.mask


def toy_world(scenario: Scenario, choice: Choice) -> World:
    """The toy through the core, as it stands after the reader's edits."""
    heads = run(scenario).heads
    n_heads = scenario.n_heads
    head = st.session_state.get("toy_head", choice.head)
    head = head if head < n_heads else 0
    key_word = st.session_state.get("pick_key_word")
    row = heads.weights[head, choice.query]

    def pick_cell(q_pos: int, k_pos: int | None) -> None:
        ask(q_pos)
        st.session_state["pick_key_word"] = k_pos

    return World(
        "toy",
        f"Toy: {scenario.name or 'your sentence'}",
        labels(scenario.tokens),
        heads.weights,
        head,
        head_of(heads, head),
        choice.query,
        int(row.argmax()) if key_word is None else key_word,
        [f"{i}" for i in range(heads.q.shape[-1])],
        lambda picked: st.session_state.update(toy_head=picked),
        pick_cell,
    )


def real_world(scenario: Scenario, choice: Choice) -> World:
    """The same sentence in the chosen layer and head of the pretrained model. The model must be loaded."""
    capture = models.captured(choice.model_id, scenario.sentence)
    layer = capture.layers[choice.layer]
    head = min(choice.head, layer.n_heads - 1)
    weights = models.layer_weights(choice.model_id, scenario.sentence, choice.layer)
    places = [(token.start, token.end) for token in capture.tokens]

    def token_of(word: int | None) -> int | None:
        pieces = [] if word is None else tokens_of(scenario.spans[word], places)
        return pieces[-1] if pieces else None

    def picked(name: str, n: int) -> int | None:
        position = st.session_state.get(name)
        return position if position is not None and position < n else None

    n_q, n_k = weights.shape[1:]
    q_pos = _first(picked("pick_real_query", n_q), token_of(choice.query), 0)
    strongest = int(weights[head, q_pos].argmax())
    k_pos = _first(
        picked("pick_real_key", n_k), token_of(st.session_state.get("pick_key_word")), strongest
    )

    def pick_cell(q: int, k: int | None) -> None:
        word = word_of(places[q], scenario.spans)
        ask(choice.query if word is None else word)
        st.session_state["pick_real_query"], st.session_state["pick_real_key"] = q, k
        st.session_state["pick_key_word"] = (
            None if k is None else word_of(places[k], scenario.spans)
        )

    trace = models.head_trace(capture, choice.layer, head)
    return World(
        "real",
        f"{choice.model_id}, layer {choice.layer}, head {head}",
        labels([token.text for token in capture.tokens]),
        weights,
        head,
        trace,
        q_pos,
        k_pos,
        [f"{i}" for i in range(trace.q.shape[-1] if trace else 0)],
        look_at_head,
        pick_cell,
    )


def _first(*positions: int | None) -> int:
    """The first position that is one; the last always is."""
    return next(position for position in positions if position is not None)
