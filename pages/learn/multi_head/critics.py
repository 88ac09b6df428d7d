"""The eight critics of the lesson on multi-head attention: as this reader has them, their table, and their pictures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from attention_core.analysis import fused
from attention_core.analysis.patterns import standing_out
from attention_core.heads import MultiHeadTrace, Projections, multi_head_attention
from attention_core.toy.critics import (
    D_HEAD,
    D_MODEL,
    DIMENSIONS,
    HEADS,
    QUERY,
    TOKENS,
    Head,
    X,
    same,
    side_by_side,
    with_table,
)
from pages.ui.reader.toy_editor import MADE_OF, MATRICES, ROLES
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.delivery import after_delivery
from pages.ui.widgets.diagram import Arrow, Box, diagram
from pages.ui.widgets.figure import Figure, Role
from pages.ui.widgets.parts import one_of
from pages.ui.widgets.wording import labels, number

CRITICS = "multi_head_critics"
N_HEADS = "multi_head_n_heads"
ASKS = "multi_head_query"
MERGED = "head · number"
WORDS = labels(TOKENS)
BEGIN_WITH = 4  # heads
ONE_HEAD = "With one head there is nothing to glue: all ways are the same. Add a second one."
NOISE = 1e-6
SHOWN = 2  # dimensions of the output beside a difference
ACROSS, WIDE = 4.0, 2.4  # columns of the diagram: of all heads, of the other boxes
WAYS = {  # to compute the layer, and one that only looks the same
    "all at once": "at_once",
    "one by one": "one_by_one",
    "added up": "summed",
    "one wide head": "one_wide_head",
}


@dataclass
class Critics:
    """All eight heads, also those that do not watch yet."""

    heads: tuple[Head, ...] = HEADS
    refused: str = ""  # why the last number was not taken over
    picked: int = 0
    measured: bool = False  # whether the measured patterns were revealed

    @property
    def watching(self) -> tuple[Head, ...]:
        return self.heads[: st.session_state.get(N_HEADS, BEGIN_WITH)]

    @property
    def chosen(self) -> int:
        """The head that is looked at; the last one, if the picked one does not watch any more."""
        return min(self.picked, len(self.watching) - 1)

    @property
    def query(self) -> int:
        position: int = st.session_state.get(ASKS, QUERY)
        return position

    @property
    def layer(self) -> Projections:
        return side_by_side(self.watching)

    @property
    def trace(self) -> MultiHeadTrace:
        return multi_head_attention(X, self.layer)

    def pick(self, head: int) -> None:
        self.picked = head

    def change(self, head: int, table: str, row: int, column: int, value: float) -> None:
        """Put one number into a table of a head; if it does not fit, keep why and leave the head as it was."""
        values = getattr(self.heads[head], table).copy()
        values[row, column] = value
        try:
            self.heads, self.refused = with_table(self.heads, head, table, values), ""
        except ValueError as error:
            self.refused = str(error)

    def reset(self) -> None:
        self.heads, self.refused = HEADS, ""


def critics() -> Critics:
    state: Critics = st.session_state.setdefault(CRITICS, Critics())
    return state


def ask(query: int) -> None:
    """Choose the word that asks. Only in callbacks: its picker is drawn before the pictures."""
    st.session_state[ASKS] = query


def how_many_and_who() -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.slider(  # not pills: a button for each option takes the browser longer than all pictures
            "How many heads?", 1, len(HEADS), BEGIN_WITH, key=N_HEADS, persist_state="session"
        )
    with right:
        st.selectbox(
            "Which word asks here?",
            range(len(WORDS)),
            index=QUERY,
            format_func=WORDS.__getitem__,
            key=ASKS,
            persist_state="session",
            help="Or click a row of a heatmap.",
        )


def editor(state: Critics) -> None:
    """One matrix of the chosen head, to be changed cell by cell; W_O on its side, so that all are tall."""
    head = state.chosen
    st.markdown(f"**Change head {head}**: its own block of each matrix")
    table = one_of(
        "Matrix",
        MATRICES,
        key="multi_head_table",
        format_func=MATRICES.__getitem__,
        has_label=False,
    )
    on_its_side = table == "W_O"
    block = getattr(state.watching[head], table)
    Figure(
        f"The matrix {table} of head {head}.",
        block.T if on_its_side else block,
        rows=DIMENSIONS,
        columns=[f"{table[-1].lower()} {i}" for i in range(2)],
        row_title="to" if on_its_side else "from",
        column_title="from" if on_its_side else "to",
        role=ROLES[table],
    ).draw(
        "multi_head_editor",
        on_edit=lambda row, column, value: state.change(
            head, table, *((column, row) if on_its_side else (row, column)), value
        ),
        about=f"{table} {head}",
        has_files=False,
    )
    if state.refused:
        st.warning(f"Not taken over: {state.refused}.", icon=":material/edit_off:")
    lines = [
        "On its side: from the head's two numbers (columns) to the output (rows)."
        if on_its_side
        else f"From the embedding (rows) to {MADE_OF[table]} (columns)."
    ]
    if (head, table) == (0, "W_Q"):
        lines.append("**Try:** turn the sign of *pronoun*, *q 1*. Whom does “it” mean now?")
    st.markdown("\n\n".join(lines))
    st.button(
        "All heads back to the start",
        icon=":material/restart_alt:",
        key="multi_head_reset",
        disabled=same(state.heads, HEADS),
        on_click=after_delivery(state.reset),
    )


def flow(state: Critics) -> None:
    """x into every head, the heads side by side, W_O, output; in each head what the asking word finds."""
    rows = state.trace.heads.weights[:, state.query]
    best, n_heads, size = standing_out(rows), len(rows), len(rows) * D_HEAD
    step, middle = ACROSS / max(n_heads, 3), ACROSS / 2
    heads = [
        Box(
            f"head {i}",
            [f"head {i}", "none" if (at := best[i]) is None else TOKENS[at], f"{row.max():.2f}"],
            column=middle + (i + (1 - n_heads) / 2) * step,
            row=1.55,
            role="weights",
            width=0.92 * step,
        )
        for i, row in enumerate(rows)
    ]
    x = Box("x", [f"x: {len(TOKENS)} words × {D_MODEL}"], middle, 0, width=WIDE)
    merged = Box("merged", [f"side by side: {len(TOKENS)} × {size}"], middle, 3.1, "value", WIDE)
    output = Box("output", [f"output: {len(TOKENS)} × {D_MODEL}"], middle, 4.35, "output", WIDE)
    arrows = [
        *(Arrow("x", head.name, strength=0.05) for head in heads),
        *(Arrow(head.name, "merged", role="value", strength=0.05) for head in heads),
        Arrow("merged", "output", f"· W_O: {size} × {D_MODEL}", "output", 0.2),
    ]
    found = ", ".join(" ".join(head.lines) for head in heads)
    diagram(
        [x, *heads, merged, output],
        arrows,
        key="multi_head_flow",
        label=f"The embeddings go into {n_heads} heads. What {WORDS[state.query]} finds: {found}. "
        "The results are laid side by side and multiplied by W_O",
        selected=f"head {state.chosen}",
        on_pick=lambda name: (
            state.pick(int(name.removeprefix("head "))) if name.startswith("head ") else None
        ),
    )


def additions(state: Critics) -> None:
    """What each head adds to the output of the word that asks, and below it the sum."""
    added = fused.added_by_heads(state.trace.heads.context, state.layer.W_O)
    names = [f"head {i}" for i in range(len(added))]
    table(
        "What each head adds",
        np.stack([*added, fused.sum_over_heads(added)])[:, state.query],
        "output",
        rows=[*names, "sum = output"],
        titles=("head", "dimension"),
        row=state.chosen,
        on_pick=lambda row, _: state.pick(min(row, len(names) - 1)),
    )


def ways_table(state: Critics) -> None:
    """The same layer three times, and a layer that only looks the same, against all heads at once."""
    ways = fused.three_ways(X, state.layer)
    outputs = [getattr(ways, way)[state.query] for way in WAYS.values()]
    breakdown(
        [
            *(
                Column(dimension, [number(row[i]) for row in outputs])
                for i, dimension in enumerate(DIMENSIONS[:SHOWN])
            ),
            Column(
                "max |diff.|",
                [_gap(ways.gap(way)) for way in WAYS.values()],
                "output",
                help="The largest difference to “all at once”, over all words and dimensions",
            ),
        ],
        key="multi_head_ways",
        row_labels=list(WAYS),
        row_title=f"output of {TOKENS[state.query]}",
        label="Ways to compute the layer, and how far their outputs are apart",
    )


def table(
    name: str,
    values: np.ndarray,
    role: Role,
    *,
    rows: Sequence[str] = WORDS,
    columns: Sequence[str] = DIMENSIONS,
    titles: tuple[str, str] = ("word", "dimension"),
    row: int | None = None,
    on_pick: Callable[[int, int | None], None] | None = None,
) -> None:
    """A matrix of the layer; `titles` are those of its rows and of its columns."""
    Figure(
        name,
        values,
        rows=rows,
        columns=columns,
        row_title=titles[0],
        column_title=titles[1],
        role=role,
        row=row,
    ).draw(f"multi_head_{name}", on_pick=on_pick)


def _gap(gap: float) -> str:
    """Rounding noise is far below three decimals, and worth seeing."""
    if gap == 0:
        return "0"
    return f"{gap:.0e}".replace("-", "−") if gap < NOISE else number(gap)


def merged_names(state: Critics, sign: str) -> list[str]:
    """A name for each number of the merged heads; those of the chosen head carry a sign."""
    return [
        f"{sign if head == state.chosen else ''}h{head}·{i}"
        for head in range(len(state.watching))
        for i in range(D_HEAD)
    ]
