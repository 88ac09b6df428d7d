"""What an edit makes of its row and of the model's result, and whether the same change elsewhere does as much."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.edited_row import (
    SCORES,
    WEIGHTS,
    EditedRow,
    RowEdit,
    dealt_anew,
    in_other_heads,
)
from attention_core.analysis.effects import n_as_large, share_as_large
from attention_core.experiments.changed_run import moved
from attention_core.pretrained import outcome as ends
from attention_core.pretrained.interventions import with_scores, with_weights
from attention_core.pretrained.run import Outcome
from pages.experiment.edit_a_score.editor import strongest_of
from pages.ui.reader.real import Subject
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.widgets.breakdown import Column, bars_of, breakdown
from pages.ui.widgets.parts import asked_for, notice_this, one_by_one, one_of
from pages.ui.widgets.result import NO_NUMBER, result_panel
from pages.ui.widgets.takeaway import Numbers
from pages.ui.widgets.three_heatmaps import heatmaps_of_head
from pages.ui.widgets.wording import number, scientific, signed

MOST_KEYS = 24  # rows of the table
SCORE_HELP = (
    "As it enters the softmax: q·k, scaled, with the bias and the mask where the model has them"
)
DIVIDED = "each is divided by that, so that the row sums to 1"
NOT_TO_ONE = "not to 1"
NOTHING_CHANGED = "Nothing is changed yet: both runs are the same. Type a number into the row."
EXACTLY_NOTHING = "**exactly 0**"
MADE_FROM = "it is made from the vector of token {} alone"
LAST_LAYER = "This is the last layer"
ELSEWHERE = {"heads": "other heads of this layer", "keys": "other keys of this row"}
QUESTION = {
    "heads": "If it took this head to do that",
    "keys": "If it mattered which key has which weight",
}
N_DEALT, SEED = 19, 0
AT_ONCE = 512  # tokens in one pass, all rows of the batch together
WITHOUT_ASKING = 2048  # tokens through the model that need no button
ALL_ALIKE = "All keys have the same weight now, so it makes no difference which key has which."
MOVES_NOTHING = "The edit moves nothing, so there is nothing to compare."
HeadRow = tuple[int, bytes]  # a head, and the weights of its row as float64


@cached(max_entries=64)
def changed(
    model_id: str, text: str, layer: int, head: int, q_pos: int, kind: str, numbers: bytes
) -> Outcome:
    """The model after one row got other scores or weights. Alone, as the control is, so that what
    the change does not reach stays the same to the last digit.
    """
    with_row = with_scores if kind == SCORES else with_weights
    return models.run_all(model_id, text, [with_row(layer, head, q_pos, np.frombuffer(numbers))])[0]


@cached(max_entries=256)
def effects(
    model_id: str, text: str, layer: int, q_pos: int, rows: tuple[HeadRow, ...]
) -> tuple[float, ...]:
    """How far the result moves for each row of weights, in a head of the layer each, all in one pass."""
    attends = [with_weights(layer, head, q_pos, np.frombuffer(row)) for head, row in rows]
    control = models.control(model_id, text)
    return tuple(moved(control, outcome) for outcome in models.run_all(model_id, text, attends))


def row_table(subject: Subject, edit: RowEdit, row: EditedRow) -> None:
    """Each key with its score and weight, control and changed."""
    world = subject.world
    shown = strongest_of(row, MOST_KEYS, world.k_pos)
    frame = pd.DataFrame(
        {
            "score": row.scores,
            "changed score": row.changed_scores,
            "weight": row.weights,
            "changed weight": row.changed_weights,
            "difference": row.difference,
        },
        index=world.keys,
    )
    reach = max(1.0, float(np.abs(row.changed_weights).max()))
    columns = [Column("score", [number(x) for x in row.scores[shown]], help=SCORE_HELP)]
    if edit.kind == SCORES:
        columns.append(Column("changed score", [number(x) for x in row.changed_scores[shown]]))
    columns += [
        _weights_column("weight", row.weights[shown], reach, "The model’s own"),
        _weights_column("changed weight", row.changed_weights[shown], reach, "After the edit"),
        Column("difference", [signed(x) for x in row.difference[shown]]),
    ]
    before, after = (float(x.sum(dtype=np.float64)) for x in (row.weights, row.changed_weights))
    sums = [f"{before:.4f}", f"{after:.4f}", signed(round(after - before, 6))]
    breakdown(
        columns,
        key="edit_row_table",
        row_labels=[world.keys[k] for k in shown],
        selected=int(np.flatnonzero(shown == world.k_pos)[0]),
        footer=["sum", *[""] * (len(columns) - 3), *sums],
        label=f"The row {world.queries[world.q_pos]} before and after: {world.keys[world.k_pos]} "
        f"{number(row.weights[world.k_pos])} and {number(row.changed_weights[world.k_pos])}",
        on_pick=lambda i: world.pick_cell(world.q_pos, int(shown[i])),
        numbers=Numbers(f"Row before and after: {world.title}", lambda: frame),
    )
    if len(shown) < len(row.weights):
        st.markdown(
            f"The {len(shown)} strongest of {len(row.weights)} keys; the sums are those of all."
        )


def _weights_column(title: str, weights: np.ndarray, reach: float, told: str) -> Column:
    bars = (np.abs(weights) / reach).astype(float).tolist()
    return Column(title, [f"{x:.4f}".replace("-", "−") for x in weights], "weights", bars, told)


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


def changed_outcome(subject: Subject, edit: RowEdit, row: EditedRow) -> Outcome:
    """The end of the run with the edit; the control itself where nothing is edited."""
    run = subject.model_id, subject.sentence
    if edit == RowEdit(edit.kind):
        return models.control(*run)
    numbers = row.changed_scores if edit.kind == SCORES else row.changed_weights
    place = subject.choice.layer, subject.world.head, subject.world.q_pos
    return changed(*run, *place, edit.kind, numbers.astype(np.float64).tobytes())


def result(subject: Subject, outcome: Outcome) -> None:
    """Control | changed | difference of the prediction, and how many vectors moved."""
    result_panel(subject, outcome, key="edit_row_result")
    control = models.control(subject.model_id, subject.sentence)
    is_changed = outcome is not control
    notice_this(_reach(subject, control, outcome) if is_changed else NOTHING_CHANGED)


def _reach(subject: Subject, control: Outcome, outcome: Outcome) -> str:
    """Found by comparing every number of both runs, which are the same to the last digit where nothing arrives."""
    moved = (control.states != outcome.states).any(axis=1)
    told = f"Of {len(moved)} vectors that leave the last layer **{moved.sum()}** moved"
    if not moved.any():
        return told + ": the change is too small for any number to notice."
    is_last = subject.choice.layer == subject.layers[-1]
    if control.logits is None or outcome.logits is None:
        only = f" {LAST_LAYER}: what a row takes in stays in its own token."
        return told + "." + only * bool(moved.sum() == 1 and is_last)
    if not np.array_equal(control.logits, outcome.logits):
        return told + "."
    ids = models.tokenized(subject.model_id, subject.sentence).ids
    at = ends.predicted_at(ids, models.loaded(subject.model_id))
    told += f", and the prediction by {EXACTLY_NOTHING}: {MADE_FROM.format(at)}"
    if is_last:
        return told + (
            f". {LAST_LAYER}, so no later one could carry over what another row took in."
        )
    return told + ", which the change did not reach."


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
        "keys: the row’s new weights are shuffled across its keys, the same way each time.",
    )
    rows, names = _rows(subject, row, where)
    if not rows:
        st.markdown("The layer has no other head." if where == "heads" else ALL_ALIKE)
        return
    if len(rows) * len(subject.capture.tokens) > WITHOUT_ASKING and not asked_for(
        (subject.model_id, subject.sentence, rows),
        f"Run the model {len(rows)} times more",
        key="edit_row_ask",
        icon="casino",
    ):
        return
    own = moved(models.control(subject.model_id, subject.sentence), outcome)
    _shown(own, _effects(subject, rows), names, where, predicts=outcome.logits is not None)


def _rows(subject: Subject, row: EditedRow, where: str) -> tuple[tuple[HeadRow, ...], list[str]]:
    world = subject.world
    if where == "heads":
        rows = [*in_other_heads(world.weights, world.head, world.q_pos, row.difference).items()]
        names = [f"head {head}" for head, _ in rows]
    else:
        dealt = dealt_anew(row.changed_weights, row.allowed, N_DEALT, SEED)
        rows = [(world.head, weights) for weights in dealt]
        names = [f"dealt anew {i}" for i in range(len(dealt))]
    return tuple((head, weights.astype(np.float64).tobytes()) for head, weights in rows), names


def _effects(subject: Subject, rows: tuple[HeadRow, ...]) -> np.ndarray:
    """Several rows in a pass, as many as its tokens allow."""
    n = max(1, AT_ONCE // len(subject.capture.tokens))
    batches = [rows[i : i + n] for i in range(0, len(rows), n)]
    place = (subject.model_id, subject.sentence, subject.choice.layer, subject.world.q_pos)
    found = one_by_one(batches, lambda batch: effects(*place, batch), "The control runs: part")
    return np.array([effect for batch in found for effect in batch])


def _shown(own: float, others: np.ndarray, names: list[str], where: str, predicts: bool) -> None:
    unit = "KL, bits" if predicts else "1 − cos of the sentence"
    kinds = {
        "this edit": own,
        f"median of {len(others)}": float(np.median(others)),
        "largest of them": float(others.max()),
    }
    sizes = [*kinds.values()]
    breakdown(
        [
            Column(
                unit,
                [_size(x) for x in sizes],
                "output",
                bars_of(sizes),
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
    notice_this(
        f"**{n_as_large(own, others)} of {len(others)}** move the result at least as far; with the edit counted among "
        f"them, a share of **{share_as_large(own, others):.3f}**. {QUESTION[where]}, only few would. "
        f"With {len(others)} to compare with, the share cannot be below {1 / (1 + len(others)):.3f}."
    )


def _size(value: float) -> str:
    """Small effects are compared, too, so they keep two digits."""
    if not np.isfinite(value):
        return NO_NUMBER
    return number(value) if value >= 0.01 or value == 0 else scientific(value)
