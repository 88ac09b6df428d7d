"""One kind of attention of an encoder–decoder model: who asks whom, all heads, one head, one row."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from pages.ui.reader.worlds import World
from pages.ui.widgets.arithmetic import cell_panel, softmax_panel
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.panels import head_figure, heads_panel
from pages.ui.widgets.parts import formula, notice_this
from pages.ui.widgets.wording import scaling

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
    steps = [
        "" if trace.scale == 1 else f" {scaling(trace)}",  # T5 does not divide
        "" if trace.bias is None else " + position bias",
        "" if world.blocked is None else ", future blocked",
    ]
    return "".join(steps)


def _noticed(kind: str, world: World) -> None:
    n_q, n_k = world.head_weights.shape
    if kind == "cross":
        even = f"{1 / n_k:.2f}" if n_k <= 100 else f"1/{n_k}"
        notice_this(
            f"No mask: all {n_k} source tokens may be seen, so a head without any preference would give each {even}. "
            f"The picture is {n_q} × {n_k}: the two texts need not be of one length."
        )
    elif kind == "decoder":
        blocked = 0 if world.blocked is None else int(world.blocked.sum())
        notice_this(f"Hatched: {blocked} of {n_q * n_k} pairs, where a token would see its future.")
    else:
        blocked = 0 if world.blocked is None else int(world.blocked.sum())
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
