"""The row to be edited, its numbers before and after, and the context vector that they give."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.breakdown import strongest
from attention_core.analysis.edited_row import (
    EVEN,
    NOTHING,
    ONE,
    SCORES,
    WEIGHTS,
    EditedRow,
    RowEdit,
)
from pages.experiment.edit_a_score.state import NOT_CHANGED, UNDO, can_undo, current, try_edit, undo
from pages.ui.reader.notices import clear_notices, notice
from pages.ui.reader.real import Subject
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.delivery import after_delivery
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.takeaway import Numbers
from pages.ui.widgets.wording import number, signed

MOST_CELLS = 16  # keys in the row: more would be too narrow to hold a number
TYPED = "edit_row_typed"

DIVIDED = "each is divided by that, so that the row sums to 1"
NOT_TO_ONE = "not to 1"
FORBIDDEN = (
    "Hatched keys are forbidden by the mask: the query may not see what comes later, and no edit "
    "brings a forbidden key back."
)
MOST_KEYS = 24  # rows of the table
SCORE_HELP = (
    "As it enters the softmax: q·k, scaled, with the bias and the mask where the model has them"
)


def editor(subject: Subject, edit: RowEdit, row: EditedRow) -> None:
    """All that changes the row."""
    _cells(subject, edit, row)
    _one_number(subject, edit, row)
    _shortcuts(subject, edit, row)


def numbers_of(edit: RowEdit, row: EditedRow) -> np.ndarray:
    """What is edited: scores, or weights before they are divided by their sum; nan where blocked."""
    if edit.kind == SCORES:
        shown = row.changed_scores.astype(float)
    else:
        shown = row.changed_weights.astype(float)
        if edit.divided and abs(row.total) > NOTHING:
            shown = shown * row.total
    return np.where(row.allowed, shown, np.nan)


def _cells(subject: Subject, edit: RowEdit, row: EditedRow) -> None:
    """The row as a matrix of one row. Of many keys, the strongest before or after, and the chosen one."""
    world = subject.world
    largest = np.maximum(row.weights, np.abs(row.changed_weights))
    shown = strongest(largest, MOST_CELLS, also=world.k_pos)
    values = numbers_of(edit, row)[shown]
    label = f"The {edit.kind} of the row {world.queries[world.q_pos]}, to be edited"
    Figure(
        label,
        values[np.newaxis],
        rows=[world.queries[world.q_pos]],
        columns=[world.keys[k] for k in shown],
        column_title="token that offers a key",
        role="weights" if edit.kind != SCORES else "diverging",
        low=None if edit.kind == SCORES else min(0.0, float(np.nanmin(values))),
        high=None if edit.kind == SCORES else max(1.0, float(np.nanmax(values))),
        blocked=~row.allowed[shown][np.newaxis],
        cell=(0, int(np.flatnonzero(shown == world.k_pos)[0])),
    ).draw(
        f"edit_row_{edit.kind}",
        on_edit=lambda _, column, value: _typed(subject, edit, int(shown[column]), value),
        about=f"{subject.model_id} {subject.sentence} {subject.choice.layer}.{world.head}.{world.q_pos}",
        has_files=False,
    )
    if len(shown) < len(row.allowed):
        st.markdown(
            f"The {len(shown)} strongest of {len(row.allowed)} keys; choose another one in the table or in a "
            "heatmap, and it joins them."
        )
    if not row.allowed.all():
        st.markdown(
            FORBIDDEN
            if not row.allowed[shown].all()
            else "Keys that the mask forbids are not offered: no edit brings them back."
        )


def _one_number(subject: Subject, edit: RowEdit, row: EditedRow) -> None:
    """The number of the chosen key, to be typed: the way for small screens."""
    world = subject.world
    now = numbers_of(edit, row)[world.k_pos]
    what = "score" if edit.kind == SCORES else "weight"

    def take() -> None:
        text = st.session_state[TYPED].strip()
        st.session_state[TYPED] = ""
        if not text:
            return
        try:
            value = float(text.replace(",", ".").replace("−", "-"))
        except ValueError:
            clear_notices()
            notice(f"{NOT_CHANGED}: “{text[:40]}” is no number. Type one such as 3 or -2.")
        else:
            _typed(subject, edit, world.k_pos, value)

    st.text(
        f"Chosen key: {world.keys[world.k_pos]}, {what} "
        + (number(now) if math.isfinite(now) else "none: the mask forbids it")
    )
    st.text_input(
        f"New {what} of the chosen key",
        key=TYPED,
        placeholder="Type a number and press Enter",
        on_change=take,
        width=320,
        disabled=not row.allowed[world.k_pos],
    )


def _shortcuts(subject: Subject, edit: RowEdit, row: EditedRow) -> None:
    world, fresh = subject.world, RowEdit(edit.kind, divided=edit.divided)
    with st.container(horizontal=True):
        _button(
            subject,
            edit.kind,
            "All on the chosen key",
            lambda _: replace(fresh, base=ONE, key=world.k_pos),
            "filter_1",
            disabled=not row.allowed[world.k_pos],
        )
        _button(subject, edit.kind, "Even", lambda _: replace(fresh, base=EVEN), "drag_handle")
        if edit.kind == SCORES:
            st.button(
                "Add 1 to every score",
                icon=":material/exposure_plus_1:",
                key="edit_row_add",
                on_click=after_delivery(
                    lambda: try_edit(subject, lambda: current(subject, edit.kind).raised(1.0))
                ),
            )
        else:
            _divide(subject, edit, row)
        st.button(
            "Undo",
            icon=":material/undo:",
            key=UNDO,
            disabled=not can_undo(subject, edit.kind),
            on_click=after_delivery(lambda: undo(subject, edit.kind)),
        )
        _button(
            subject,
            edit.kind,
            "Back to the model’s own",
            lambda _: RowEdit(edit.kind),
            "restart_alt",
            disabled=edit == RowEdit(edit.kind),
        )


def _button(
    subject: Subject,
    kind: str,
    name: str,
    then: Callable[[RowEdit], RowEdit],
    icon: str,
    disabled: bool = False,
) -> None:
    st.button(
        name,
        icon=f":material/{icon}:",
        key=f"edit_row_{icon}",
        disabled=disabled,
        on_click=after_delivery(lambda: try_edit(subject, lambda: then(current(subject, kind)))),
    )


def _divide(subject: Subject, edit: RowEdit, row: EditedRow) -> None:
    """Weights need not sum to 1; whoever wants it has them divided by their sum."""
    _button(
        subject,
        edit.kind,
        "Do not divide" if edit.divided else "Divide by the sum",
        lambda now: replace(now, divided=not edit.divided),
        "percent",
        disabled=not edit.divided and abs(row.total) <= NOTHING,
    )


def _typed(subject: Subject, edit: RowEdit, k_pos: int, value: float) -> None:
    """The chosen key is then the one that was typed over."""
    try_edit(subject, lambda: current(subject, edit.kind).with_cell(k_pos, value))
    subject.world.pick_cell(subject.world.q_pos, k_pos)


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
        _weights_column("weight", row.weights, shown, reach, "The model’s own"),
        _weights_column("changed weight", row.changed_weights, shown, reach, "After the edit"),
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
        numbers=Numbers(f"Row before and after: {world.title}", lambda: _frame(world.keys, row)),
    )
    if len(shown) < len(row.weights):
        st.markdown(
            f"The {len(shown)} strongest of {len(row.weights)} keys; the sums are those of all."
        )


def say_sum(edit: RowEdit, row: EditedRow) -> None:
    """What typed weights sum to; they need not sum to 1."""
    if edit.kind != WEIGHTS:
        return
    told = f"The weights as typed sum to :violet[**{number(row.total)}**]"
    if edit.divided:
        told += f"; {DIVIDED}"
    elif abs(row.total - 1) > 5e-4:
        told += (
            f", {NOT_TO_ONE}: so the row hands over more or less than a mean of the values. "
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


def _weights_column(
    title: str, values: np.ndarray, shown: np.ndarray, reach: float, told: str
) -> Column:
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
