"""The grid of all heads, by a statistic or as thumbnails, and its numbers as a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.head_statistics import NAMES, Survey, ranked
from attention_core.charts.heatmap import heads_heatmap
from attention_core.experiments.all_heads import layers_of, statistics_of_heads, thumbnails_of_heads
from pages.ui.reader.controls import look_at_head
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.widgets.head_grid import layer_grid
from pages.ui.widgets.panels import MOST_ON_ONE_SCALE
from pages.ui.widgets.parts import notice_this, one_of
from pages.ui.widgets.statistics import KINDS, STATISTICS, Statistic, place, read, span
from pages.ui.widgets.takeaway import Numbers
from pages.ui.widgets.wording import number

NUMBERS, PICTURES = "Numbers", "Thumbnails"
PICTURES_SHOW = "**Every head's heatmap, small.** Rows ask, columns offer. Click one to open it."
OWN_SCALE = (
    " With so many tokens each picture has a scale of its own, and a pixel shows the largest "
    "weight of neighbouring cells."
)


@cached(max_entries=16)
def statistics(model_id: str, text: str, kind: str) -> Survey:
    return statistics_of_heads(models.captured(model_id, text), kind)


@cached(max_entries=16)
def pictures(model_id: str, text: str, kind: str) -> tuple[np.ndarray, ...]:
    capture = models.captured(model_id, text)
    return thumbnails_of_heads(capture, kind, has_own_scale(model_id, text, kind))


def has_own_scale(model_id: str, text: str, kind: str) -> bool:
    """Whether the strongest colour is a head's own largest weight, as in its heatmap, and not 1."""
    capture = models.captured(model_id, text)
    return len(capture.keys(layers_of(capture, kind)[0][1])) > MOST_ON_ONE_SCALE


@dataclass(frozen=True)
class GridView:
    """All heads of one kind of layer on the reader's sentence, and the statistic that is looked at."""

    model_id: str
    sentence: str
    kind: str
    survey: Survey
    name: str  # of the statistic
    layer: int  # the chosen head's
    head: int

    @property
    def statistic(self) -> Statistic:
        return STATISTICS[self.name]

    @property
    def values(self) -> np.ndarray:
        return self.survey.values[self.name]

    @property
    def even(self) -> np.ndarray:
        return self.survey.even[self.name]

    @property
    def ranked(self) -> list[tuple[int, int]]:
        """(row, head) of all heads that have a value, the largest first."""
        return ranked(self.values)

    @property
    def chosen(self) -> tuple[int, int] | None:
        """The row and head that are chosen, if they are in this grid."""
        places = self.survey.layers
        return (places.index(self.layer), self.head) if self.layer in places else None

    def pick(self, row: int, head: int) -> None:
        """Choose a head for the whole app. Only in callbacks."""
        if head < self.survey.n_heads[row]:
            look_at_head(head, self.survey.layers[row])


def pick_kind(kinds: list[str], chosen: str) -> str:
    """Which kind of attention is shown; there is something to choose in encoder–decoder models only."""
    if len(kinds) < 2:
        return kinds[0]
    return one_of(
        "Attention in the",
        kinds,
        key=f"all_heads_kind_{'_'.join(kinds)}",
        default=chosen,
        format_func=KINDS.__getitem__,
    )


def pick_view() -> tuple[str, bool]:
    """The statistic, and whether the heads are shown as thumbnails."""
    left, right = st.columns(2, vertical_alignment="bottom")
    name = right.selectbox(
        "Statistic",
        NAMES,
        index=NAMES.index("previous"),
        format_func=lambda name: STATISTICS[name].title,
        key="all_heads_statistic",
        persist_state="session",
    )
    with left:
        view = one_of("Show", (NUMBERS, PICTURES), key="all_heads_view")
    return name, view == PICTURES


def grid_panel(view: GridView, as_pictures: bool) -> None:
    """The canvas, one sentence on what it shows and one on what to notice."""
    statistic, order = view.statistic, view.ranked
    of_kind = (view.model_id, view.sentence, view.kind)
    own_scale = has_own_scale(*of_kind)
    about = PICTURES_SHOW + (OWN_SCALE if own_scale else "")
    st.markdown(about if as_pictures else f"**{statistic.title}**: {statistic.says}")
    if not order:
        st.info(statistic.missing)
    high = float(np.nanmax(view.values)) if order else 1.0
    layer_grid(
        view.values,
        key="all_heads_grid",
        layers=view.survey.layers,
        name=statistic.short,
        texts=[[read(float(value)) for value in row] for row in view.values],
        high=high or 1.0,
        high_text=number(high),
        even=span(view.even) if order else "–",
        selected=view.chosen,
        pictures=pictures(*of_kind) if as_pictures else None,
        own_scale=own_scale,
        label=_label(view, as_pictures),
        on_pick=view.pick,
        numbers=Numbers(
            f"All heads of {view.model_id}",
            lambda: heads_frame(view.survey),
            lambda: heads_heatmap(
                view.values,
                view.survey.layers,
                title=f"{view.statistic.title}: {view.model_id}",
                meaning=view.statistic.short,
            ),
        ),
    )
    _notice(view)


def _label(view: GridView, as_pictures: bool) -> str:
    """The grid in words, made from its numbers."""
    n_heads = sum(view.survey.n_heads)
    what = "as thumbnails of their heatmaps" if as_pictures else f"by {view.statistic.title}"
    label = f"All {n_heads} heads of {view.model_id}, layers down, heads across, {what}."
    if not view.ranked:
        return label
    row, head = view.ranked[0]
    most = f"{place(view.survey.layers[row], head)} with {number(view.values[row, head])}"
    return f"{label} Most: {most}."


def _notice(view: GridView) -> None:
    if not view.ranked:
        return
    row, head = view.ranked[0]
    value, even = float(view.values[row, head]), float(view.even[row, head])
    notice_this(
        f"The head that {view.statistic.most}: **{place(view.survey.layers[row], head)}**, "
        f"**{number(value)}**; a uniform head, one without any preference, gives {number(even)}. "
        f"This is the highest of {len(view.ranked)} heads, on one sentence. Try another sentence."
    )


def heads_frame(survey: Survey) -> pd.DataFrame:
    """A row for each head of each layer: all statistics, then what a uniform head would get."""
    rows, heads = np.nonzero(np.arange(max(survey.n_heads)) < np.array(survey.n_heads)[:, None])
    columns = {STATISTICS[name].short: survey.values[name][rows, heads] for name in NAMES}
    columns |= {
        f"{STATISTICS[name].short} (uniform head)": survey.even[name][rows, heads] for name in NAMES
    }
    places = [np.array(survey.layers)[rows], heads]
    return pd.DataFrame(columns, pd.MultiIndex.from_arrays(places, names=["layer", "head"]))
