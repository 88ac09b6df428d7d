"""Pictures of the critics: who finds what, their results side by side, W_O, and what each adds to the output."""

import inspect
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import streamlit as st

from attention_core.analysis import fused
from attention_core.analysis.patterns import standing_out
from attention_core.toy.critics import D_HEAD, D_MODEL, DIMENSIONS, TOKENS, X
from pages.learn.multi_head.state import WORDS, Critics, ask
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.diagram import Arrow, Box, diagram
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.head_grid import head_grid
from pages.ui.widgets.wording import number

N_TOKENS = len(TOKENS)
NOISE = 1e-6
SHOWN = 2  # dimensions of the output beside a difference
ACROSS, WIDE = 4.0, 2.4  # columns of the diagram: of all heads, of the other boxes


def answers(state: Critics) -> list[str]:
    """The words that stand out for the asking word in one head or another, each once."""
    rows = state.trace.heads.weights[:, state.query]
    return list(dict.fromkeys(TOKENS[best] for best in standing_out(rows) if best is not None))


def embeddings() -> None:
    """What all heads are handed."""
    _numbers(
        X, WORDS, DIMENSIONS, name="The embeddings", titles=("word", "dimension"), role="diverging"
    )


def flow(state: Critics) -> None:
    """x into every head, the heads side by side, W_O, output; in each head what the asking word finds."""
    rows = state.trace.heads.weights[:, state.query]
    best, n_heads, size = standing_out(rows), len(rows), len(rows) * D_HEAD
    step, middle = ACROSS / max(n_heads, 3), ACROSS / 2
    heads = [
        Box(
            f"head {i}",
            [f"head {i}", _word(best[i]), f"{row.max():.2f}"],
            column=middle + (i + (1 - n_heads) / 2) * step,
            row=1.55,
            role="weights",
            width=0.92 * step,
        )
        for i, row in enumerate(rows)
    ]
    x = Box("x", [f"x: {N_TOKENS} words × {D_MODEL}"], middle, 0, width=WIDE)
    merged = Box("merged", [f"side by side: {N_TOKENS} × {size}"], middle, 3.1, "value", WIDE)
    output = Box("output", [f"output: {N_TOKENS} × {D_MODEL}"], middle, 4.35, "output", WIDE)
    arrows = [
        *(Arrow("x", head.name, strength=0.05) for head in heads),
        *(Arrow(head.name, "merged", role="value", strength=0.05) for head in heads),
        Arrow("merged", "output", f"· W_O: {size} × {D_MODEL}", "output", 0.2),
    ]
    told = ", ".join(" ".join(head.lines) for head in heads)
    diagram(
        [x, *heads, merged, output],
        arrows,
        key="multi_head_flow",
        label=f"The embeddings go into {n_heads} heads. What {WORDS[state.query]} finds: {told}. "
        "The results are laid side by side and multiplied by W_O",
        selected=f"head {state.chosen}",
        on_pick=lambda name: _pick_box(state, name),
    )


def thumbnails(state: Critics) -> None:
    """All heads that watch; a click chooses one."""
    head_grid(
        state.trace.heads.weights,
        key="multi_head_heads",
        selected=state.chosen,
        label=f"The weights of all heads that watch: head {state.chosen} is chosen",
        on_pick=state.pick,
    )


def chosen_head(state: Critics) -> None:
    """The heatmap of the chosen head; a click on a row lets that word ask."""
    weights, name = state.trace.heads.weights[state.chosen], f"Weights of head {state.chosen}"
    Figure(name, weights, rows=WORDS, columns=WORDS, row=state.query).draw(
        "multi_head_heatmap", on_pick=lambda row, column: ask(row)
    )


