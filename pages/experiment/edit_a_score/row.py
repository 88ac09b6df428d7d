"""The row before and after, key by key, and the context vector that comes of it."""

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.breakdown import strongest
from attention_core.analysis.edited_row import SCORES, WEIGHTS, EditedRow, RowEdit
from pages.ui.reader.ready import Subject
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.takeaway import table_twin
from pages.ui.widgets.wording import number, signed

MOST_KEYS = 24  # rows of the table
SCORE_HELP = (
    "As it enters the softmax: q·k, scaled, with the bias and the mask where the model has them"
)


def row_table(subject: Subject, edit: RowEdit, row: EditedRow) -> None:
    """Each key with its score and weight, control and changed."""
    world = subject.world
    largest = np.maximum(row.weights, np.abs(row.changed_weights))
    shown = strongest(largest, MOST_KEYS, also=world.k_pos)
    reach = max(1.0, float(np.abs(row.changed_weights).max()))
    columns = [Column("score", [number(x) for x in row.scores[shown]], help=SCORE_HELP)]
    if edit.kind == SCORES:
        columns.append(Column("changed score", [number(x) for x in row.changed_scores[shown]]))
    columns += [
        _weights("weight", row.weights, shown, reach, "The model’s own"),
        _weights("changed weight", row.changed_weights, shown, reach, "After the edit"),
        Column("difference", [signed(x) for x in row.difference[shown]]),
    ]
    before, after = (float(x.sum(dtype=np.float64)) for x in (row.weights, row.changed_weights))
    breakdown(
        columns,
        key="edit_row_table",
        row_labels=[world.keys[k] for k in shown],
        selected=int(np.flatnonzero(shown == world.k_pos)[0]),
        footer=[
            "sum",
            *[""] * (len(columns) - 3),
            f"{before:.4f}",
            f"{after:.4f}",
            signed(round(after - before, 6)),
        ],
        label=f"The row {world.queries[world.q_pos]} before and after: {world.keys[world.k_pos]} "
        f"{number(row.weights[world.k_pos])} and {number(row.changed_weights[world.k_pos])}",
        on_pick=lambda i: world.pick_cell(world.q_pos, int(shown[i])),
    )
    if len(shown) < len(row.weights):
        st.markdown(
            f"The {len(shown)} strongest of {len(row.weights)} keys; the sums are those of all."
        )
    table_twin(
        f"Row before and after: {world.title}", lambda: _frame(world.keys, row), key="edit_row_twin"
    )


def say_sum(edit: RowEdit, row: EditedRow) -> None:
    """What typed weights sum to; they need not sum to 1."""
    if edit.kind != WEIGHTS:
        return
    told = f"The weights as typed sum to :violet[**{number(row.total)}**]"
    if edit.divided:
        told += "; each is divided by that, so that the row sums to 1"
    elif abs(row.total - 1) > 5e-4:
        told += (
            ", not to 1: so the row hands over more or less than a mean of the values. "
            "That is allowed here, for what comes after only adds up what it gets"
        )
    if row.changed_weights.min() < 0:
        told += ". A negative weight takes the value of its key away"
    st.markdown(told + ".")


def context(row: EditedRow) -> None:
    """What the head hands over at this position: how long the vector is, and how far it turned."""
    before, after = (float(np.linalg.norm(x)) for x in (row.context, row.changed_context))
    apart = float(np.linalg.norm(row.changed_context - row.context))
    st.markdown("**The context vector**: the sum of the values, each times its weight")
    breakdown(
        [
            Column("control", [number(before)], "output"),
            Column("changed", [number(after)], "output"),
            Column("difference", [signed(after - before)]),
        ],
        key="edit_row_context",
        row_labels=["length"],
        row_title="context",
        label=f"Length of the context vector: {number(before)} before, {number(after)} after",
    )
    turned = (
        f"cosine with the control **{number(row.cosine)}**"
        if np.isfinite(row.cosine)
        else "a vector of zeros has no direction to compare"
    )
    st.markdown(
        f"Direction: {turned}. The difference of the two is a vector of length {number(apart)}."
    )


def _weights(title: str, values: np.ndarray, shown: np.ndarray, reach: float, told: str) -> Column:
    bars = (np.abs(values[shown]) / reach).astype(float).tolist()
    return Column(
        title, [f"{x:.4f}".replace("-", "−") for x in values[shown]], "weights", bars, told
    )


def _frame(keys: list[str], row: EditedRow) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "score": row.scores,
            "changed score": row.changed_scores,
            "weight": row.weights,
            "changed weight": row.changed_weights,
            "difference": row.difference,
        },
        index=keys,
    )
