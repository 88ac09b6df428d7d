"""What becomes of the result when the rest of the model runs with the edited row, and how far the change gets at all."""

from __future__ import annotations

import numpy as np

from attention_core.analysis.edited_row import SCORES, EditedRow, RowEdit
from attention_core.pretrained import outcome as ends
from attention_core.pretrained.run import Outcome
from pages.experiment.edit_a_score.runs import changed
from pages.ui.reader.ready import Subject
from pages.ui.server import models, runs
from pages.ui.widgets.parts import notice_this
from pages.ui.widgets.result import result_panel
from pages.ui.widgets.three_heatmaps import heatmaps_of_head


def changed_outcome(subject: Subject, edit: RowEdit, row: EditedRow) -> Outcome:
    """The end of the run with the edit; the control itself where nothing is edited."""
    if edit == RowEdit(edit.kind):
        return runs.control(subject.model_id, subject.sentence)
    numbers = row.changed_scores if edit.kind == SCORES else row.changed_weights
    world = subject.world
    return changed(
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
    if outcome is not runs.control(subject.model_id, subject.sentence):
        notice_this(_reach(subject, outcome))
    else:
        notice_this("Nothing is changed yet: both runs are the same. Type a number into the row.")


def _reach(subject: Subject, outcome: Outcome) -> str:
    """Found by comparing every number of both runs, which are the same to the last digit where nothing arrives."""
    control = runs.control(subject.model_id, subject.sentence)
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


def pictures(subject: Subject, row: EditedRow) -> None:
    """The head's weights with the row as it was and as it is."""
    world = subject.world
    after = world.head_weights.copy()
    after[world.q_pos] = row.changed_weights
    heatmaps_of_head(world, ("Control", world.head_weights), ("Changed", after), key="edit_row")
