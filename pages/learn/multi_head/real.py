"""All heads of one layer of the pretrained model: thumbnails, the average beside the chosen head, measured patterns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from attention_core.analysis.patterns import (
    CLEAR,
    HANDED_OVER,
    Measured,
    average_head,
    measure_patterns,
)
from attention_core.pretrained.layers import Capture
from pages.learn.multi_head.patterns import average_panel, scores_panel
from pages.ui.reader.worlds import World
from pages.ui.server.cache import cached
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.panels import full_scale, head_figure, heads_panel
from pages.ui.widgets.parts import notice_this

TWO_TEXTS = "Rows and columns are two different texts here, so no head has a “previous”."
LONGEST = 200  # characters of the text that are repeated here


def all_heads(capture: Capture, layer: int, world: World) -> None:
    """One layer with all its heads; the average beside the chosen one, then what each head does."""
    _facts(capture, layer)
    heads_panel(world)
    left, right = st.columns(2, gap="large")
    with left:
        chosen_head = replace(
            head_figure(world), heading=f"Head {world.head}", note="the chosen one"
        )
        chosen_head.draw(f"{world.name}_heatmap", on_pick=world.pick_cell)
    with right:
        _average(world)
    mask = world.mask
    average_panel(
        world.weights,
        world.q_pos,
        world.keys,
        mask=mask,
        key="multi_head_real_rows",
        label=f"{world.queries[world.q_pos]} in every head of the layer, and the average",
    )
    if capture.layers[layer].kind == "cross":
        st.markdown(TWO_TEXTS)
        return
    _patterns(_measured(capture.model_id, capture.text, layer, capture, mask), world, mask)


def _facts(capture: Capture, layer: int) -> None:
    chosen = capture.layers[layer]
    facts = f"{capture.model_id}, layer {layer}: {chosen.n_heads} heads"
    trace = chosen.head_trace(0)
    if trace is not None:
        facts += f" of {trace.q.shape[-1]} numbers each"
        group_size = getattr(chosen, "group_size", 1)
        if group_size > 1:
            facts += (
                f". {group_size} heads each share one k and one v, but every head has its own q"
            )
    reads = capture.text if len(capture.text) <= LONGEST else f"{capture.text[:LONGEST]} …"
    st.text(f"{facts}. The model reads: {reads}")  # typed by a reader: shown literally
    st.markdown("The original Transformer (2017) had 8 heads in each layer.")


def _average(world: World) -> None:
    average = average_head(world.weights)
    Figure(
        "The average of all heads",
        average,
        rows=world.queries,
        columns=world.keys,
        high=full_scale(average),
        blocked=world.blocked,
        row=world.q_pos,
        cell=(world.q_pos, world.k_pos),
        summary="Of the layer",
        heading=f"The average of all {len(world.weights)} heads",
        note="the attention of none",
    ).draw("multi_head_real_average", on_pick=world.pick_cell)


@cached(max_entries=16)
def _measured(
    model_id: str, text: str, layer: int, _capture: Capture, _mask: np.ndarray | None
) -> Measured:
    """Kept, because a long text has millions of weights."""
    chosen = _capture.layers[layer]
    tokens = [token.text for token in _capture.queries(chosen)]
    trace = getattr(chosen, "trace", None)
    return measure_patterns(chosen.weights, tokens, _mask, None if trace is None else trace.v)


def _patterns(measured: Measured, world: World, mask: np.ndarray | None) -> None:
    st.markdown(
        "**What each head does here, measured.** Hatched: there is no place where this could happen."
    )
    scores_panel(
        measured,
        world.weights[:, world.q_pos],
        world.keys,
        key="multi_head_real_patterns",
        asks=world.queries[world.q_pos],
        selected=world.head,
        on_pick=world.pick_head,
        allowed=None if mask is None else mask[world.q_pos],
    )
    if HANDED_OVER in measured.scores:
        _sink(measured)


def _sink(measured: Measured) -> None:
    """What the head that looks most at the first token really takes from it."""
    first, by_value = measured.scores["first"], measured.scores[HANDED_OVER]
    head = int(np.nan_to_num(first).argmax())
    if not first[head] >= CLEAR * measured.even["first"][0]:
        return
    notice_this(
        f"**Much weight is not much said.** Head {head} puts {first[head]:.2f} of its weight on the "
        "first token. Multiply each weight by the length of the :green[value] behind it, and the "
        f"first token's share is {by_value[head]:.2f}. "
        + (
            "A head that has nothing to add can park its weight on a token that hands over little: "
            "a sink, as in the lesson on heatmaps."
            if by_value[head] < first[head]
            else "So in this layer the first token does hand something over."
        )
    )
