"""Toy twin: a real head reduced to a few numbers per token, to be changed by hand, and the errors of that copy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from attention_core.analysis.differences import largest_changes, total_variation
from attention_core.experiments.head_copies import HeadCopies
from attention_core.heads import head_of
from attention_core.toy.scenario import Scenario, run
from pages.experiment.toy_twin.copies import (
    against_chance,
    copied_or_why,
    explanation,
    say_first_tokens,
    statement,
    table,
    what_it_saves,
)
from pages.experiment.toy_twin.twin import TWIN, chosen_r, current_twin, editor, write_twin_to_link
from pages.ui.reader.controls import Choice, chosen, surroundings
from pages.ui.reader.real import read_or_wait, say_cut
from pages.ui.reader.toy_state import Toy
from pages.ui.reader.worlds import World, real_world
from pages.ui.widgets.arithmetic import softmax_panel
from pages.ui.widgets.parts import toy_of_sentence
from pages.ui.widgets.three_heatmaps import Grid, Side, three_heatmaps
from pages.ui.widgets.together import together
from pages.ui.widgets.wording import number, signed

TWIN_TITLE = "Twin, "


def real_of(scenario: Scenario, choice: Choice, copy: HeadCopies) -> World:
    """The head itself, among the tokens that are copied."""
    world, n = real_world(scenario, choice), len(copy.trace.q)
    return replace(
        world,
        name="twin_real",
        queries=world.queries[:n],
        keys=world.keys[:n],
        weights=copy.trace.weights[np.newaxis],
        head=0,
        trace=copy.trace,
        q_pos=min(world.q_pos, n - 1),
        k_pos=min(world.k_pos, n - 1),
    )


def twin_of(toy: Toy, real: World) -> World:
    """The twin as it stands after the reader's edits: the same rows, columns and choice."""
    heads, r = run(toy.current).heads, len(toy.current.dimensions) // 2
    return replace(
        real,
        name="twin_toy",
        title=f"{TWIN_TITLE}{r} + {r} numbers a token{', edited' * toy.is_edited}",
        weights=heads.weights,
        trace=head_of(heads, 0),
    )


def heatmaps(real: World, twin: World) -> None:
    """The three heatmaps on the same rows, columns and scale, then the cell that is farthest off."""
    assert real.trace is not None
    allowed = np.isfinite(real.trace.masked_scores)
    three_heatmaps(
        Side("Head", real.title, real.head_weights, allowed),
        Side("Twin", twin.title.removeprefix(TWIN_TITLE), twin.head_weights, allowed),
        Grid(real.queries, real.keys, real.q_pos, real.k_pos, real.pick_cell),
        key="twin",
    )
    st.text(_farthest(real, twin))


def _farthest(real: World, twin: World) -> str:
    """The cell that is farthest off, and the share of the chosen row that lies elsewhere; plain text."""
    cells = largest_changes(twin.head_weights - real.head_weights, 1)
    if not cells:
        return "No cell differs."
    q, k = cells[0]
    off = signed(twin.head_weights[q, k] - real.head_weights[q, k])
    row = number(float(total_variation(real.row, twin.row)))
    return (
        f"Farthest off: {real.queries[q]} → {real.keys[k]}, {off}. "
        f"Of the row {real.queries[real.q_pos]}, {row} lies on another key."
    )


def experiment(main: Toy, choice: Choice) -> None:
    """The head through the model, then all that follows from it."""
    around = surroundings(main)
    TWIN.take()
    capture = read_or_wait(choice.model_id, choice.sentence, key="toy_twin")
    if capture is None:
        return
    say_cut(capture)
    copy = copied_or_why(capture, choice)
    if copy is None:
        return
    say_first_tokens(capture, choice, copy.mask)
    twin_and_head(main, choice, copy, around)


@st.fragment
def twin_and_head(main: Toy, choice: Choice, copy: HeadCopies, around: object) -> None:
    """All in one fragment, because one edit moves everything; what stands around it follows when it must."""
    real = real_of(main.current, choice, copy)
    toy = current_twin(choice, copy)
    if around != surroundings(main):
        st.rerun()
    r, twin = chosen_r(copy), twin_of(toy, real)
    statement(copy, r)
    errors, words = st.columns([7, 5], gap="large")
    with errors:
        table(copy, r, on_pick=lambda picked: TWIN.change(r=picked))
    with words:
        st.markdown("\n\n".join([*explanation(copy), what_it_saves(copy)]))
    against_chance(copy, r)
    st.header("The head and its twin", anchor=False)
    st.markdown("Rows ask, columns offer. Click a cell: its row and column are marked everywhere.")
    heatmaps(real, twin)
    st.header("Change a number of the twin", anchor=False)
    editor(toy, twin)
    st.header("The softmax of the chosen row", anchor=False)
    st.markdown(
        "The scores of the two may differ by a constant; from “− max” on, the numbers can be compared."
    )
    with together("twin_softmax") as sides:
        for world in (real, twin):
            with sides.column(world.title):
                softmax_panel(world)
    write_twin_to_link(toy)


toy_of_text = toy_of_sentence()
if toy_of_text is not None:
    experiment(toy_of_text, replace(chosen(), sentence=toy_of_text.current.sentence))
