"""One kind of attention of an encoder–decoder model: which layer it is, who asks whom, all heads, one head, one row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from attention_core.analysis.words import tokens_of, word_of
from attention_core.experiments import all_heads
from attention_core.heads import of_head
from attention_core.pretrained import capture as capturing
from attention_core.pretrained.layers import Capture
from attention_core.toy.scenario import Scenario
from pages.ui.reader.controls import Choice, look_at_head
from pages.ui.reader.sentence import ask
from pages.ui.reader.worlds import World
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.widgets.arithmetic import cell_panel, softmax_panel
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.panels import head_figure, heads_panel
from pages.ui.widgets.parts import formula, notice_this
from pages.ui.widgets.statistics import KINDS
from pages.ui.widgets.wording import labels, scaling

WHO = {  # kind → whose q, whose k, and who asks whom
    "encoder": (
        "source",
        "source",
        "The encoder reads the source text alone: every token of it asks, and every token answers. "
        "It knows nothing of the target.",
    ),
    "decoder": (
        "target",
        "target",
        "The decoder writes from left to right: each token of the target asks itself and what stands before it. "
        "The first row and column are its **start token**.",
    ),
    "cross": (
        "target",
        "source",
        "Rows are tokens of the **target**, columns are tokens of the **source**: this is the only place "
        "where the decoder sees what the encoder has read. A row shows where the decoder looks "
        "while it works out the token that comes **after** the one named in that row.",
    ),
}

BIAS = (
    "This model adds no positions to its embeddings. Instead each head has learned a **number for each distance** "
    "from query to key and adds it to the score, before the softmax: the column “+ bias”. Far distances "
    "share a number. Along a diagonal all cells are the same: the bias does not depend on the words."
)
# where a picked position is kept: those of the source as on all pages, those of the target here
PICKED_Q = {"source": "pick_real_query", "target": "encoder_decoder_q"}
PICKED_K = {"source": "pick_real_key", "target": "encoder_decoder_k"}


@cached(max_entries=8)
def captured(model_id: str, source: str, target: str) -> Capture:
    """Both texts through the model. Raises ValueError for a blank source. The model must be loaded."""
    return capturing.capture(source, models.loaded(model_id), target=target)


@cached(max_entries=8)
def layer_weights(model_id: str, source: str, target: str, layer: int) -> np.ndarray:
    """The weights of all heads of a layer, (n_heads, n_q, n_k)."""
    return captured(model_id, source, target).layers[layer].weights


def layers_of(capture: Capture, kind: str) -> list[int]:
    """Where the layers of one kind stand among all: a decoder's own and its cross-attention take turns."""
    return [i for i, _ in all_heads.layers_of(capture, kind)]


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
    """The chosen layer and head on both texts; rows and columns are the texts that its kind reads.

    Who asks: the last token of the word that the sidebar chose; in the target, the last token.
    """
    layer = capture.layers[choice.layer]
    head = min(choice.head, layer.n_heads - 1)
    weights = layer_weights(choice.model_id, scenario.sentence, target, choice.layer)
    queries, keys = capture.queries(layer), capture.keys(layer)
    reads_source = queries is capture.tokens
    q_name = PICKED_Q["source" if reads_source else "target"]
    k_name = PICKED_K["source" if keys is capture.tokens else "target"]
    word = tokens_of(scenario.spans[choice.query], capture.places) if reads_source else []
    q_pos = _picked(q_name, len(queries), word[-1] if word else len(queries) - 1)
    k_pos = _picked(k_name, len(keys), int(weights[head, q_pos].argmax()))

    def pick_cell(q: int, k: int | None) -> None:
        asking = word_of(capture.places[q], scenario.spans) if reads_source else None
        if asking is not None:
            ask(asking)
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


def _picked(name: str, n: int, otherwise: int) -> int:
    position = st.session_state.get(name)
    return position if position is not None and position < n else otherwise


def kind_panel(kind: str, world: World) -> None:
    """All heads, the chosen head, its chosen row, and one weight of it with its arithmetic."""
    asks, offers, explained = WHO[kind]
    formula(
        f":violet[**weights**] = softmax( :blue[q of {asks}] · :orange[k of {offers}]ᵀ{_further(world)} )",
        key="encoder_decoder",
    )
    st.markdown(explained)
    st.markdown("**All heads of the layer.** Click one to look closer.")
    heads_panel(world)
    left, right = st.columns([5, 6], gap="medium")  # the bias takes one more column of the table
    with left:
        replace(
            head_figure(world),
            heading="The chosen head",
            note="Click a row to let its token ask.",
        ).draw(f"{world.name}_heatmap", on_pick=world.pick_cell)
    with right:
        softmax_panel(world, "The chosen row, from scores to weights")
        _noticed(kind, world)
    if world.trace is not None and world.trace.bias is not None:
        bias_panel(world)
    st.subheader("One weight, with all its arithmetic", anchor=False)
    cell_panel(world)


def _further(world: World) -> str:
    """What this model does to the scores before the softmax."""
    trace = world.trace
    if trace is None:
        return ""
    divided = "" if trace.scale == 1 else f" {scaling(trace)}"  # T5 does not divide
    biased = "" if trace.bias is None else " + position bias"
    return divided + biased + ("" if world.blocked is None else ", future blocked")


def _noticed(kind: str, world: World) -> None:
    n_q, n_k = world.head_weights.shape
    blocked = 0 if world.blocked is None else int(world.blocked.sum())
    if kind == "cross":
        even = f"{1 / n_k:.2f}" if n_k <= 100 else f"1/{n_k}"
        notice_this(
            f"No mask: all {n_k} source tokens may be seen, so a head without any preference would give each {even}. "
            f"The picture is {n_q} × {n_k}: the two texts need not be of one length."
        )
    elif kind == "decoder":
        notice_this(f"Hatched: {blocked} of {n_q * n_k} pairs, where a token would see its future.")
    else:
        notice_this(f"The mask blocks {blocked} of {n_q * n_k} pairs: words see both ways.")


def bias_panel(world: World) -> None:
    """T5's relative position bias: what this head adds to each score, whatever the words are."""
    trace = world.trace
    assert trace is not None and trace.bias is not None
    st.subheader("The position bias of this head", anchor=False)
    st.markdown(
        BIAS + (" Nor are the scores divided by √d here: “× 1”." if trace.scale == 1 else "")
    )
    blocked = world.blocked
    seen = trace.bias if blocked is None else trace.bias[~blocked]
    Figure(
        f"Position bias of {world.title}",
        trace.bias,
        rows=world.queries,
        columns=world.keys,
        role="diverging",
        row=world.q_pos,
        blocked=blocked,
        meaning="bias",
        summary=f"From {seen.min():.2f} to {seen.max():.2f}",
    ).draw(f"{world.name}_bias")
