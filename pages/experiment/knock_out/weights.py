"""Where the chosen head looks, in the control and in the changed run: control | changed | difference."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np
import streamlit as st

from pages.experiment.knock_out.runs import Changed
from pages.experiment.knock_out.state import Pair
from pages.ui.reader.ready import Subject
from pages.ui.widgets.three_heatmaps import Grid, Side, three_heatmaps


def weights_panel(
    subject: Subject,
    changed: Changed,
    said: str,
    *,
    blocked: Collection[Pair] = (),
    pick: Callable[[int, int | None], None] | None = None,
) -> None:
    """`said` is what to see, `blocked` the looks that are forbidden in the changed run, `pick` what a click does."""
    world = subject.world
    allowed = np.ones(world.head_weights.shape, dtype=bool)
    if world.blocked is not None:
        allowed &= ~world.blocked
    allowed_then = allowed.copy()
    for q_pos, k_pos in blocked:
        allowed_then[q_pos, k_pos] = False
    st.markdown(
        f"**Where layer {subject.choice.layer} · head {subject.choice.head} looks**, the head chosen in the sidebar. "
        f"{said}"
    )
    name = f"layer {subject.choice.layer}, head {subject.choice.head}"
    three_heatmaps(
        Side("Control", name, world.head_weights, allowed),
        Side("Changed", name, changed.weights, allowed_then),
        Grid(world.queries, world.keys, world.q_pos, world.k_pos, pick or world.pick_cell),
        key="knock_out_weights",
    )
