"""Pictures of the critics: who finds what, their results side by side, W_O, and what each adds to the output."""

import inspect
from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from attention_core.analysis import fused
from attention_core.analysis.fused import three_ways
from attention_core.analysis.patterns import standing_out
from attention_core.toy.critics import D_HEAD, D_MODEL, DIMENSIONS, TOKENS, X
from pages.learn.multi_head.state import WORDS, Critics, ask
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.diagram import Arrow, Box, diagram
from pages.ui.widgets.figure import Figure, Role
from pages.ui.widgets.head_grid import head_grid
from pages.ui.widgets.wording import number

N_TOKENS = len(TOKENS)
ONE_HEAD = "With one head there is nothing to glue: all ways are the same. Add a second one."
NOISE = 1e-6
SHOWN = 2  # dimensions of the output beside a difference
ACROSS, WIDE = 4.0, 2.4  # columns of the diagram: of all heads, of the other boxes


def answers(state: Critics) -> list[str]:
    """The words that stand out for the asking word in one head or another, each once."""
    rows = state.trace.heads.weights[:, state.query]
    return list(dict.fromkeys(TOKENS[best] for best in standing_out(rows) if best is not None))


def embeddings() -> None:
    """What all heads are handed."""
    _numbers("The embeddings", X, (WORDS, DIMENSIONS), ("word", "dimension"), "diverging")


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
    found = ", ".join(" ".join(head.lines) for head in heads)
    diagram(
        [x, *heads, merged, output],
        arrows,
        key="multi_head_flow",
        label=f"The embeddings go into {n_heads} heads. What {WORDS[state.query]} finds: {found}. "
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
    Figure(
        name,
        weights,
        rows=WORDS,
        columns=WORDS,
        row=state.query,
        heading=f"Head {state.chosen}: click a row to let another word ask",
    ).draw("multi_head_heatmap", on_pick=lambda row, column: ask(row))


def side_by_side(state: Critics) -> None:
    """What the heads bring home, laid side by side; a click chooses word and head."""

    def pick(row: int, column: int | None) -> None:
        ask(row)
        if column is not None:
            state.pick(column // D_HEAD)

    labels, titles = (WORDS, _merged_names(state, "▼ ")), ("word", "head · number")
    merged = state.trace.merged
    _numbers("The heads side by side", merged, labels, titles, "value", state.query, pick)


def additions(state: Critics) -> None:
    """What each head adds to the output of the word that asks, and below it the sum."""
    added = fused.added_by_heads(state.trace.heads.context, state.layer.W_O)
    values = np.stack([*added, fused.sum_over_heads(added)])[:, state.query]
    last = len(added) - 1
    _numbers(
        "What each head adds",
        values,
        ([*(f"head {i}" for i in range(len(added))), "sum = output"], DIMENSIONS),
        ("head", "dimension"),
        "output",
        state.chosen,
        lambda row, column: state.pick(min(row, last)),
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
    name: str,
    values: np.ndarray,
    labels: tuple[Sequence[str], Sequence[str]],
    titles: tuple[str, str],
    role: Role,
    row: int | None = None,
    on_pick: Callable[[int, int | None], None] | None = None,
) -> None:
    """A matrix with the labels and titles of its rows and columns."""
    Figure(
        name,
        values,
        rows=labels[0],
        columns=labels[1],
        row_title=titles[0],
        column_title=titles[1],
        role=role,
        row=row,
    ).draw(f"multi_head_{name}", on_pick=on_pick)


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


def merge(state: Critics) -> None:
    """What becomes of the heads: laid side by side, then mixed by W_O."""
    n_heads, size = len(state.watching), len(state.watching) * D_HEAD
    st.markdown(
        f"Each head hands back {D_HEAD} numbers a word. They are laid side by side (**concatenated**): "
        f"{n_heads} × {D_HEAD} = {size} numbers a word. Those of head {state.chosen} carry a ▼."
    )
    side_by_side(state)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f":red[**W_O**] mixes them: {size} numbers of all heads in, {D_MODEL} out.")
        labels, titles = (_merged_names(state, "▶ "), DIMENSIONS), ("head · number", "dimension")
        _numbers("W_O", state.layer.W_O, labels, titles, "output")
    with right:
        st.markdown(f":red[**output**] = side by side · W_O: {D_MODEL} numbers a word again.")
        _numbers(
            "The output of the layer",
            state.trace.output,
            (WORDS, DIMENSIONS),
            ("word", "dimension"),
            "output",
            state.query,
            lambda row, column: ask(row),
        )


def one_product(state: Critics) -> None:
    """Why one product is enough: blocks glued together, heads added up, and how far the ways are apart."""
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(
            "A computer does not loop over heads. It glues their blocks to one wide :blue[W_Q], "
            ":orange[W_K] and :green[W_V], multiplies once, and cuts the result into heads."
        )
        labels, titles = (DIMENSIONS, _merged_names(state, "▼ ")), ("dimension", "head · number")
        _numbers("W_Q of all heads", state.layer.W_Q, labels, titles, "query")
    with right:
        st.markdown(
            f"On the way out too: each head owns {D_HEAD} rows of :red[W_O], and what it writes "
            f"through them for “{TOKENS[state.query]}” is **added** to what the others write."
        )
        additions(state)
    left, right = st.columns(2, gap="large")
    with left:
        ways_table(state, three_ways(X, state.layer))
    with right:
        st.markdown(
            "The first three are the same layer, up to rounding. One head of the full width is "
            "another layer: it has a single softmax, where the others have one each."
            if len(state.watching) > 1
            else ONE_HEAD
        )
        code_of_the_ways()
