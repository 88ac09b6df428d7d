"""Attention sinks in the pretrained model: how much weight the first and the added tokens take, and what they hand over."""

import numpy as np
import streamlit as st

from attention_core.analysis.breakdown import strongest
from attention_core.analysis.masking import even_weights
from attention_core.analysis.sinks import weight_on
from attention_core.analysis.value_norms import handed_over, lengths
from attention_core.experiments.sinks import SinkSurvey, likely_sinks, survey_sinks
from pages.ui.reader.controls import Choice, look_at_head
from pages.ui.reader.worlds import World
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.widgets.breakdown import Column, breakdown, column_of
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.panels import only_weights
from pages.ui.widgets.wording import number

MOST_KEYS = 16  # rows of the table
NO_SINK = "this row does not lean on them."
IDLE_SINK = "They take more than they give: such a weight says “nothing to add”."
BUSY_SINK = "Here they hand over all that their weight promises: not every sink is idle."
UNDEFINED = "Their share is not defined: no query here has a second token to look at."


@cached(max_entries=16, show_spinner="Looking at all heads …")
def survey(model_id: str, text: str) -> SinkSurvey:
    """All heads of the model, which must be loaded."""
    return survey_sinks(models.captured(model_id, text))


def sinks_panel(world: World, choice: Choice, text: str) -> None:
    """The chosen row with and without the length of the values; then the sinks' share in every head."""
    capture = models.captured(choice.model_id, text)
    sinks = likely_sinks(capture.keys(capture.layers[choice.layer]))
    st.text(f"Likely sinks: {', '.join(world.keys[i] for i in sinks)}")
    if world.trace is None:
        only_weights()
    else:
        _handed_over(world, world.trace.v, sinks)


def _handed_over(world: World, v: np.ndarray, sinks: list[int]) -> None:
    row = world.row
    handed = handed_over(row[None, None], v[None])[0, 0]
    shown = strongest(row, MOST_KEYS, also=world.k_pos)
    breakdown(
        [
            column_of("weight", row[shown], decimals=4),
            Column(
                "‖v‖",
                [number(length) for length in lengths(v)[shown]],
                "value",
                help="The length of the key's value",
            ),
            column_of("weight × ‖v‖, as share", handed[shown], "output", decimals=4),
        ],
        key="heatmaps_handed_over",
        row_labels=[world.keys[i] for i in shown],
        selected=int(np.flatnonzero(shown == world.k_pos)[0]),
        label=f"What each key hands over to {world.queries[world.q_pos]}",
        on_pick=lambda i: world.pick_cell(world.q_pos, int(shown[i])),
    )
    st.markdown(_verdict(world, handed, sinks))


def _verdict(world: World, handed: np.ndarray, sinks: list[int]) -> str:
    """What the chosen row shows, and no more: not every head has sinks, not every sink is idle."""
    weight, given, even = (
        weight_on(rows, sinks).item()
        for rows in (world.row[None], handed[None], _even(world)[[world.q_pos]])
    )
    found = (
        f"In the chosen row these tokens get **{weight:.2f}** of the :violet[weight] "
        f"and hand over **{given:.2f}** of the :red[sum]. "
    )
    if weight < even:
        return f"{found}Equal shares would give them {even:.2f}: {NO_SINK}"
    return found + (IDLE_SINK if given < weight else BUSY_SINK)


def _even(world: World) -> np.ndarray:
    """The weights of a head without any preference under the same mask."""
    allowed = None if world.blocked is None else ~world.blocked
    return even_weights(len(world.queries), len(world.keys), allowed)


def all_heads_panel(world: World, choice: Choice, text: str) -> None:
    """The sinks' share in every head of every layer; a click opens a head."""
    found = survey(choice.model_id, text)
    layers, heads = (
        [f"{name} {i}" for i in range(n)]
        for name, n in zip(("layer", "head"), found.shares.shape, strict=True)
    )

    def pick(layer: int, head: int | None) -> None:
        st.session_state["layer"] = layer
        if head is not None:
            look_at_head(head)

    Figure(
        "Weight on the sinks",
        found.shares,
        rows=layers,
        columns=heads,
        row_title="layer",
        column_title="head",
        cell=(choice.layer, world.head),
        summary="How much of its weight each head gives to the sinks",
    ).draw("heatmaps_sinks", on_pick=pick)
    st.markdown(_summary(world, choice, text, found))


def _summary(world: World, choice: Choice, text: str, found: SinkSurvey) -> str:
    capture = models.captured(choice.model_id, text)
    sinks = likely_sinks(capture.keys(capture.layers[choice.layer]))
    shares = _even(world)
    even = weight_on(shares, sinks, shares > 0).item()
    if np.isnan(even):
        return UNDEFINED
    lines = [
        f"These tokens get **{np.nanmean(found.shares):.0%}** of all weight in this model on your sentence, "
        f"**{found.shares[choice.layer, world.head]:.0%}** in the chosen head. "
        f"A head without any preference would give them {even:.0%}."
    ]
    if found.diagonal is not None:
        lines.append(
            f"**{found.diagonal:.0%}** of all queries in all its heads look mostly at themselves."
        )
    return "  \n".join(lines)
