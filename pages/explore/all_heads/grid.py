"""The grid of all heads, what the shown statistic means, and its numbers as a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.head_statistics import NAMES, Survey, ranked
from attention_core.charts.export import Picture
from attention_core.charts.heatmap import heatmap
from pages.explore.all_heads.runs import has_own_scale, small_pictures
from pages.ui.reader.controls import look_at_head
from pages.ui.widgets.layer_grid import layer_grid
from pages.ui.widgets.parts import notice_this, one_of
from pages.ui.widgets.statistics import KINDS, TOLD, Told, place, read, span
from pages.ui.widgets.takeaway import table_twin
from pages.ui.widgets.wording import number

NUMBERS, PICTURES = "Numbers", "Thumbnails"


@dataclass(frozen=True)
class Shown:
    """All heads of one kind of layer on the reader's sentence, and the statistic that is looked at."""

    model_id: str
    sentence: str
    kind: str
    survey: Survey
    name: str  # of the statistic
    layer: int  # the chosen head's
    head: int

    @property
    def told(self) -> Told:
        return TOLD[self.name]

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
        format_func=lambda name: TOLD[name].title,
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


def grid_panel(shown: Shown, as_pictures: bool) -> None:
    """The canvas, one sentence on what it shows, one on what to notice, and the table twin."""
    told, order = shown.told, shown.ranked
    own_scale = has_own_scale(shown.model_id, shown.sentence, shown.kind)
    st.markdown(_pictures_say(own_scale) if as_pictures else f"**{told.title}**: {told.says}")
    if not order:
        st.info(told.missing)
    pictures = small_pictures(shown.model_id, shown.sentence, shown.kind) if as_pictures else None
    high = float(np.nanmax(shown.values)) if order else 1.0
    layer_grid(
        shown.values,
        key="all_heads_grid",
        layers=shown.survey.layers,
        name=told.short,
        texts=[[read(float(value)) for value in row] for row in shown.values],
        high=high or 1.0,
        high_text=number(high),
        even=span(shown.even) if order else "–",
        selected=shown.chosen,
        pictures=pictures,
        own_scale=own_scale,
        label=_label(shown, as_pictures),
        on_pick=shown.pick,
    )
    _notice(shown)
    table_twin(
        f"All heads of {shown.model_id}",
        lambda: heads_frame(shown.survey),
        key="all_heads_twin",
        chart=lambda: _on_paper(shown),
    )


def _on_paper(shown: Shown) -> Picture:
    return heatmap(
        shown.values,
        [str(layer) for layer in shown.survey.layers],
        [str(head) for head in range(shown.values.shape[1])],
        title=f"{shown.told.title}: {shown.model_id}",
        meaning=shown.told.short,
        row_title="layer",
        column_title="head",
    )


def _pictures_say(own_scale: bool) -> str:
    said = "**Every head's heatmap, small.** Rows ask, columns offer. Click one to open it."
    if own_scale:
        said += (
            " With so many tokens each picture has a scale of its own, and a pixel shows the largest "
            "weight of neighbouring cells."
        )
    return said


def _label(shown: Shown, as_pictures: bool) -> str:
    """The grid in words, made from its numbers."""
    n_heads = sum(shown.survey.n_heads)
    what = "as thumbnails of their heatmaps" if as_pictures else f"by {shown.told.title}"
    label = f"All {n_heads} heads of {shown.model_id}, layers down, heads across, {what}."
    if shown.ranked:
        row, head = shown.ranked[0]
        label += f" Most: {place(shown.survey.layers[row], head)} with {number(shown.values[row, head])}."
    return label


def _notice(shown: Shown) -> None:
    if not shown.ranked:
        return
    row, head = shown.ranked[0]
    value, even = float(shown.values[row, head]), float(shown.even[row, head])
    notice_this(
        f"The head that {shown.told.most}: **{place(shown.survey.layers[row], head)}**, "
        f"**{number(value)}**; an even head, one without any preference, gives {number(even)}. "
        f"It is the most of {len(shown.ranked)} heads on one sentence: try another sentence."
    )


def heads_frame(survey: Survey) -> pd.DataFrame:
    """A row for each head of each layer: all statistics, then what an even head would get."""
    places = [(row, head) for row, n_heads in enumerate(survey.n_heads) for head in range(n_heads)]
    rows, heads = (np.array(each) for each in zip(*places, strict=True))
    columns = {TOLD[name].short: survey.values[name][rows, heads] for name in NAMES}
    columns |= {f"{TOLD[name].short} (even head)": survey.even[name][rows, heads] for name in NAMES}
    index = pd.MultiIndex.from_arrays(
        [np.array(survey.layers)[rows], heads], names=["layer", "head"]
    )
    return pd.DataFrame(columns, index=index)