def side_by_side(state: Critics) -> None:
    """What the heads bring home, laid side by side; a click chooses word and head."""

    def pick(row: int, column: int | None) -> None:
        ask(row)
        if column is not None:
            state.pick(column // D_HEAD)

    _numbers(
        state.trace.merged,
        WORDS,
        _merged_names(state, "▼ "),
        name="The heads side by side",
        titles=("word", "head · number"),
        role="value",
        row=state.query,
        on_pick=pick,
    )


def mixer(state: Critics) -> None:
    """W_O: a row for each number of the heads."""
    _numbers(
        state.layer.W_O,
        _merged_names(state, "▶ "),
        DIMENSIONS,
        name="W_O",
        titles=("head · number", "dimension"),
        role="output",
    )


def output(state: Critics) -> None:
    """What the layer makes of each word."""
    _numbers(
        state.trace.output,
        WORDS,
        DIMENSIONS,
        name="The output of the layer",
        titles=("word", "dimension"),
        role="output",
        row=state.query,
        on_pick=lambda row, column: ask(row),
    )


def wide(state: Critics) -> None:
    """The blocks of all heads glued together to one W_Q."""
    _numbers(
        state.layer.W_Q,
        DIMENSIONS,
        _merged_names(state, "▼ "),
        name="W_Q of all heads",
        titles=("dimension", "head · number"),
        role="query",
    )


def additions(state: Critics) -> None:
    """What each head adds to the output of the word that asks, and below it the sum."""
    added = fused.added_by_heads(state.trace.heads.context, state.layer.W_O)
    total = fused.sum_over_heads(added)
    heads = [f"head {i}" for i in range(len(added))]
    _numbers(
        np.stack([*added, total])[:, state.query],
        [*heads, "sum = output"],
        DIMENSIONS,
        name="What each head adds",
        titles=("head", "dimension"),
        role="output",
        row=state.chosen,
        on_pick=lambda row, column: state.pick(min(row, len(heads) - 1)),
    )


def ways_table(state: Critics, ways: fused.ThreeWays) -> None:
    """The same layer three times, and a layer that only looks the same, against all heads at once."""
    named = {
        "all at once": "at_once",
        "one by one": "one_by_one",
        "added up": "summed",
        "one wide head": "one_wide_head",
    }
    outputs = [getattr(ways, way)[state.query] for way in named.values()]
    breakdown(
        [
            *(
                Column(dimension, [number(row[i]) for row in outputs])
                for i, dimension in enumerate(DIMENSIONS[:SHOWN])
            ),
            Column(
                "max |diff.|",
                [_gap(ways.gap(way)) for way in named.values()],
                "output",
                help="The largest difference to “all at once”, over all words and dimensions",
            ),
        ],
        key="multi_head_ways",
        row_labels=list(named),
        row_title=f"output of {TOKENS[state.query]}",
        label="Ways to compute the layer, and how far their outputs are apart",
    )


def code_of_the_ways() -> None:
    """The very functions that computed the table."""
    with st.expander("The ways as code", icon=":material/code:", on_change="rerun") as code:
        if code.open:
            ways = (fused.one_by_one, fused.added_by_heads, fused.sum_over_heads)
            st.code("\n\n".join(inspect.getsource(way) for way in ways))


def _numbers(
    values: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    name: str,
    titles: tuple[str, str],
    role: Literal["query", "value", "output", "diverging"],
    row: int | None = None,
    on_pick: Callable[[int, int | None], None] | None = None,
) -> None:
    """A matrix of numbers with its table twin."""
    key = f"multi_head_{name}"
    Figure(
        name,
        values,
        rows=rows,
        columns=columns,
        row=row,
        row_title=titles[0],
        column_title=titles[1],
        role=role,
    ).draw(key, on_pick=on_pick)


def _word(position: int | None) -> str:
    return "none" if position is None else TOKENS[position]


def _gap(gap: float) -> str:
    """Rounding noise is far below three decimals, and worth seeing."""
    if gap == 0:
        return "0"
    return f"{gap:.0e}".replace("-", "−") if gap < NOISE else number(gap)


def _merged_names(state: Critics, sign: str) -> list[str]:
    """A name for each number of the merged heads; those of the chosen head carry a sign."""
    return [
        f"{sign if head == state.chosen else ''}h{head}·{i}"
        for head in range(len(state.watching))
        for i in range(D_HEAD)
    ]


def _pick_box(state: Critics, name: str) -> None:
    if name.startswith("head "):
        state.pick(int(name.removeprefix("head ")))
