"""The map of lesson 10: every stage as a box, with the sizes it has for this sentence in the toy and in the model."""

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from pages.learn.whole_flow.sides import Side
from pages.ui.widgets.diagram import Arrow, Box, diagram
from pages.ui.widgets.parts import formula, notice_this

STEP = 1.15  # rows from box to box
WIDE = 1.75  # columns


def flow_map(sides: Sequence[Side], n_layers: int | None) -> None:
    """From text to output, downwards; `n_layers` of the model, once it is known."""

    def sizes(of: Callable[[Side], str]) -> str:
        return " · ".join(f"{_name(side)} {of(side)}" for side in sides)

    def box(name: str, title: str, size: str, row: float, column: float = 1, **look: object) -> Box:
        lines = [title, size] if size else [title]
        return Box(name, lines, column, STEP * row, **({"width": WIDE} | look))  # type: ignore[arg-type]

    narrow = {"width": 0.97}
    diagram(
        [
            box("text", "Text", "", 0),
            box("tokens", "1 · Tokens", sizes(lambda side: str(len(side.tokens))), 1),
            box("x", "2 · Embeddings", sizes(lambda side: _size(side.x)), 2),
            box("q", "3 · Query", sizes(lambda s: _d_head(s, "q")), 3, 0, role="query", **narrow),
            box("k", "3 · Key", sizes(lambda s: _d_head(s, "k")), 3, 1, role="key", **narrow),
            box("v", "3 · Value", sizes(lambda s: _d_head(s, "v")), 3, 2, role="value", **narrow),
            box("weights", "4 · Weights", sizes(_heads), 4, 0.3, role="weights", width=1.55),
            box("context", "5 · Context", sizes(lambda side: _size(side.context)), 5),
            box("output", "5 · Output", sizes(lambda side: _size(side.output)), 6.3, role="output"),
            box("on", "6 · What follows", f"model {n_layers} layers" if n_layers else "", 7.3),
        ],
        [
            Arrow("text", "tokens"),
            Arrow("tokens", "x"),
            *(Arrow("x", to, role=role) for to, role in (("q", "query"), ("k", "key"), ("v", "value"))),
            Arrow("q", "weights", role="query"),
            Arrow("k", "weights", role="key"),
            Arrow("weights", "context", role="weights"),
            Arrow("v", "context", role="value"),
            Arrow("context", "output", "× W_O"),
            Arrow("output", "on", role="output"),
        ],
        key="flow_map",
        label="The way of a sentence: text, tokens, embeddings; query, key and value; weights from "
        "query and key; context from weights and value; output; what follows",
    )  # fmt: skip


def summary(sides: Sequence[Side]) -> None:
    """The formula with the sizes it has here, and whom the query asks most."""
    sizes = " · ".join(f"{_name(side)} d = {_d_head(side, 'q')}" for side in sides)
    formula(
        ":red[**output**] = softmax( :blue[**Q**] :orange[**Kᵀ**] / √d ) :green[**V**] W_O  \n"
        f"here: {sizes}",
        key="whole_flow",
    )
    for side in sides:
        st.text(f"{side.world.title}\n{side.world.summary}")  # the reader's words
    numbers = " and ".join(f"{side.x.size:,}" for side in sides)
    notice_this(
        "**Stages 3 to 5 are the same function on both sides.** Only the sizes differ: "
        f"{numbers} numbers go in."
    )


def _name(side: Side) -> str:
    return "toy" if side.world.name == "toy" else "model"


def _heads(side: Side) -> str:
    n_heads = len(side.world.weights)
    return f"{n_heads} head{'s' if n_heads > 1 else ''}"


def _d_head(side: Side, name: str) -> str:
    trace = side.world.trace
    return "?" if trace is None else str(getattr(trace, name).shape[1])


def _size(array: np.ndarray | None) -> str:
    """Its sizes; a row of numbers counts as one size."""
    return "?" if array is None else " × ".join(str(n) for n in array.shape if n > 1) or "1"
