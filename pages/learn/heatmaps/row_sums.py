"""What each row of a heatmap sums to: in print, turned over, and after a softmax along the wrong axis."""

import numpy as np
import streamlit as st

from attention_core.analysis.mistakes import over_queries
from attention_core.analysis.rows import RowCheck, Sums, check_rows, half_unit, sums
from attention_core.toy.claims import HEATMAP_KEYS, HEATMAP_PRINTED, HEATMAP_QUERIES
from attention_core.toy.presets import preset_named
from attention_core.toy.scenario import run
from pages.ui.reader.worlds import World
from pages.ui.widgets.breakdown import Column, breakdown, column_of
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.panels import full_scale
from pages.ui.widgets.wording import labels

DECIMALS = 1  # of the printed heatmap
KEYS = labels(HEATMAP_KEYS)
QUERIES = [KEYS[HEATMAP_KEYS.index(query)] for query in HEATMAP_QUERIES]
MISSING = [key for key in KEYS if key not in QUERIES]
RIGHT, WRONG = "**Right:**", "**The sums say:**"
HIDDEN_MISTAKE = (
    "Here even the rows come out as 1, because all words ask alike: the mistake stays hidden. "
    "Take a sentence with different words."
)
PICKED, CHECKED = "heatmaps_bad_rows", "heatmaps_checked"


def printed_panel() -> None:
    """The tutorial's heatmap beside the toy's own of the same sentence; the reader's verdict, then the sums."""
    printed, computed = st.columns(2, gap="medium")
    with printed:
        _printed()
    with computed:
        _computed()
    if st.session_state.get(CHECKED):
        _verdict(check_rows(HEATMAP_PRINTED, DECIMALS))


def _printed() -> None:
    st.markdown(
        "**A tutorial prints this.** Two of its rows cannot be attention weights as they stand. Add up!"
    )
    Figure(
        "As printed",
        HEATMAP_PRINTED,
        rows=QUERIES,
        columns=KEYS,
        decimals=DECIMALS,
        summary="The tutorial's heatmap, with one decimal",
    ).draw("heatmaps_printed", on_pick=lambda row, _: _toggle(row))
    st.pills(
        "Which rows are they? Choose here, or click the rows.",
        range(len(QUERIES)),
        selection_mode="multi",
        format_func=QUERIES.__getitem__,
        key=PICKED,
        wrap=True,
    )
    st.button(
        "Check the sums",
        icon=":material/functions:",
        key="heatmaps_check",
        on_click=lambda: st.session_state.update({CHECKED: True}),
    )


def _toggle(row: int) -> None:
    st.session_state[PICKED] = sorted({row} ^ set(st.session_state.get(PICKED) or []))


def _computed() -> None:
    scenario = preset_named("The cat sat")
    weights = run(scenario).heads.weights[0]
    st.markdown("**The toy computes this** for the same sentence: a row for each of its words.")
    Figure(
        "The cat sat on the mat",
        weights,
        rows=KEYS,
        columns=KEYS,
        row=scenario.query,
        summary="The toy's heatmap",
    ).draw("heatmaps_computed")
    total = sums(weights).of_queries[scenario.query]
    st.markdown(
        f"The marked row, “{scenario.tokens[scenario.query]}”, sums to **{total:.4f}**, "
        "and so does every other."
    )


def _verdict(check: RowCheck) -> None:
    wrong = np.flatnonzero(~check.is_one).tolist()
    picked = st.session_state.get(PICKED) or []
    table, words = st.columns(2, gap="medium")
    with table:
        breakdown(
            [
                Column("your pick", ["picked" if i in picked else "" for i in range(len(QUERIES))]),
                Column("sum", [f"{total:.{DECIMALS}f}" for total in check.sums]),
                Column("verdict", ["sums to 1" if ok else "not 1" for ok in check.is_one]),
            ],
            key="heatmaps_sums",
            row_labels=QUERIES,
            row_title="query (asks)",
            label="The sum of each printed row",
        )
    with words:
        found = " and ".join(f"“{HEATMAP_QUERIES[i]}”" for i in wrong)
        st.markdown(
            f"{RIGHT if picked == wrong else WRONG} {found} do not sum to 1. "
            f"And the row of {' and '.join(f'“{name}”' for name in MISSING)} is missing: "
            "every word asks."
        )
        if check.may_be_rounded[wrong].all():
            h = half_unit(DECIMALS)
            st.markdown(
                f"To be fair: a number printed with one decimal may be off by {h:g}, so a row of "
                f"{len(KEYS)} by {len(KEYS) * h:.1f}. Rounding **could** be the reason for both rows. "
                "Either way, nobody can check them or compute with them."
            )


