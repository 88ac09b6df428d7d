"""Edit a score: one row of a real head changed by hand, and what the rest of the model makes of it."""

from __future__ import annotations

import streamlit as st

from attention_core.analysis.edited_row import SCORES, WEIGHTS, RowEdit
from pages.experiment.edit_a_score.editor import (
    ROW,
    changed_row,
    current,
    edit_as_linked,
    editor,
    take_row_of_link,
    write_row_to_link,
)
from pages.experiment.edit_a_score.result import (
    changed_outcome,
    context,
    elsewhere,
    heatmaps,
    result,
    row_table,
    say_sum,
)
from pages.ui.reader.real import Subject, subject_or_wait

KINDS = {
    SCORES: "The softmax comes after your numbers: raise one key, and all others lose.",
    WEIGHTS: "The softmax is behind you: what you type is taken as it is, even if the row does not sum to 1.",
}


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
