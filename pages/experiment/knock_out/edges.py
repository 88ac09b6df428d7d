"""Edges cut, each from a query to a key, in one head, a layer or everywhere. The page calls an edge a look."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.experiments.changed_run import ChangedRun
from attention_core.experiments.controls import other_edges
from attention_core.experiments.knock_out import EdgesCut
from pages.experiment.knock_out import runs
from pages.experiment.knock_out.controls import against_others, is_that_much
from pages.experiment.knock_out.effect import headline, result, weights_panel, yardstick_of
from pages.experiment.knock_out.state import (
    INSTEAD_OF_LOOK,
    OUT,
    WHERE,
    Pair,
    all_heads,
    back_buttons,
    looks_out,
    toggled,
)
from pages.ui.reader.real import Subject
from pages.ui.server.waiting import waiting
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.takeaway import Numbers
from pages.ui.widgets.wording import number

INSTEAD = {"blocked": "blocked", "zero": "weight 0", "uniform": "an even weight"}
WHAT_IS_DONE = {
    "blocked": "The score becomes −∞, as if the mask forbade the look. Softmax shares the weight out to the row’s other keys, so the row still sums to 1.",
    "zero": "The weight becomes 0 after softmax and nobody gets it: the row is short by exactly that weight.",
    "uniform": "The weight becomes what an even head would give, after softmax: the row no longer sums to 1.",
}
NOTHING_CUT = "**Nothing is cut.** Click a cell."
IN_HEADS = {"head": "the chosen head", "layer": "its layer", "all": "all heads"}


def edges_part(subject: Subject) -> None:
    """The heatmaps are where looks are chosen, so they come first."""
    with st.container(horizontal=True, gap="medium"):
        instead = OUT.choose("of_look", "Replaced by", INSTEAD_OF_LOOK, INSTEAD.__getitem__)
        where = OUT.choose("where", "In", WHERE, IN_HEADS.__getitem__)
        yardstick = yardstick_of(subject)
    st.markdown(WHAT_IS_DONE[instead])
    change = EdgesCut(looks_out(subject), _heads(subject, where), instead)
    choice = subject.choice
    with waiting("The model runs without them …"):
        changed = runs.changed(
            subject.model_id, subject.sentence, change, choice.layer, choice.head
        )
    weights_panel(
        subject,
        changed,
        "Click a cell to cut that look, or to put it back.",
        blocked=change.edges if instead == "blocked" else (),
        pick=lambda q_pos, k_pos: _pick(subject, q_pos, k_pos),
    )
    own = yardstick.of(changed.outcome)
    left, right = st.columns(2, gap="large")
    with left:
        _cut(subject, change, changed)
        if change.edges:
            is_that_much()
            others = other_edges(change, len(subject.world.keys), subject.world.blocked)
            against_others(
                yardstick,
                own,
                others,
                [
                    _name(subject, each.edges)
                    for each in others.changes
                    if isinstance(each, EdgesCut)
                ],
                ours=_ours(subject, change.edges),
            )
    with right:
        headline(yardstick, own)
        result(yardstick, changed.outcome)


def _heads(subject: Subject, where: str) -> tuple[Pair, ...] | None:
    layer, head = subject.choice.layer, subject.choice.head
    if where == "layer":
        return tuple(each for each in all_heads(subject) if each[0] == layer)
    return ((layer, head),) if where == "head" else None


def _pick(subject: Subject, q_pos: int, k_pos: int | None) -> None:
    """A label chooses who asks; a cell is cut or put back, unless the mask forbids it anyway."""
    world, looks = subject.world, looks_out(subject)
    is_blocked = world.blocked is not None and k_pos is not None and world.blocked[q_pos, k_pos]
    if k_pos is not None and not is_blocked:
        OUT.change(looks=toggled(looks, (q_pos, k_pos)))
    world.pick_cell(q_pos, k_pos)


def _cut(subject: Subject, change: EdgesCut, changed: ChangedRun) -> None:
    """The list of the looks that are cut, with what became of their weights and rows."""
    world, looks = subject.world, list(change.edges)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            NOTHING_CUT if not looks else "**Cut.** Click a row to put it back.",
            width="content",
        )
        back_buttons("looks", "the chosen cell", change.edges, (world.q_pos, world.k_pos))
    if not looks:
        return
    before = np.array([world.head_weights[look] for look in looks])
    now = np.array([changed.weights[look] for look in looks])
    sums = np.array([changed.weights[q_pos].sum() for q_pos, _ in looks])
    names = [_name(subject, (look,)) for look in looks]
    breakdown(
        [
            Column("control", [number(value) for value in before], "weights", before.tolist()),
            Column("changed", [number(value) for value in now], "weights", now.tolist()),
            Column("row sum", [number(value) for value in sums], help="Of the changed row"),
        ],
        key="knock_out_cut",
        row_labels=names,
        row_title="look",
        label=f"{len(looks)} looks are cut in {IN_HEADS[OUT.current().where]}: {names[0]}, weight {number(before[0])} "
        f"in the control, {number(now[0])} now",
        on_pick=lambda row: OUT.change(looks=toggled(looks_out(subject), looks[row])),
        numbers=Numbers(
            "Looks that are cut",
            lambda: pd.DataFrame({"control": before, "changed": now, "row sum": sums}, index=names),
        ),
    )


def _name(subject: Subject, edges: tuple[Pair, ...]) -> str:
    world = subject.world
    return ", ".join(f"{world.queries[q_pos]} → {world.keys[k_pos]}" for q_pos, k_pos in edges)


def _ours(subject: Subject, edges: tuple[Pair, ...]) -> str:
    return _name(subject, edges) if len(edges) == 1 else f"these {len(edges)} looks"
