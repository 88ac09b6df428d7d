"""All heads of one layer of the pretrained model: thumbnails, the average beside the chosen head, measured patterns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from attention_core.analysis.patterns import (
    CLEAR,
    average_head,
    even_head,
    pattern_scores,
    share_on,
    targets,
)
from attention_core.analysis.value_norms import handed_over
from attention_core.pretrained.layers import Capture
from pages.learn.multi_head.average import average_panel
from pages.learn.multi_head.measured import HANDED_OVER, scores_panel
from pages.ui.reader.worlds import World
from pages.ui.server.cache import cached
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.panels import full_scale, heads_panel, heatmap_panel
from pages.ui.widgets.parts import notice_this

LONGEST = 200  # characters of the text that are repeated here


@dataclass(frozen=True)
class Measured:
    """The patterns of all heads of a layer, and those of an even head."""

    scores: dict[str, np.ndarray]
    even: dict[str, np.ndarray]


def all_heads(capture: Capture, layer: int, world: World) -> None:
    """One layer with all its heads; the average beside the chosen one, then what each head does."""
    _facts(capture, layer)
    heads_panel(world)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f":violet[**Head {world.head}**], the chosen one")
        heatmap_panel(world)
    with right:
        st.markdown(f"**The average of all {len(world.weights)} heads**: the attention of none")
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
        st.markdown("Rows and columns are two different texts here, so no head has a “previous”.")
        return
    _patterns(_measured(capture.model_id, capture.text, layer, capture, mask), world, mask)


def _facts(capture: Capture, layer: int) -> None:
    chosen = capture.layers[layer]
    told = f"{capture.model_id}, layer {layer}: {chosen.n_heads} heads"
    trace = chosen.head_trace(0)
    if trace is not None:
        told += f" of {trace.q.shape[-1]} numbers each"
        group_size = getattr(chosen, "group_size", 1)
        if group_size > 1:
            told += f". {group_size} heads each share one k and one v, but every head has its own q"
    reads = capture.text if len(capture.text) <= LONGEST else f"{capture.text[:LONGEST]} …"
    st.text(f"{told}. The model reads: {reads}")  # typed by a reader: shown literally
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
    ).draw("multi_head_real_average", on_pick=world.pick_cell)


@cached(max_entries=16)
def _measured(
    model_id: str, text: str, layer: int, _capture: Capture, _mask: np.ndarray | None
) -> Measured:
    """Kept, because a long text has millions of weights."""
    chosen = _capture.layers[layer]
    tokens = [token.text for token in _capture.queries(chosen)]
    weights = chosen.weights
    scores = pattern_scores(weights, tokens, _mask)
    even = pattern_scores(even_head(len(tokens), _mask), tokens, _mask)
    trace = getattr(chosen, "trace", None)
    if trace is not None:
        first = targets(tokens)["first"]
        scores[HANDED_OVER] = share_on(handed_over(weights, trace.v), first, _mask)
        even[HANDED_OVER] = even["first"]
    return Measured(scores, even)


def _patterns(found: Measured, world: World, mask: np.ndarray | None) -> None:
    st.markdown(
        "**What each head does here, measured.** Hatched: there is no place where this could happen."
    )
    scores_panel(
        found.scores,
        found.even,
        world.weights[:, world.q_pos],
        world.keys,
        key="multi_head_real_patterns",
        asks=world.queries[world.q_pos],
        selected=world.head,
        on_pick=world.pick_head,
        allowed=None if mask is None else mask[world.q_pos],
    )
    if HANDED_OVER in found.scores:
        _sink(found)


def _sink(found: Measured) -> None:
    """What the head that looks most at the first token really takes from it."""
    first, by_value = found.scores["first"], found.scores[HANDED_OVER]
    head = int(np.nan_to_num(first).argmax())
    if not first[head] >= CLEAR * found.even["first"][0]:
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
