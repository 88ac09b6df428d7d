"""The grid of all heads, what the shown statistic means, and its numbers as a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.head_statistics import NAMES, Survey, ranked
from attention_core.charts.heatmap import heads_heatmap
from pages.explore.all_heads import runs
from pages.ui.reader.controls import look_at_head
from pages.ui.widgets.head_grid import layer_grid
from pages.ui.widgets.parts import notice_this, one_of
from pages.ui.widgets.statistics import KINDS, STATISTICS, Statistic, place, read, span
from pages.ui.widgets.takeaway import Numbers
from pages.ui.widgets.wording import number

NUMBERS, PICTURES = "Numbers", "Thumbnails"


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
    view = left.segmented_control(
        "Show",
        (NUMBERS, PICTURES),
        default=NUMBERS,
        key="all_heads_view",
        required=True,
        wrap=True,
        persist_state="session",
    )
    return name, view == PICTURES


def grid_panel(view: GridView, as_pictures: bool) -> None:
    """The canvas, one sentence on what it shows and one on what to notice."""
    statistic, order = view.statistic, view.ranked
    own_scale = runs.has_own_scale(view.model_id, view.sentence, view.kind)
    st.markdown(
        _about_pictures(own_scale) if as_pictures else f"**{statistic.title}**: {statistic.says}"
    )
    if not order:
        st.info(statistic.missing)
    pictures = runs.pictures(view.model_id, view.sentence, view.kind) if as_pictures else None
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
        pictures=pictures,
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


def _about_pictures(own_scale: bool) -> str:
    text = "**Every head's heatmap, small.** Rows ask, columns offer. Click one to open it."
    if own_scale:
        text += (
            " With so many tokens each picture has a scale of its own, and a pixel shows the largest "
            "weight of neighbouring cells."
        )
    return text


def _label(view: GridView, as_pictures: bool) -> str:
    """The grid in words, made from its numbers."""
    n_heads = sum(view.survey.n_heads)
    what = "as thumbnails of their heatmaps" if as_pictures else f"by {view.statistic.title}"
    label = f"All {n_heads} heads of {view.model_id}, layers down, heads across, {what}."
    if view.ranked:
        row, head = view.ranked[0]
        label += (
            f" Most: {place(view.survey.layers[row], head)} with {number(view.values[row, head])}."
        )
    return label


def _notice(view: GridView) -> None:
    if not view.ranked:
        return
    row, head = view.ranked[0]
    value, even = float(view.values[row, head]), float(view.even[row, head])
    notice_this(
        f"The head that {view.statistic.most}: **{place(view.survey.layers[row], head)}**, "
        f"**{number(value)}**; an even head, one without any preference, gives {number(even)}. "
        f"It is the most of {len(view.ranked)} heads on one sentence: try another sentence."
    )


def heads_frame(survey: Survey) -> pd.DataFrame:
    """A row for each head of each layer: all statistics, then what an even head would get."""
    places = [(row, head) for row, n_heads in enumerate(survey.n_heads) for head in range(n_heads)]
    rows, heads = (np.array(each) for each in zip(*places, strict=True))
    columns = {STATISTICS[name].short: survey.values[name][rows, heads] for name in NAMES}
    columns |= {
        f"{STATISTICS[name].short} (even head)": survey.even[name][rows, heads] for name in NAMES
    }
    index = pd.MultiIndex.from_arrays(
        [np.array(survey.layers)[rows], heads], names=["layer", "head"]
    )
    return pd.DataFrame(columns, index=index)
