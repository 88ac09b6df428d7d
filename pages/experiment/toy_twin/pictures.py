"""The head, its twin and the difference, and in words where they are farthest apart."""

import numpy as np
import streamlit as st

from attention_core.analysis.differences import largest_changes, total_variation
from pages.ui.reader.worlds import World
from pages.ui.widgets.three_heatmaps import Grid, Side, three_heatmaps
from pages.ui.widgets.wording import number, signed


def pictures(real: World, twin: World, twin_name: str) -> None:
    """The three heatmaps on the same rows, columns and scale, then the cell that is farthest off."""
    assert real.trace is not None
    allowed = np.isfinite(real.trace.masked_scores)
    three_heatmaps(
        Side("Head", real.title, real.head_weights, allowed),
        Side("Twin", twin_name, twin.head_weights, allowed),
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
