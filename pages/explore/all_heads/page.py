"""Explore: every head of the model at once, by a number or as thumbnails; a click opens one."""

import numpy as np
import streamlit as st

from attention_core.analysis.head_statistics import NAMES
from pages.contents import tool
from pages.explore.all_heads.grid import GridView, grid_panel, pick_kind, pick_view, statistics
from pages.ui.reader.controls import chosen
from pages.ui.reader.real import read_or_wait, say_cut
from pages.ui.reader.worlds import World, real_world
from pages.ui.server.waiting import waiting
from pages.ui.widgets.breakdown import Column, breakdown, number_column
from pages.ui.widgets.panels import heatmap_panel
from pages.ui.widgets.parts import toy_of_sentence
from pages.ui.widgets.statistics import STATISTICS, place, times

N_LISTED = 5
NOT_DEFINED = "not defined"


def opened_head(view: GridView, world: World) -> None:
    """The chosen head's heatmap, and the way to everything else about it."""
    st.page_link(
        tool("one-head").file,
        label=f"**Open {place(view.layer, world.head)}**: why it looks there, what it passes on",
        icon=":material/open_in_full:",
    )
    heatmap_panel(world)


def its_statistics(view: GridView) -> None:
    """All statistics of the chosen head; a click shows one of them in the grid."""
    if view.chosen is None:
        return
    survey, at = view.survey, view.chosen
    values, even = ([float(of[name][at]) for name in NAMES] for of in (survey.values, survey.even))

    def look_at(row: int) -> None:
        st.session_state["all_heads_statistic"] = NAMES[row]

    breakdown(
        [
            number_column("this head", values, "weights", unknown=NOT_DEFINED),
            number_column(
                "uniform head",
                even,
                help="A head without any preference: each row even over the tokens that the mask allows",
                unknown=NOT_DEFINED,
            ),
            Column(
                "rank",
                [rank(survey.values[name], at) for name in NAMES],
                help="Its place among all heads in the grid, from the most",
            ),
        ],
        key="all_heads_its_statistics",
        row_labels=[STATISTICS[name].short for name in NAMES],
        row_title="statistic",
        label=f"All statistics of {place(view.layer, view.head)}",
        selected=NAMES.index(view.name),
        on_pick=look_at,
        heading=f"All about {place(view.layer, view.head)}",
        note="click a row to see it in the grid",
    )
    unknown = [name for name, value in zip(NAMES, values, strict=True) if not np.isfinite(value)]
    if unknown:
        why = dict.fromkeys(STATISTICS[name].missing for name in unknown)
        st.markdown(f"{NOT_DEFINED.capitalize()} means: " + " ".join(why))


def rank(values: np.ndarray, at: tuple[int, int]) -> str:
    """1 + the number of heads that have more of it, of how many."""
    if not np.isfinite(values[at]):
        return "–"
    return f"{1 + int((values > values[at]).sum())} of {int(np.isfinite(values).sum())}"


def most_and_least(view: GridView) -> None:
    """The heads at both ends; a click opens one."""
    if order := view.ranked:
        _listed(view, order[:N_LISTED], "most")
        _listed(view, order[: -N_LISTED - 1 : -1], "least")


def _listed(view: GridView, places: list[tuple[int, int]], which: str) -> None:
    names = [place(view.survey.layers[row], head) for row, head in places]
    values = [float(view.values[at]) for at in places]
    top = float(np.nanmax(view.values)) or 1.0
    breakdown(
        [
            number_column(view.statistic.short, values, "weights", full=top),
            Column(
                "of even",
                [times(v, float(view.even[at])) for v, at in zip(values, places, strict=True)],
                help="How many times what a uniform head gives",
            ),
        ],
        key=f"all_heads_{which}",
        row_labels=names,
        row_title="head",
        label=f"{view.statistic.title}: the {len(places)} heads with {which}",
        selected=places.index(view.chosen) if view.chosen in places else None,
        on_pick=lambda i: view.pick(*places[i]),
        heading=f"The {len(places)} heads with {which}",
        note="click one to open it",
    )


def all_heads() -> None:
    """The grid on the left, the head that is chosen in it on the right."""
    toy, choice = toy_of_sentence(), chosen()
    if toy is None:
        return
    sentence = toy.current.sentence
    capture = read_or_wait(choice.model_id, sentence, key="all_heads")
    if capture is None:
        return
    world = real_world(toy.current, choice)
    kinds = list(dict.fromkeys(layer.kind for layer in capture.layers))
    grid_side, head_side = st.columns([5, 4], gap="large")
    with grid_side:
        say_cut(capture)
        kind = pick_kind(kinds, capture.layers[choice.layer].kind)
        name, as_pictures = pick_view()
        with waiting("All heads are counted …"):
            survey = statistics(choice.model_id, sentence, kind)
        view = GridView(choice.model_id, sentence, kind, survey, name, choice.layer, world.head)
        grid_panel(view, as_pictures)
        its_statistics(view)
    with head_side:
        opened_head(view, world)
        most_and_least(view)


all_heads()
