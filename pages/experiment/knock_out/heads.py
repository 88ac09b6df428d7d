"""All heads of the model: which are out, how much each one matters alone, and which matter most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.charts.export import Picture
from attention_core.charts.heatmap import heatmap
from attention_core.experiments.controls import heads_of, other_heads
from attention_core.experiments.knock_out import HeadsOut
from pages.contents import tool
from pages.experiment.knock_out import runs
from pages.experiment.knock_out.controls import against_others, is_that_much
from pages.experiment.knock_out.effect import (
    EFFECTS,
    Yardstick,
    headline,
    result,
    weights_panel,
    yardstick_of,
)
from pages.experiment.knock_out.runs import Measuring, measuring_buttons
from pages.experiment.knock_out.state import (
    INSTEAD_OF_HEAD,
    OTHERS,
    OUT,
    Pair,
    all_heads,
    back_buttons,
    heads_out,
    toggled,
)
from pages.ui.reader.controls import look_at_head
from pages.ui.reader.real import Subject
from pages.ui.server.waiting import waiting
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.head_grid import layer_grid
from pages.ui.widgets.parts import notice_this
from pages.ui.widgets.takeaway import Numbers

UNKNOWN = "not yet measured"
RANKING = "Which heads matter most?"
NOTHING_OUT = "Nothing is out, so nothing differs."
THIS_OUT = {
    "zero": "It is out: nobody gets anything from it, so its weights are 0.",
    "uniform": "It is out: every token looks at all it may see alike.",
    "mean": "It is out, though its weights look as before: nothing is made of them.",
}
EARLIER_OUT = "What is out comes earlier: this head gets other vectors, and looks elsewhere."
N_SHOWN = 10
FOR_EFFECT = "knock_out_for_effect"  # session
SHARE = 0.9  # of the heads, to say how far they spread
INSTEAD = {"zero": "zero", "uniform": "an even head", "mean": "its mean"}
WHAT_IS_DONE = {
    "zero": "The head hands over nothing: its context is 0 at every token.",
    "uniform": "Each token gets the plain average of the values it may see, as if all weights were equal.",
    "mean": "Every token gets the same: what this head hands over on average, over all tokens of the built-in sentences.",
}
DRAWN_FROM = {"layers": "the same layers", "model": "the whole model"}


@dataclass(frozen=True)
class HeadEffects:
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


def head_effects(yardstick: Yardstick, instead: str) -> HeadEffects:
    """What is there so far; nothing is measured here."""
    subject = yardstick.subject
    model_id, text, layers = subject.model_id, subject.sentence, subject.capture.layers
    found = runs.measured_heads(model_id, text, instead).now()
    values = np.full((len(subject.layers), max(layers[i].n_heads for i in subject.layers)), np.nan)
    for row, layer in enumerate(subject.layers):
        if layer in found:
            values[row, : len(found[layer])] = yardstick.of_layer(instead, layer, found[layer])
    return HeadEffects(yardstick, instead, values)


def measuring_of(subject: Subject, instead: str) -> Measuring:
    """Each layer is one piece: its heads are the rows of one batch."""
    model_id, text = subject.model_id, subject.sentence

    def measure(layer: int) -> None:
        n_heads = subject.capture.layers[layer].n_heads
        runs.measure_layer(model_id, text, instead, layer, n_heads)

    return Measuring(
        "ranking",
        (model_id, text, instead),
        subject.layers,
        runs.measured_heads(model_id, text, instead),
        measure,
        "Layer",
    )


def grid_panel(found: HeadEffects, measuring: Measuring) -> None:
    """Click to take a head out or put it back; above it, the button to measure them all."""
    subject, yardstick = found.subject, found.yardstick
    out, heads, layers = heads_out(subject), all_heads(subject), subject.layers
    high = float(np.nanmax(np.abs(found.values), initial=0.0)) or 1.0
    st.markdown(
        "**Click a head to take it out, or to put it back.** "
        f"Colour: {EFFECTS[yardstick.kind]}, with this head alone out."
    )
    measuring_buttons(
        measuring, f"Measure all {len(heads)} heads: which matter most?", found.n_layers
    )
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
        numbers=Numbers(
            "Effect of each head alone",
            lambda: ranked_frame({head: found.of(head) for head in found.heads}, "effect"),
            lambda: layers_on_paper(
                found.values, layers, f"Effect of each head alone: {subject.model_id}", "effect"
            ),
        ),
    )
    chosen = (subject.choice.layer, subject.choice.head)
    with st.container(horizontal=True):
        back_buttons("heads", head_names((chosen,)), out, chosen)


def _text(yardstick: Yardstick, value: float) -> str:
    return UNKNOWN if np.isnan(value) else yardstick.shown(value)


def _label(found: HeadEffects, heads: list[Pair], out: tuple[Pair, ...]) -> str:
    known = found.heads
    label = f"All {len(heads)} heads of {found.subject.model_id}, layers down, heads across: {len(out)} out."
    if known:
        layer, head = known[0]
        value = found.yardstick.shown(found.of(known[0]))
        label += f" {len(known)} measured; largest effect: layer {layer} head {head}, {value}."
    return label


def _toggle(subject: Subject, head: Pair) -> None:
    if head in all_heads(subject):
        OUT.change(heads=toggled(heads_out(subject), head))
        look_at_head(head[1], head[0])


def ranked_frame(effects: Mapping[Pair, float], name: str) -> pd.DataFrame:
    """A row for each head, in the order given."""
    return pd.DataFrame(
        {
            "layer": [layer for layer, _ in effects],
            "head": [head for _, head in effects],
            name: [*effects.values()],
        },
        index=pd.RangeIndex(1, len(effects) + 1, name="rank"),
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


def picked_for_effect() -> tuple[Pair, ...]:
    """The head that the reader took from the ranking, which is sorted by effect."""
    return st.session_state.get(FOR_EFFECT, ())


def head_names(heads: tuple[Pair, ...]) -> str:
    """In one line."""
    return ", ".join(f"layer {layer} · head {head}" for layer, head in heads) or "nothing"


def is_ranked(found: HeadEffects, measuring: Measuring) -> bool:
    """Whether enough is measured: all, or more than the one layer that others are taken from."""
    return bool(found.heads) and (not measuring.left or found.n_layers > 1)


def ranking_panel(found: HeadEffects, measuring: Measuring) -> None:
    """The table, what its first row is worth, and the way to the chosen head."""
    st.markdown(f"**{RANKING}**")
    ours = (found.subject.choice.layer, found.subject.choice.head)
    n = len(found.heads)
    which = f"{n} heads measured so far" if measuring.left else f"all {n} heads"
    st.markdown(f"The largest effects of {which}. Click a row: only this head is out then.")
    _ranking_table(found, ours)
    _spread_of_effects(found)
    with st.container(border=True, width="content"):
        st.page_link(
            tool("one-head").file,
            label=f"**Open the chosen head: {head_names((ours,))}**",
            icon=":material/search:",
        )


def _ranking_table(found: HeadEffects, ours: Pair) -> None:
    heads = found.heads
    shown = heads[:N_SHOWN]
    if ours in heads and ours not in shown:
        shown.append(ours)
    effects = [found.of(head) for head in shown]
    texts = [found.yardstick.shown(effect) for effect in effects]
    largest = max(abs(effects[0]), 1e-12)
    breakdown(
        [
            Column("rank", [str(heads.index(head) + 1) for head in shown]),
            Column(
                "effect",
                texts,
                "output",
                bars=[abs(effect) / largest for effect in effects],
                help="Bars: the size, whatever the sign",
            ),
        ],
        key="knock_out_ranking",
        row_labels=[head_names((head,)) for head in shown],
        row_title="head",
        selected=shown.index(ours) if ours in shown else None,
        label=f"The largest effects of {len(heads)} heads: {head_names((heads[0],))}, {texts[0]}",
        on_pick=lambda row: _only(shown[row]),
    )


def _only(head: Pair) -> None:
    OUT.change(heads=(head,))
    st.session_state[FOR_EFFECT] = (head,)
    look_at_head(head[1], head[0])


def _spread_of_effects(found: HeadEffects) -> None:
    values = np.array([found.of(head) for head in found.heads])
    sizes = np.abs(values)
    n_more = int((sizes >= sizes[0] / 2).sum()) - 1
    near = f"{n_more or 'no'} other{'s' * (n_more > 1)} reach{'es' * (n_more < 2)}"
    half, most = (
        found.yardstick.shown(float(np.quantile(sizes, share))).lstrip("+")
        for share in (0.5, SHARE)
    )
    said = (
        f"The largest of {len(values)} was picked, and the largest of many always looks large. Half of these "
        f"heads have an effect below **{half}**, {SHARE:.0%} below **{most}**; {near} half of the largest. "
    )
    if found.yardstick.is_signed:
        said += f"Without {int((values > 0).sum())} of them the probability rises."
    notice_this(said)


def heads_part(subject: Subject) -> Measuring:
    """The centre of the page; what is to be measured goes on when all is drawn."""
    with st.container(horizontal=True, gap="medium"):
        instead = OUT.choose("of_head", "Replaced by", INSTEAD_OF_HEAD, INSTEAD.__getitem__)
        yardstick = yardstick_of(subject)
    st.markdown(WHAT_IS_DONE[instead])
    measuring = measuring_of(subject, instead)
    change = HeadsOut(heads_out(subject), instead)
    choice = subject.choice
    with waiting("The model runs without them …"):
        changed = runs.changed(
            subject.model_id, subject.sentence, change, choice.layer, choice.head
        )
    own = yardstick.of(changed.outcome)
    left, right = st.columns([5, 4], gap="large")
    with right:
        st.markdown(f"**Out: {head_names(change.heads)}**")
        headline(yardstick, own)
        if change.heads:
            _against(yardstick, own, change, all_measured=not measuring.left)
    found = head_effects(yardstick, instead)  # after the others, which may have measured a layer
    with left:
        grid_panel(found, measuring)
    if is_ranked(found, measuring):
        left, beside = st.columns([4, 5], gap="large")
        with left:
            ranking_panel(found, measuring)
    else:
        beside = st.container()  # with all of the width
    with beside:
        result(yardstick, changed.outcome)
    weights_panel(subject, changed, _explanation(subject, change))
    return measuring


def _against(yardstick: Yardstick, own: float, change: HeadsOut, all_measured: bool) -> None:
    is_that_much()
    drawn_from = OUT.choose("others", "Others from", OTHERS, DRAWN_FROM.__getitem__)
    others = other_heads(all_heads(yardstick.subject), change, drawn_from, all_measured)
    alone = len(change.heads) == 1
    against_others(
        yardstick,
        own,
        others,
        [head_names(heads) for heads in heads_of(others.changes)],
        ours=head_names(change.heads) if alone else f"these {len(change.heads)} heads",
        for_effect=picked_for_effect() == change.heads,
    )


def _explanation(subject: Subject, change: HeadsOut) -> str:
    layer, head = subject.choice.layer, subject.choice.head
    if not change.heads:
        return NOTHING_OUT
    if (layer, head) in change.heads:
        return THIS_OUT[change.instead]
    if layer <= min(each for each, _ in change.heads):
        return (
            "Its layer comes before all that is out, or is the same, so nothing differs in it. Choose a head of "
            "a later layer in the sidebar to see it look elsewhere."
        )
    return EARLIER_OUT
