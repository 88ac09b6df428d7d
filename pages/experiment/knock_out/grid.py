"""All heads of the model: which are out, and how much each one matters alone, as far as that is measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.charts.export import Picture
from attention_core.charts.heatmap import heatmap
from pages.experiment.knock_out import runs
from pages.experiment.knock_out.measuring import Work, controls
from pages.experiment.knock_out.others import pairs_text
from pages.experiment.knock_out.state import OUT, Pair, all_heads, back_buttons, heads_out, toggled
from pages.experiment.knock_out.yardstick import EFFECTS, Yardstick
from pages.ui.reader.controls import look_at_head
from pages.ui.reader.ready import Subject
from pages.ui.widgets.layer_grid import layer_grid
from pages.ui.widgets.takeaway import table_twin

UNKNOWN = "not yet measured"


@dataclass(frozen=True)
class Measured:
    """The effect of every head alone, by one yardstick: nan where it is not measured."""

    yardstick: Yardstick
    instead: str
    values: np.ndarray  # (n_layers, most heads), a row for each of subject.layers

    @property
    def subject(self) -> Subject:
        return self.yardstick.subject

    @property
    def heads(self) -> list[Pair]:
        """(layer, head) of those that are measured, the largest effect first."""
        rows, heads = np.nonzero(np.isfinite(self.values))
        order = np.argsort(-np.abs(self.values[rows, heads]), kind="stable")
        layers = self.subject.layers
        return [(layers[rows[i]], int(heads[i])) for i in order]

    @property
    def n_layers(self) -> int:
        return int(np.isfinite(self.values).any(axis=1).sum())

    def of(self, head: Pair) -> float:
        return float(self.values[self.subject.layers.index(head[0]), head[1]])


def measured(yardstick: Yardstick, instead: str) -> Measured:
    """What is there so far; nothing is measured here."""
    subject = yardstick.subject
    model_id, text, layers = subject.model_id, subject.sentence, subject.capture.layers
    found = runs.measured_heads(model_id, text, instead).now()
    values = np.full((len(subject.layers), max(layers[i].n_heads for i in subject.layers)), np.nan)
    for row, layer in enumerate(subject.layers):
        if layer in found:
            values[row, : len(found[layer])] = yardstick.of_layer(instead, layer, found[layer])
    return Measured(yardstick, instead, values)


def work_of(subject: Subject, instead: str) -> Work:
    """Each layer is one piece: its heads are the rows of one batch."""
    model_id, text = subject.model_id, subject.sentence

    def measure(layer: int) -> None:
        n_heads = subject.capture.layers[layer].n_heads
        runs.measure_layer(model_id, text, instead, layer, n_heads)

    return Work(
        "ranking",
        (model_id, text, instead),
        subject.layers,
        runs.measured_heads(model_id, text, instead),
        measure,
        "Layer",
    )


def grid_panel(found: Measured, work: Work) -> None:
    """Click to take a head out or put it back; above it, the button to measure them all."""
    subject, yardstick = found.subject, found.yardstick
    out, heads, layers = heads_out(subject), all_heads(subject), subject.layers
    high = float(np.nanmax(np.abs(found.values), initial=0.0)) or 1.0
    st.markdown(
        "**Click a head to take it out, or to put it back.** "
        f"Colour: {EFFECTS[yardstick.kind]}, with this head alone out."
    )
    controls(work, f"Measure all {len(heads)} heads: which matter most?", found.n_layers)
    layer_grid(
        found.values,
        key="knock_out_grid",
        layers=layers,
        name="effect",
        texts=[[_text(yardstick, value) for value in row] for row in found.values],
        high=high,
        high_text=yardstick.shown(high).lstrip("+"),
        label=_label(found, heads, out),
        on_pick=lambda row, head: _toggle(subject, (layers[row], head)),
        selected=(layers.index(subject.choice.layer), subject.choice.head),
        diverging=yardstick.is_signed,
        out=[(layers.index(layer), head) for layer, head in out],
        unknown=UNKNOWN,
        hint="take the head out or put it back",
    )
    chosen = (subject.choice.layer, subject.choice.head)
    with st.container(horizontal=True):
        back_buttons("heads", pairs_text((chosen,)), out, chosen)
    table_twin(
        "Effect of each head alone",
        lambda: _frame(found),
        key="knock_out_grid_twin",
        chart=lambda: layers_on_paper(
            found.values, layers, f"Effect of each head alone: {subject.model_id}", "effect"
        ),
    )


def _text(yardstick: Yardstick, value: float) -> str:
    return UNKNOWN if np.isnan(value) else yardstick.shown(value)


def _label(found: Measured, heads: list[Pair], out: tuple[Pair, ...]) -> str:
    known = found.heads
    said = f"All {len(heads)} heads of {found.subject.model_id}, layers down, heads across: {len(out)} out."
    if known:
        layer, head = known[0]
        value = found.yardstick.shown(found.of(known[0]))
        said += f" {len(known)} measured; largest effect: layer {layer} head {head}, {value}."
    return said


def _toggle(subject: Subject, head: Pair) -> None:
    if head in all_heads(subject):
        OUT.change(heads=toggled(heads_out(subject), head))
        look_at_head(head[1], head[0])


def _frame(found: Measured) -> pd.DataFrame:
    heads = found.heads
    return pd.DataFrame(
        {
            "layer": [layer for layer, _ in heads],
            "head": [head for _, head in heads],
            "effect": [found.of(each) for each in heads],
        },
        index=pd.RangeIndex(1, len(heads) + 1, name="rank"),
    )


def layers_on_paper(values: np.ndarray, layers: Sequence[int], title: str, meaning: str) -> Picture:
    """A number for each head, layers down, as a chart to take away."""
    heads = [str(head) for head in range(values.shape[1])]
    return heatmap(
        values,
        [str(layer) for layer in layers],
        heads,
        title=title,
        meaning=meaning,
        row_title="layer",
        column_title="head",
    )
