"""Three heatmaps of one head with and without the mistake, for the toy and for a real head."""

import numpy as np
import streamlit as st

from pages.experiment.break_it.catalogue import Break
from pages.ui.reader.sentence import PICKS
from pages.ui.reader.worlds import World
from pages.ui.widgets.three_heatmaps import Grid, Side, three_heatmaps


def heatmaps(
    world: World,
    control: np.ndarray,
    changed: np.ndarray,
    allowed: np.ndarray,
    broken: Break,
    *,
    key: str,
) -> None:
    """Control, changed, difference. A blocked key that the mistake gives weight to is no longer hatched."""
    leaked = allowed | (changed != 0)
    three_heatmaps(
        Side("Control", world.title, control, allowed),
        Side("Changed", broken.title, changed, leaked),
        Grid(world.queries, world.keys, world.q_pos, world.k_pos, world.pick_cell),
        key=key,
    )


def allowed_in(weights: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """(n_q, n_k), True = may attend."""
    return np.ones(weights.shape, dtype=bool) if mask is None else mask


def most_changed(world: World, control: np.ndarray, changed: np.ndarray) -> int:
    """The key that the reader picked or, before there is one, the key whose weight changes most in the chosen row."""
    if any(st.session_state.get(pick) is not None for pick in PICKS):
        return world.k_pos
    apart = np.abs(changed[world.q_pos] - control[world.q_pos])
    apart = np.where(np.isfinite(apart), apart, np.inf)
    return int(apart.argmax()) if apart.any() else world.k_pos
