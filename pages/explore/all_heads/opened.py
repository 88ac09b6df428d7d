"""The chosen head beside the grid: its heatmap, all its statistics, and who has most and least of the shown one."""

import numpy as np
import streamlit as st

from attention_core.analysis.head_statistics import NAMES
from pages.explore.all_heads.grid import Shown
from pages.tools import tool
from pages.ui.reader.worlds import World
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.panels import heatmap_panel
from pages.ui.widgets.statistics import TOLD, place, read, times
from pages.ui.widgets.wording import number

N_LISTED = 5
NOT_DEFINED = "not defined"


def opened_head(shown: Shown, world: World) -> None:
    """The chosen head's heatmap, and the way to everything else about it."""
    st.page_link(
        tool("one-head").file,
        label=f"**Open {place(shown.layer, world.head)}**: why it looks there, what it passes on",
        icon=":material/open_in_full:",
    )
    heatmap_panel(world)


def its_statistics(shown: Shown) -> None:
    """All statistics of the chosen head; a click shows one of them in the grid."""
    if shown.chosen is None:
        return
    values = {name: float(shown.survey.values[name][shown.chosen]) for name in NAMES}
    even = {name: float(shown.survey.even[name][shown.chosen]) for name in NAMES}

    def look_at(row: int) -> None:
        st.session_state["all_heads_statistic"] = NAMES[row]

    st.markdown(
        f"**All about {place(shown.layer, shown.head)}**: click a row to see it in the grid."
    )
    breakdown(
        [
            Column(
                "this head", [read(values[name], NOT_DEFINED) for name in NAMES], role="weights"
            ),
            Column(
                "even head",
                [read(even[name], NOT_DEFINED) for name in NAMES],
                help="A head without any preference: each row even over the tokens that the mask allows",
            ),
            Column(
                "rank",
                [rank(shown.survey.values[name], shown.chosen) for name in NAMES],
                help="Its place among all heads in the grid, from the most",
            ),
        ],
        key="all_heads_its_statistics",
        row_labels=[TOLD[name].short for name in NAMES],
        row_title="statistic",
        label=f"All statistics of {place(shown.layer, shown.head)}",
        selected=NAMES.index(shown.name),
        on_pick=look_at,
    )
    unknown = [name for name in NAMES if not np.isfinite(values[name])]
    if unknown:
        why = dict.fromkeys(TOLD[name].missing for name in unknown)
        st.markdown(f"{NOT_DEFINED.capitalize()} means: " + " ".join(why))


def rank(values: np.ndarray, at: tuple[int, int]) -> str:
    """1 + the number of heads that have more of it, of how many."""
    if not np.isfinite(values[at]):
        return "–"
    return f"{1 + int((values > values[at]).sum())} of {int(np.isfinite(values).sum())}"


def most_and_least(shown: Shown) -> None:
    """The heads at both ends; a click opens one."""
    order = shown.ranked
    if not order:
        return
    _listed(shown, order[:N_LISTED], "most")
    _listed(shown, order[: -N_LISTED - 1 : -1], "least")


def _listed(shown: Shown, places: list[tuple[int, int]], which: str) -> None:
    names = [place(shown.survey.layers[row], head) for row, head in places]
    values = [float(shown.values[at]) for at in places]
    top = float(np.nanmax(shown.values)) or 1.0
    st.markdown(f"**The {len(places)} heads with {which}**: click one to open it.")
    breakdown(
        [
            Column(
                shown.told.short,
                [number(value) for value in values],
                role="weights",
                bars=[value / top for value in values],
            ),
            Column(
                "of even",
                [times(v, float(shown.even[at])) for v, at in zip(values, places, strict=True)],
                help="How many times what an even head gives",
            ),
        ],
        key=f"all_heads_{which}",
        row_labels=names,
        row_title="head",
        label=f"{shown.told.title}: the {len(places)} heads with {which}",
        selected=places.index(shown.chosen) if shown.chosen in places else None,
        on_pick=lambda i: shown.pick(*places[i]),
    )
