"""The two axes of a heatmap: which of them holds the queries, and along which of them softmax must run."""

import numpy as np
import streamlit as st

from attention_core.analysis.mistakes import over_queries
from attention_core.analysis.rows import Sums, sums
from pages.ui.reader.worlds import World
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.panels import full_scale


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
    largest = total.of_queries.max()
    breakdown(
        [
            Column(
                "sum of the row",
                [f"{each:.4f}" for each in total.of_queries],
                "weights",
                [each / largest for each in total.of_queries.tolist()],
            )
        ],
        key="heatmaps_row_sums",
        row_labels=queries,
        row_title="query (asks)",
        footer=["mean", f"{total.mean:.4f}"],
        label="The sum of each row",
    )
    if wrong and np.allclose(total.of_queries, 1):
        st.markdown(
            "Here even the rows come out as 1, because all words ask alike: the mistake stays hidden. "
            "Take a sentence with different words."
        )
    elif wrong:
        st.markdown(
            f"The rows sum to {_range(total.of_queries)}, yet their **mean is {total.mean:.4f}**. "
            "A program that checks the mean, or the sum of everything, sees nothing. Check every row."
        )
