"""Which of the three kinds of attention is looked at. The sidebar's layer decides; the page's controls change it."""

from __future__ import annotations

import streamlit as st

from attention_core.analysis.words import tokens_of, word_of
from attention_core.heads import of_head
from attention_core.pretrained.layers import Capture
from attention_core.pretrained.token import Token
from attention_core.toy.scenario import Scenario
from pages.explore.encoder_decoder import runs
from pages.ui.reader.controls import Choice, look_at_head
from pages.ui.reader.sentence import ask
from pages.ui.reader.worlds import World
from pages.ui.widgets.statistics import KINDS
from pages.ui.widgets.wording import labels

# where a picked position is kept: those of the source as on all pages, those of the target here
PICKED_Q = {"source": "pick_real_query", "target": "encoder_decoder_q"}
PICKED_K = {"source": "pick_real_key", "target": "encoder_decoder_k"}


def layers_of(capture: Capture, kind: str) -> list[int]:
    """Where the layers of one kind stand among all: a decoder's own and its cross-attention take turns."""
    return [i for i, layer in enumerate(capture.layers) if layer.kind == kind]


def kind_and_depth(capture: Capture, layer: int) -> tuple[str, int]:
    """The kind of a layer, and which of its kind it is, from 0."""
    kind = capture.layers[layer].kind
    return kind, layers_of(capture, kind).index(layer)


def look_at(capture: Capture, kind: str, depth: int) -> None:
    """Choose a layer by kind and depth, the last one where the kind has fewer. Only in callbacks."""
    numbers = layers_of(capture, kind)
    st.session_state["layer"] = numbers[min(depth, len(numbers) - 1)]
    forget()


def forget() -> None:
    """Positions picked in one pair of texts mean nothing in another."""
    for name in (*PICKED_Q.values(), *PICKED_K.values()):
        st.session_state.pop(name, None)


def world_of(capture: Capture, scenario: Scenario, choice: Choice, target: str) -> World:
    """The chosen layer and head on both texts; rows and columns are the texts that its kind reads."""
    layer = capture.layers[choice.layer]
    head = min(choice.head, layer.n_heads - 1)
    weights = runs.layer_weights(choice.model_id, scenario.sentence, target, choice.layer)
    queries, keys = capture.queries(layer), capture.keys(layer)
    q_name, k_name = (
        names["source" if tokens is capture.tokens else "target"]
        for names, tokens in ((PICKED_Q, queries), (PICKED_K, keys))
    )
    q_pos = _picked(q_name, len(queries), _who_asks(capture, scenario, choice, queries))
    k_pos = _picked(k_name, len(keys), int(weights[head, q_pos].argmax()))

    def pick_cell(q: int, k: int | None) -> None:
        word = None
        if queries is capture.tokens:
            word = word_of(capture.places[q], scenario.spans)
        if word is not None:
            ask(word)
        st.session_state[q_name], st.session_state[k_name] = q, k

    kind, depth = kind_and_depth(capture, choice.layer)
    return World(
        f"encoder_decoder_{kind}",
        f"{choice.model_id}, {KINDS[kind].lower()} layer {depth}, head {head}",
        labels([token.text for token in queries]),
        labels([token.text for token in keys]),
        weights,
        head,
        layer.head_trace(head),
        of_head(layer.mask, head),
        q_pos,
        k_pos,
        look_at_head,
        pick_cell,
    )


def _who_asks(
    capture: Capture, scenario: Scenario, choice: Choice, queries: tuple[Token, ...]
) -> int:
    """The last token of the word that the sidebar chose; in the target, the last token."""
    pieces: list[int] = []
    if queries is capture.tokens:
        pieces = tokens_of(scenario.spans[choice.query], capture.places)
    return pieces[-1] if pieces else len(queries) - 1


def _picked(name: str, n: int, otherwise: int) -> int:
    position = st.session_state.get(name)
    return position if position is not None and position < n else otherwise
