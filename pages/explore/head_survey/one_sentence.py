"""What the reader's sentence says of the heads, held against the survey: how far can one sentence be trusted?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.charts import one_against_many as chart
from attention_core.charts.export import as_spec
from attention_core.pretrained.catalogue import entry_for
from attention_core.survey import one_sentence as reading
from attention_core.survey.against import Against, against, ranks_of
from attention_core.survey.measure import NAMES
from pages.explore.head_survey.survey import SurveyView
from pages.ui.reader.controls import chosen, look_at_model
from pages.ui.reader.real import read_or_wait, say_cut
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.server.waiting import waiting
from pages.ui.widgets.breakdown import Column, breakdown, number_column
from pages.ui.widgets.parts import notice_this, toy_of_sentence
from pages.ui.widgets.takeaway import table_twin
from pages.ui.widgets.wording import number

TRUST = "How far can one sentence be trusted?"
ANOTHER_MODEL = "The survey is about another model than the one in the sidebar."
MOST = 8  # rows of the list


@cached(max_entries=16)
def measured(model_id: str, sentence: str) -> reading.OneSentence:
    return reading.one_sentence(models.captured(model_id, sentence))


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
    st.markdown(
        f"On your sentence **{view.names[best]}** has most, {number(both.value[best])}. Over the corpus it has "
        f"{number(both.mean[best])} ± {number(view.rows.standard_error[best])} and is "
        f"**number {rank} of {len(view.order)}**. From one sentence to the next it differs by about "
        f"{number(both.deviation[best])} (standard deviation)."
    )
    agree = f" The order of all heads agrees with ρ = {both.rho:.2f} (Spearman; 1: the same order)."
    agree = "" if np.isnan(both.rho) else agree
    notice_this(
        f"Of the {both.n_top} heads with most on your sentence, **{both.n_shared}** are among the {both.n_top} "
        f"over the corpus.{'' if np.isnan(both.rho) else agree} Change the sentence and see which of them stay."
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
            number_column("your sentence", both.value[order], "weights", full=top),
            number_column("corpus", both.mean[order]),
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
    columns = {
        "layer": view.rows.layer,
        "head": view.rows.head,
        "your sentence": both.value,
        "corpus": both.mean,
        "standard deviation between sentences": both.deviation,
    }
    return pd.DataFrame(columns).set_index(["layer", "head"])
