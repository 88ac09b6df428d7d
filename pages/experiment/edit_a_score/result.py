"""What the model makes of the edited row, and whether the same change elsewhere does as much."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.edited_row import (
    SCORES,
    EditedRow,
    RowEdit,
    dealt_anew,
    in_other_heads,
)
from attention_core.analysis.effects import share_as_large
from attention_core.experiments.changed_run import moved
from attention_core.pretrained import outcome as ends
from attention_core.pretrained.run import Outcome
from pages.experiment.edit_a_score import runs
from pages.experiment.edit_a_score.runs import Row
from pages.ui.reader.real import Subject
from pages.ui.server import models
from pages.ui.server.models import control as control_of
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import notice_this, one_by_one, one_of
from pages.ui.widgets.result import result_panel
from pages.ui.widgets.takeaway import Numbers
from pages.ui.widgets.three_heatmaps import heatmaps_of_head
from pages.ui.widgets.wording import number, scientific

NOTHING_CHANGED = "Nothing is changed yet: both runs are the same. Type a number into the row."
EXACTLY_NOTHING = "**exactly 0**"
LAST_LAYER = "This is the last layer"
ELSEWHERE = {"heads": "other heads of this layer", "keys": "other keys of this row"}
QUESTION = {
    "heads": "If it took this head to do that",
    "keys": "If it mattered which key has which weight",
}
N_DEALT, SEED = 19, 0
AT_ONCE = 512  # tokens in one pass, all rows of the batch together
WITHOUT_ASKING = 2048  # tokens through the model that need no button
ASKED = "edit_row_asked"  # session: the rows whose runs were asked for
ALL_ALIKE = "All keys have the same weight now, so it makes no difference which key has which."
MOVES_NOTHING = "The edit moves nothing, so there is nothing to compare."


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
        notice_this(NOTHING_CHANGED)


def _reach(subject: Subject, outcome: Outcome) -> str:
    """Found by comparing every number of both runs, which are the same to the last digit where nothing arrives."""
    control = control_of(subject.model_id, subject.sentence)
    moved = (control.states != outcome.states).any(axis=1)
    told = f"Of {len(moved)} vectors that leave the last layer **{moved.sum()}** moved"
    if not moved.any():
        return told + ": the change is too small for any number to notice."
    is_last = subject.choice.layer == subject.layers[-1]
    if control.logits is None or outcome.logits is None:
        only = f" {LAST_LAYER}: what a row takes in stays in its own token."
        return told + "." + (only if moved.sum() == 1 and is_last else "")
    if not np.array_equal(control.logits, outcome.logits):
        return told + "."
    from_token = _predicted_from(subject)
    told += f", and the prediction by {EXACTLY_NOTHING}: it is made from the vector of token {from_token} alone"
    if is_last:
        return told + (
            f". {LAST_LAYER}, so no later one could carry over what another row took in."
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


@st.fragment
def elsewhere(subject: Subject, row: EditedRow, outcome: Outcome) -> None:
    """The same change in other places, beside the edit's own effect."""
    where = one_of(
        "The same change in",
        ELSEWHERE,
        key="edit_row_elsewhere",
        format_func=ELSEWHERE.__getitem__,
        help_text="Other heads: the difference of the weights is added to the same row of each. Other "
        "keys: the row’s new weights are dealt to its keys at random, the same way each time.",
    )
    rows, names = _rows(subject, row, where)
    if not rows:
        st.markdown("The layer has no other head." if where == "heads" else ALL_ALIKE)
        return
    n_tokens = len(rows) * len(subject.capture.tokens)
    this = (subject.model_id, subject.sentence, rows)
    if n_tokens > WITHOUT_ASKING and st.session_state.get(ASKED) != this:
        st.button(
            f"Run the model {len(rows)} times more",
            icon=":material/casino:",
            key="edit_row_ask",
            on_click=lambda: st.session_state.update({ASKED: this}),
        )
        return
    own = moved(control_of(subject.model_id, subject.sentence), outcome)
    _shown(own, _effects(subject, rows), names, where, predicts=outcome.logits is not None)


def _rows(subject: Subject, row: EditedRow, where: str) -> tuple[tuple[Row, ...], list[str]]:
    world = subject.world
    if where == "heads":
        others = in_other_heads(world.weights, world.head, world.q_pos, row.difference)
        rows = [(head, weights) for head, weights in others.items()]
        names = [f"head {head}" for head in others]
    else:
        dealt = dealt_anew(row.changed_weights, row.allowed, N_DEALT, SEED)
        rows = [(world.head, weights) for weights in dealt]
        names = [f"dealt anew {i}" for i in range(len(dealt))]
    return tuple((head, weights.astype(np.float64).tobytes()) for head, weights in rows), names


def _effects(subject: Subject, rows: tuple[Row, ...]) -> np.ndarray:
    """Several rows in a pass, as many as its tokens allow."""
    n = max(1, AT_ONCE // len(subject.capture.tokens))
    batches = [rows[i : i + n] for i in range(0, len(rows), n)]
    place = (subject.model_id, subject.sentence, subject.choice.layer, subject.world.q_pos)
    found = one_by_one(batches, lambda batch: runs.effects(*place, batch), "The control runs: part")
    return np.array([effect for batch in found for effect in batch])


def _shown(own: float, others: np.ndarray, names: list[str], where: str, predicts: bool) -> None:
    unit = "KL, bits" if predicts else "1 − cos of the sentence"
    kinds = {
        "this edit": own,
        f"median of {len(others)}": float(np.median(others)),
        "largest of them": float(others.max()),
    }
    largest = max([*kinds.values(), 1e-12]) if np.isfinite([*kinds.values()]).all() else 1.0
    breakdown(
        [
            Column(
                unit,
                [_size(x) for x in kinds.values()],
                "output",
                [float(np.nan_to_num(x)) / largest for x in kinds.values()],
                "How far the result moves",
            )
        ],
        key="edit_row_others",
        row_labels=list(kinds),
        row_title="the change",
        label=f"Effect of the edit {number(own)}, and of the same change in {ELSEWHERE[where]}",
        numbers=Numbers(
            "The same change elsewhere",
            lambda: pd.DataFrame({unit: [own, *others]}, index=["this edit", *names]),
        ),
    )
    if own == 0:
        notice_this(MOVES_NOTHING)
        return
    as_large = int((np.abs(others) >= abs(own)).sum())
    notice_this(
        f"**{as_large} of {len(others)}** move the result at least as far; with the edit counted among "
        f"them, a share of **{share_as_large(own, others):.3f}**. {QUESTION[where]}, only few would. "
        f"With {len(others)} to compare with, the share cannot be below {1 / (1 + len(others)):.3f}."
    )


def _size(value: float) -> str:
    """Small effects are compared, too, so they keep two digits."""
    if not np.isfinite(value):
        return "no number"
    return number(value) if value >= 0.01 or value == 0 else scientific(value)
