"""The two worlds in one form, so that the same panels draw both: one head, one query, one key, and what a click does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from attention_core.analysis.words import tokens_of, word_of
from attention_core.attention import AttentionTrace
from attention_core.heads import head_of, of_head
from attention_core.toy.scenario import Scenario, run
from pages.ui.reader.controls import Choice, look_at_head
from pages.ui.reader.sentence import ask
from pages.ui.server import models
from pages.ui.widgets.wording import labels, summary


@dataclass(frozen=True)
class World:
    """One head of one layer on one sentence, with a chosen query and key."""

    name: str  # "toy" or "real": part of every widget's key
    title: str
    queries: list[str]  # tokens labelled by position; those of the rows
    keys: list[str]  # … of the columns: other tokens than the queries only in cross-attention
    weights: np.ndarray  # (n_heads, n_q, n_k): all heads, for the thumbnails
    head: int
    trace: AttentionTrace | None  # the chosen head; None where a model offers only its weights
    mask: np.ndarray | None  # (n_q, n_k): which keys its queries may see; None: all
    q_pos: int
    k_pos: int
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
        return summary(self.queries[self.q_pos], self.row, self.keys)

    @property
    def blocked(self) -> np.ndarray | None:
        """Which pairs the mask forbids, if there is one."""
        return None if self.mask is None else ~self.mask


def toy_world(scenario: Scenario, choice: Choice) -> World:
    """The toy through the core, as it stands after the reader's edits."""
    heads = run(scenario).heads
    head = st.session_state.get("toy_head", choice.head)
    head = head if head < scenario.n_heads else 0
    tokens = labels(scenario.tokens)
    strongest = int(heads.weights[head, choice.query].argmax())
    trace = head_of(heads, head)

    def pick_cell(q_pos: int, k_pos: int | None) -> None:
        ask(q_pos)
        st.session_state["pick_key_word"] = k_pos

    return World(
        "toy",
        f"Toy: {scenario.name or 'your sentence'}",
        tokens,
        tokens,
        heads.weights,
        head,
        trace,
        trace.mask,
        choice.query,
        _first(_picked("pick_key_word", len(tokens)), strongest),
        lambda picked: st.session_state.update(toy_head=picked),
        pick_cell,
    )


def real_world(scenario: Scenario, choice: Choice) -> World:
    """The same sentence in the chosen layer and head of the pretrained model. The model must be loaded."""
    capture = models.captured(choice.model_id, scenario.sentence)
    layer = capture.layers[choice.layer]
    head = min(choice.head, layer.n_heads - 1)
    weights = models.layer_weights(choice.model_id, scenario.sentence, choice.layer)
    queries, keys = capture.queries(layer), capture.keys(layer)
    # words have their places in the sentence; a decoder's own text has other words
    q_places, k_places = (
        capture.places if tokens is capture.tokens else [] for tokens in (queries, keys)
    )
    q_pos = _first(
        _picked("pick_real_query", len(queries)),
        _last_piece(choice.query, scenario, q_places),
        len(queries) - 1,
    )
    k_pos = _first(
        _picked("pick_real_key", len(keys)),
        _last_piece(_picked("pick_key_word", len(scenario.spans)), scenario, k_places),
        int(weights[head, q_pos].argmax()),
    )

    def pick_cell(q: int, k: int | None) -> None:
        word = word_of(q_places[q], scenario.spans) if q_places else None
        ask(choice.query if word is None else word)
        st.session_state["pick_real_query"], st.session_state["pick_real_key"] = q, k
        if k is not None and k_places:
            st.session_state["pick_key_word"] = word_of(k_places[k], scenario.spans)

    trace = layer.head_trace(head)
    kind = f" ({layer.kind})" if capture.target_tokens else ""
    return World(
        "real",
        f"{choice.model_id}, layer {choice.layer}{kind}, head {head}",
        labels([token.text for token in queries]),
        labels([token.text for token in keys]),
        weights,
        head,
        trace,
        of_head(layer.mask, head),
        q_pos,
        k_pos,
        look_at_head,
        pick_cell,
    )


def _last_piece(word: int | None, scenario: Scenario, places: list[tuple[int, int]]) -> int | None:
    """The last of the model's tokens of a word: in a causal model the one that has seen all of it."""
    pieces = [] if word is None else tokens_of(scenario.spans[word], places)
    return pieces[-1] if pieces else None


def _picked(name: str, n: int) -> int | None:
    """The position that was clicked, if it is there: the browser's Back may have brought another sentence."""
    position = st.session_state.get(name)
    return position if position is not None and position < n else None


def _first(*positions: int | None) -> int:
    """The first position that is one; the last always is."""
    return next(position for position in positions if position is not None)
