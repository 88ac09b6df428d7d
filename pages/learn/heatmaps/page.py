"""Lesson: how to read a heatmap of attention weights, and what must be true of its rows."""

import numpy as np
import streamlit as st

from attention_core.analysis.diagonal import prefers_itself
from attention_core.analysis.rows import sums
from attention_core.experiments.sinks import likely_sinks
from attention_core.toy.scenario import Scenario
from pages.learn.heatmaps import rows
from pages.ui.reader.controls import Choice, chosen
from pages.ui.reader.predict import predict
from pages.ui.reader.real import read_or_wait
from pages.ui.reader.worlds import World, real_world, toy_world
from pages.ui.widgets.component import explain
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.panels import full_scale, heatmap_panel
from pages.ui.widgets.parts import formula, notice_this, real_heading, toy_of_sentence
from pages.ui.widgets.together import together

NO_SINGLE = "several share the first place"


def read_one_row(world: World) -> None:
    st.markdown(
        "Each **row** is one :blue[query]: a word that asks. Each **column** is one :orange[key]: a word "
        "that offers. The stronger the :violet[colour], the larger that key's share. Click a row to choose it."
    )
    picture, words = st.columns([3, 2], gap="medium")
    with words:
        known = _ask_for_the_largest(world)
        if known:
            formula(
                f"sum of the :blue[row] = :violet[**{sums(world.head_weights).of_queries[world.q_pos]:.4f}**]",
                key="heatmaps_row",
            )
            own = prefers_itself(world.head_weights)
            notice_this(
                f"Words whose largest weight is on themselves: **{own.sum()} of {len(own)}**. "
                "Nothing demands it: a word's own key competes like any other."
            )
    with picture:
        if known:
            heatmap_panel(world)
        else:
            Figure(
                "Attention weights, colours only",
                world.head_weights,
                rows=world.queries,
                columns=world.keys,
                high=full_scale(world.head_weights),
                blocked=world.blocked,
                row=world.q_pos,
                summary="Predict first, then the numbers are shown.",
                prints_numbers=False,
            ).draw("heatmaps_guess", on_pick=world.pick_cell, has_files=False)


def _ask_for_the_largest(world: World) -> bool:
    """Which key gets most of the chosen query? Where several do, that is an answer of its own."""
    winners = np.flatnonzero(np.isclose(world.row, world.row.max()))
    options = [*world.keys, NO_SINGLE]
    st.text(f"The query is: {world.queries[world.q_pos]}")
    return predict(
        "which key gets most of this query? Read the colours of its row.",
        options,
        int(winners[0]) if len(winners) == 1 else len(world.keys),
        lambda: world.summary,
        key="heatmaps",
        about=world.row.tobytes(),
        readers_words=True,
    )


def in_a_real_model(scenario: Scenario, choice: Choice) -> None:
    real_heading("A real head, and its sinks")
    capture = read_or_wait(choice.model_id, scenario.sentence, key="heatmaps_real")
    if capture is None:
        return
    world = real_world(scenario, choice)
    sinks = likely_sinks(capture.keys(capture.layers[choice.layer]))
    st.markdown(
        "In many trained models much of the weight rests on a few tokens, such as the first or those "
        f"that the model added: **attention sinks**. {rows.LEADING_READING} So look at what is handed "
        "over too: :violet[weight] × the length of the :green[value]."
    )
    with together("heatmaps_sinks_of_heads") as pictures, pictures.column(world.title):
        with together("heatmaps_real_head", gap="medium") as pair:
            with pair.column():
                heatmap_panel(world)
            with pair.column():
                rows.sinks_panel(world, sinks)
        explain("**How much of its weight each head gives to the sinks.** Click one to open it.")
        rows.all_heads_panel(world, choice, scenario.sentence, sinks)


toy = toy_of_sentence()
world = toy_world(toy.current, chosen()) if toy else None
if world:  # no fragment where a click is followed by the sidebar
    read_one_row(world)
rows.printed_panel()
if toy and world:
    rows.rows_or_columns(world)
    rows.the_wrong_axis(world)
rows.tokens_to_words()
if toy and world:
    in_a_real_model(toy.current, chosen())
