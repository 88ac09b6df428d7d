"""The row to be edited: its numbers as cells, one number typed, and shortcuts for the whole row."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import streamlit as st

from attention_core.analysis.breakdown import strongest
from attention_core.analysis.edited_row import EVEN, NOTHING, ONE, SCORES, EditedRow, RowEdit
from pages.experiment.edit_a_score.state import UNDO, can_undo, current, try_edit, undo
from pages.ui.reader.notices import clear_notices, notice
from pages.ui.reader.ready import Subject
from pages.ui.widgets.delivery import after_delivery
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.wording import number

MOST_CELLS = 16  # keys in the row: more would be too narrow to hold a number
TYPED = "edit_row_typed"


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
            "Hatched keys are forbidden by the mask: the query may not see what comes later, and no edit "
            "brings a forbidden key back."
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
            notice(f"Nothing was changed: “{text[:40]}” is no number. Type one such as 3 or -2.")
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
