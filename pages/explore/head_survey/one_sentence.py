"""What the reader's sentence says of the heads, held against the survey: how far can one sentence be trusted?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.charts import one_against_many as chart
from attention_core.charts.export import as_spec
from attention_core.experiments.reading import Places, places_of, self_attending_layers
from attention_core.pretrained.catalogue import entry_for
from attention_core.survey.against import Against, against, ranks_of
from attention_core.survey.measure import NAMES, Measured, measure, side_by_side
from pages.explore.head_survey.survey import SurveyView
from pages.ui.reader.controls import chosen, look_at_model
from pages.ui.reader.real import read_or_wait, say_cut
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.server.waiting import waiting
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import notice_this, toy_of_sentence
from pages.ui.widgets.statistics import read
from pages.ui.widgets.takeaway import table_twin
from pages.ui.widgets.wording import number


@dataclass(frozen=True)
class OneSentence:
    """Every statistic of every head on one sentence."""

    places: Places
    measured: Measured

    def has_heads_of(self, layers: np.ndarray, heads: np.ndarray) -> bool:
        """Whether these are the same heads, in the same order."""
        ours = (self.places.layers, self.places.heads)
        return all(np.array_equal(a, b) for a, b in zip(ours, (layers, heads), strict=True))


@cached(max_entries=16)
def measured(model_id: str, sentence: str) -> OneSentence:
    """Layer by layer: of a long text, the weights of all layers would not fit."""
    read = models.captured(model_id, sentence)
    layers = self_attending_layers(read)
    tokens = [token.text for token in read.tokens]
    special = [i for i, token in enumerate(read.tokens) if token.is_special]
    parts = [measure(layer.weights, layer.mask, tokens, special, i) for i, layer in layers]
    return OneSentence(places_of(layers), side_by_side(parts))


TRUST = "How far can one sentence be trusted?"
ANOTHER_MODEL = "The survey is about another model than the one in the sidebar."
MOST = 8  # rows of the list


def one_sentence(view: SurveyView) -> None:
    """The part of the page that needs the model: it reads the sentence on top."""
    st.header(TRUST, anchor=False)
    if not len(view.order):
        st.markdown("There is nothing to compare for this statistic.")
        return
    if not view.is_chosen_model:
        _other_model(view)
        return
    toy = toy_of_sentence()
    if toy is None:
        return
    capture = read_or_wait(chosen().model_id, toy.current.sentence, key="head_survey")
    if capture is None:
        return
    say_cut(capture)
    with waiting("All heads are measured …"):
        found = measured(chosen().model_id, toy.current.sentence)
    if not found.has_heads_of(view.rows.layer, view.rows.head):
        st.markdown("The heads of the survey are not those of this model, so there is no comparison.")  # fmt: skip
        return
    both = against(found.measured.values[NAMES.index(view.name)], view.rows)
    if not len(both.order):
        st.markdown("Your sentence has no place for this statistic: try another sentence.")
        return
    _verdict(view, both)
    left, right = st.columns(2, gap="large")
    with left:
        _dots(view, both)
    with right:
        _list(view, both)


def _other_model(view: SurveyView) -> None:
    st.markdown(ANOTHER_MODEL)
    if entry_for(view.model_id) is not None:
        st.button(
            "Read your sentence with the survey’s model",
            icon=":material/swap_horiz:",
            key="head_survey_model",
            on_click=lambda: look_at_model(view.model_id),
        )


def _verdict(view: SurveyView, both: Against) -> None:
    best = int(both.order[0])
    rank = int(ranks_of(both.mean)[best])
    verdict = (
        f"On your sentence **{view.names[best]}** has most, {number(both.value[best])}. Over the corpus it has "
        f"{number(both.mean[best])} ± {number(view.rows.standard_error[best])} and is "
        f"**number {rank} of {len(view.order)}**. From one sentence to the next it differs by about "
        f"{number(both.deviation[best])} (standard deviation)."
    )
    st.markdown(verdict)
    agree = "" if np.isnan(both.rho) else f" The order of all heads agrees with ρ = {both.rho:.2f} (Spearman; 1: the same order)."  # fmt: skip
    notice_this(
        f"Of the {both.n_top} heads with most on your sentence, **{both.n_shared}** are among the {both.n_top} "
        f"over the corpus.{agree} Change the sentence and see which of them stay."
    )


@cached(max_entries=1)
def _spec() -> dict[str, Any]:
    return as_spec(chart.one_against_many())


def _dots(view: SurveyView, both: Against) -> None:
    st.markdown("**A dot is a head.** On the dashed line, your sentence says what the corpus says.")
    frame = chart.heads_frame(view.names, both.mean, both.value, view.ours)
    title = f"{view.statistic.title}: your sentence against the corpus"
    best = int(both.order[0])
    st.vega_lite_chart(
        frame,
        _spec(),
        height=340,
        key="head_survey_dots",
        alt=f"{title}, {len(frame)} heads. {view.names[best]} has most on your sentence, {number(both.value[best])}; "
        f"over the corpus {number(both.mean[best])}.",
    )
    table_twin(
        title,
        lambda: _frame(view, both),
        key="head_survey_one_twin",
        chart=lambda: chart.on_paper(frame, title),
    )


def _list(view: SurveyView, both: Against) -> None:
    order, ranks = both.order[:MOST].tolist(), ranks_of(both.mean)
    top = float(both.value[order[0]]) or 1.0
    breakdown(
        [
            Column(
                "your sentence",
                [number(both.value[row]) for row in order],
                "weights",
                bars=[float(np.clip(both.value[row] / top, 0, 1)) for row in order],
            ),
            Column("corpus", [read(both.mean[row]) for row in order]),
            Column(
                "off by",
                [_deviations(both.off[row]) for row in order],
                help="Your sentence less the corpus, in standard deviations between sentences (σ)",
            ),
            Column("rank", [f"{ranks[row]}" for row in order], help="Its place over the corpus"),
        ],
        key="head_survey_one",
        row_labels=[view.names[row] for row in order],
        row_title="head",
        label=f"{view.statistic.title}: the heads with most on your sentence, beside the corpus",
        selected=order.index(view.ours) if view.ours in order else None,
        on_pick=lambda i: view.pick(order[i]),
        heading="The heads with most on your sentence",
        note="click one to choose it",
    )


def _deviations(off: float) -> str:
    return f"{off:+z.1f} σ".replace("-", "−") if np.isfinite(off) else "–"


def _frame(view: SurveyView, both: Against) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "layer": view.rows.layer,
            "head": view.rows.head,
            "your sentence": both.value,
            "corpus": both.mean,
            "standard deviation between sentences": both.deviation,
        }
    ).set_index(["layer", "head"])
