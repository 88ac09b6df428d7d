"""Explore: what every head does over thousands of sentences, and how far one sentence can be trusted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.charts.heatmap import heads_heatmap
from attention_core.survey.measure import NAMES
from pages.contents import tool
from pages.explore.head_survey.one_sentence import one_sentence
from pages.explore.head_survey.survey import NO_PLACE, STATISTICS, SurveyView, about, survey_picker
from pages.ui.widgets.breakdown import Column, breakdown, number_column
from pages.ui.widgets.head_grid import layer_grid
from pages.ui.widgets.parts import details, notice_this
from pages.ui.widgets.statistics import read, span, times
from pages.ui.widgets.takeaway import Numbers
from pages.ui.widgets.wording import number

MOST = 10  # rows of the list


def pick_statistic() -> str:
    return st.selectbox(
        "Statistic",
        NAMES,
        format_func=lambda name: STATISTICS[name].title,
        key="head_survey_statistic",
        persist_state="session",
    )


def grid_of_heads(view: SurveyView) -> None:
    """Layers down, heads across; a click chooses a head."""
    st.markdown(
        f"**Each cell is a head**: {view.statistic.says} Mean over queries, then over sentences."
    )
    order, rows = view.order, view.rows
    if not len(order):
        st.info(NO_PLACE, icon=":material/info:")
        return
    grid = view.grid(rows.mean)
    row_of = view.grid(np.arange(len(rows.mean), dtype=float))
    ours = np.argwhere(row_of == view.ours).tolist()  # none where the sidebar's head is not here

    def pick(layer: int, head: int) -> None:
        if np.isfinite(row_of[layer, head]):
            view.pick(int(row_of[layer, head]))

    best, high = int(order[0]), float(rows.mean[order[0]])
    layer_grid(
        grid,
        key="head_survey_grid",
        layers=view.layers.tolist(),
        name=view.statistic.short,
        texts=[[read(float(value)) for value in row] for row in grid],
        high=high or 1.0,
        high_text=number(high),
        even=span(rows.even),
        selected=(ours[0][0], ours[0][1]) if ours else None,
        label=f"All {len(rows.mean)} heads by {view.statistic.title}, mean over {rows.n[best]:,} sentences, layers "
        f"down, heads across. Most: {view.names[best]} with {number(high)}.",
        on_pick=pick,
        hint="choose the head",
        numbers=Numbers(
            f"Head survey, {view.statistic.title}",
            lambda: _frame(view),
            lambda: heads_heatmap(
                grid,
                view.layers,
                title=f"{view.statistic.title}, mean over sentences",
                meaning="weight",
            ),
        ),
    )


def best_heads(view: SurveyView) -> None:
    """The heads with most, each with its standard error; then what chance gives."""
    order, rows = view.order[:MOST].tolist(), view.rows
    if not order:
        return
    if view.ours is not None and view.ours not in order and view.ours in view.order:
        order.append(view.ours)
    top = float(rows.mean[order[0]]) or 1.0
    rank_of = {int(row): rank for rank, row in enumerate(view.order, start=1)}
    breakdown(
        [
            Column("rank", [str(rank_of[row]) for row in order]),
            number_column("mean", rows.mean[order], "weights", full=top),
            number_column(
                "± error",
                rows.standard_error[order],
                help="Standard error of the mean, over sentences",
            ),
            Column(
                "of even",
                [times(rows.mean[row], rows.even[row]) for row in order],
                help="How many times what a head without any preference gives",
            ),
        ],
        key="head_survey_best",
        row_labels=[view.names[row] for row in order],
        row_title="head",
        label=f"{view.statistic.title}: the heads with most over the corpus",
        selected=order.index(view.ours) if view.ours in order else None,
        on_pick=lambda i: view.pick(order[i]),
        heading="The heads with most",
        note="click one to choose it",
    )
    if view.ours is not None:
        st.page_link(  # not opened by the click itself: st.switch_page would drop the sentence from the link
            tool("one-head").file,
            label=f"**Open the chosen head: {view.names[view.ours]}**",
            icon=":material/open_in_full:",
        )
    _chance(view)


def _chance(view: SurveyView) -> None:
    rows, scored = view.rows, view.order
    random = float(rows.untrained[scored].max())
    above = int((rows.mean[scored] > random).sum())
    notice_this(
        f"By chance: a uniform head gives {span(rows.even[scored])}; of {len(scored)} heads with random scores "
        f"(normally distributed, variance 1) the one with most gives {number(random)}, over the same {rows.n[scored].max():,} sentences. "
        f"**{above} of {len(scored)}** heads give more than that."
    )


def _frame(view: SurveyView) -> pd.DataFrame:
    rows = view.rows
    columns = ("layer", "head", "mean", "standard_error", "n", "even", "untrained")
    frame = pd.DataFrame({name: getattr(rows, name) for name in columns})
    # the file calls it so; it is a head with random scores, not one of an untrained model
    return frame.rename(columns={"untrained": "random scores"}).set_index(["layer", "head"])


st.markdown(
    "One sentence can mislead. Here every head was measured on **thousands of sentences**, and their mean "
    "is shown with its standard error. Then your sentence is compared with it."
)
survey_side, statistic_side = st.columns(2, gap="large")
with statistic_side:
    statistic = pick_statistic()
with survey_side:
    survey = survey_picker()
if survey is not None:
    view = SurveyView(survey, statistic)
    grid_side, list_side = st.columns([5, 4], gap="large")
    with grid_side:
        grid_of_heads(view)
    with list_side:
        best_heads(view)
    st.divider()
    one_sentence(view)
    details(
        "Which sentences, and how it was made",
        lambda: about(view.survey),
        key="head_survey_about",
        icon=":material/info:",
    )
