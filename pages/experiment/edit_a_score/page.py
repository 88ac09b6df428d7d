"""Edit a score: one row of a real head changed by hand, and what the rest of the model makes of it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from attention_core.analysis.edited_row import SCORES, WEIGHTS, EditedRow, RowEdit
from attention_core.pretrained import outcome as ends
from attention_core.pretrained.run import Outcome
from pages.experiment.edit_a_score import runs
from pages.experiment.edit_a_score.controls import elsewhere
from pages.experiment.edit_a_score.row import context, editor, row_table, say_sum
from pages.experiment.edit_a_score.state import (
    ROW,
    changed_row,
    current,
    edit_as_linked,
    take_row_of_link,
    write_row_to_link,
)
from pages.ui.reader.ready import Subject, subject_or_wait
from pages.ui.server import models
from pages.ui.server.runs import control as control_of
from pages.ui.widgets.parts import notice_this
from pages.ui.widgets.result import result_panel
from pages.ui.widgets.three_heatmaps import heatmaps_of_head

KINDS = {
    SCORES: "The softmax comes after your numbers: raise one key, and all others lose.",
    WEIGHTS: "The softmax is behind you: what you type is taken as it is, even if the row does not sum to 1.",
}


def changed_outcome(subject: Subject, edit: RowEdit, row: EditedRow) -> Outcome:
    """The end of the run with the edit; the control itself where nothing is edited."""
    if edit == RowEdit(edit.kind):
        return control_of(subject.model_id, subject.sentence)
    numbers = row.changed_scores if edit.kind == SCORES else row.changed_weights
    world = subject.world
    return runs.changed(
        subject.model_id,
        subject.sentence,
        subject.choice.layer,
        world.head,
        world.q_pos,
        edit.kind,
        numbers.astype(np.float64).tobytes(),
    )


def result(subject: Subject, outcome: Outcome) -> None:
    """Control | changed | difference of the prediction, and how many vectors moved."""
    result_panel(subject, outcome, key="edit_row_result")
    if outcome is not control_of(subject.model_id, subject.sentence):
        notice_this(_reach(subject, outcome))
    else:
        notice_this("Nothing is changed yet: both runs are the same. Type a number into the row.")


def _reach(subject: Subject, outcome: Outcome) -> str:
    """Found by comparing every number of both runs, which are the same to the last digit where nothing arrives."""
    control = control_of(subject.model_id, subject.sentence)
    moved = (control.states != outcome.states).any(axis=1)
    told = f"Of {len(moved)} vectors that leave the last layer **{moved.sum()}** moved"
    if not moved.any():
        return told + ": the change is too small for any number to notice."
    is_last = subject.choice.layer == subject.layers[-1]
    if control.logits is None or outcome.logits is None:
        only = " This is the last layer: what a row takes in stays in its own token."
        return told + "." + (only if moved.sum() == 1 and is_last else "")
    if not np.array_equal(control.logits, outcome.logits):
        return told + "."
    from_token = _predicted_from(subject)
    told += f", and the prediction by **exactly 0**: it is made from the vector of token {from_token} alone"
    if is_last:
        return told + (
            ". This is the last layer, so no later one could carry over what another row took in."
        )
    return told + ", which the change did not reach."


def _predicted_from(subject: Subject) -> int:
    ids = models.tokenized(subject.model_id, subject.sentence).ids
    at = ends.predicted_at(ids, models.loaded(subject.model_id))
    assert at is not None  # there are logits
    return at


def heatmaps(subject: Subject, row: EditedRow) -> None:
    """The head's weights with the row as it was and as it is."""
    world = subject.world
    after = world.head_weights.copy()
    after[world.q_pos] = row.changed_weights
    heatmaps_of_head(world, ("Control", world.head_weights), ("Changed", after), key="edit_row")


def experiment(subject: Subject) -> None:
    edit_as_linked(subject)
    world = subject.world
    st.text(f"{world.title}: the row of {world.queries[world.q_pos]}")
    kind = ROW.choose("kind", "What do you change?", (SCORES, WEIGHTS))
    st.markdown(
        f"{KINDS[kind]} Click a number and type another one. All other rows, heads and layers stay as they "
        "are, and the rest of the model runs with what this row now hands over."
    )
    edit = current(subject, kind)
    row = changed_row(subject, edit)
    editor(subject, edit, row)
    say_sum(edit, row)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.header("The row", anchor=False)
        row_table(subject, edit, row)
        context(row)
    outcome = changed_outcome(subject, edit, row)
    with right:
        st.header("What the model makes of it", anchor=False)
        result(subject, outcome)
    st.header("The head, before and after", anchor=False)
    heatmaps(subject, row)
    if edit != RowEdit(kind):
        st.header("Is it this head, and these keys?", anchor=False)
        elsewhere(subject, row, outcome)
    write_row_to_link(subject, edit)


take_row_of_link()
subject_to_edit = subject_or_wait("edit_a_score")
if subject_to_edit is not None:
    experiment(subject_to_edit)