@st.fragment
def rows_or_columns(world: World) -> None:
    """The same weights with the queries as rows, or as columns; where the sums are 1."""
    st.header("Rows or columns?", anchor=False)
    transposed = st.toggle("Queries as columns", key="heatmaps_transposed")
    picture, words = st.columns([3, 2], gap="medium")
    with picture:
        _turned(world, transposed)
    with words:
        total = sums(world.head_weights)
        both = (total.of_queries, total.of_keys)
        rows, columns = reversed(both) if transposed else both
        st.markdown(
            f"Each **row** of the picture sums to {_range(rows)},  \n"
            f"each **column** to {_range(columns)}."
        )
        st.markdown(
            "The paper that introduced transformers has queries as rows, and so has this app. Others, "
            "such as the films of 3Blue1Brown, show the same numbers turned over. So read the names "
            "at the edges first: the sum is 1 **along the keys**, whichever way they run."
        )


def _turned(world: World, transposed: bool) -> None:
    weights, blocked = world.head_weights, world.blocked
    sides = [("query (asks)", world.queries), ("key (offers)", world.keys)]
    if transposed:
        weights, blocked = weights.T, None if blocked is None else blocked.T
        sides.reverse()
    (row_title, rows), (column_title, columns) = sides
    Figure(
        "Rows or columns",
        weights,
        rows=rows,
        columns=columns,
        row_title=row_title,
        column_title=column_title,
        high=full_scale(weights),
        blocked=blocked,
        summary=f"The same weights: each row is a {row_title}, each column a {column_title}",
    ).draw("heatmaps_turned")


def _range(values: np.ndarray) -> str:
    low, high = f"{values.min():.2f}", f"{values.max():.2f}"
    return f"**{low}**" if low == high else f"{low} … {high}"


@st.fragment
def the_wrong_axis(world: World) -> None:
    """The toy's scores through softmax along the right axis or the wrong one; the sum of each row."""
    assert world.trace is not None  # the toy's always is there
    st.header("Softmax along the wrong axis", anchor=False)
    wrong = st.toggle("Softmax over the queries instead of the keys", key="heatmaps_axis")
    trace = world.trace
    weights = over_queries(trace.masked_scores, trace.temperature) if wrong else trace.weights
    picture, table = st.columns([3, 2], gap="medium")
    with picture:
        Figure(
            "Softmax along either axis",
            weights,
            rows=world.queries,
            columns=world.keys,
            high=full_scale(weights),
            blocked=world.blocked,
            summary="Weights along the wrong axis" if wrong else "Weights as they should be",
        ).draw("heatmaps_wrong")
    with table:
        _row_sums(world.queries, sums(weights), wrong)


def _row_sums(queries: list[str], total: Sums, wrong: bool) -> None:
    rows, largest = total.of_queries, float(total.of_queries.max())
    breakdown(
        [column_of("sum of the row", rows, decimals=4, full=largest)],
        key="heatmaps_row_sums",
        row_labels=queries,
        row_title="query (asks)",
        footer=["mean", f"{total.mean:.4f}"],
        label="The sum of each row",
    )
    if wrong and np.allclose(total.of_queries, 1):
        st.markdown(HIDDEN_MISTAKE)
    elif wrong:
        st.markdown(
            f"The rows sum to {_range(total.of_queries)}, yet their **mean is {total.mean:.4f}**. "
            "A program that checks the mean, or the sum of everything, sees nothing. Check every row."
        )
