"""All heads of the model: which are out, how much each one matters alone, and which matter most."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.charts.heatmap import heatmap
from attention_core.experiments.controls import heads_of, other_heads
from attention_core.experiments.head_effects import SHARE, HeadEffects, spread_of
from attention_core.experiments.knock_out import HeadsOut
from pages.contents import tool
from pages.experiment.knock_out import state
from pages.experiment.knock_out.effect import (
    EFFECTS,
    IS_THAT_MUCH,
    Yardstick,
    against_others,
    changed_run,
    headline,
    result,
    weights_panel,
    yardstick_of,
)
from pages.experiment.knock_out.state import (
    INSTEAD_OF_HEAD,
    OTHERS,
    OUT,
    Measuring,
    Pair,
    all_heads,
    back_buttons,
    heads_out,
    measuring_buttons,
    n_heads,
    toggled,
)
from pages.ui.reader.controls import look_at_head
from pages.ui.reader.real import Subject
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
BEFORE_OUT = (
    "Nothing before its layer was knocked out, so nothing differs in it. Choose a head of "
    "a later layer in the sidebar to see it look elsewhere."
)
EARLIER_OUT = "What is out comes earlier: this head gets other vectors, and looks elsewhere."
N_SHOWN = 10
FOR_EFFECT = "knock_out_for_effect"  # session: what was picked from the ranking, for its effect
INSTEAD = {"zero": "zero", "uniform": "a uniform head", "mean": "its mean"}
WHAT_IS_DONE = {
    "zero": "The head hands over nothing: its context is 0 at every token.",
    "uniform": "Each token gets the plain average of the values it may see, as if all weights were equal.",
    "mean": "Every token gets the same: what this head hands over on average, over all tokens of the built-in sentences.",
}
DRAWN_FROM = {"layers": "the same layers", "model": "the whole model"}


def heads_part(subject: Subject) -> Measuring:
    """The centre of the page; what is to be measured goes on when all is drawn."""
    with st.container(horizontal=True, gap="medium"):
        instead = OUT.choose("of_head", "Replaced by", INSTEAD_OF_HEAD, INSTEAD.__getitem__)
        yardstick = yardstick_of(subject)
    st.markdown(WHAT_IS_DONE[instead])
    measuring = measuring_of(subject, instead)
    change = HeadsOut(heads_out(subject), instead)
    changed = changed_run(subject, change)
    own = yardstick.of(changed.outcome)
    left, right = st.columns([5, 4], gap="large")
    with right:
        st.markdown(f"**Out: {head_names(change.heads)}**")
        headline(yardstick, own)
        if change.heads:
            _against(yardstick, own, change, all_measured=not measuring.left)
    found = head_effects(yardstick, instead)  # after the others, which may have measured a layer
    with left:
        grid_panel(yardstick, found, measuring)
    if found.ranked and (not measuring.left or found.n_layers > 1):
        left, beside = st.columns([4, 5], gap="large")
        with left:
            ranking_panel(yardstick, found, measuring)
    else:  # of the one layer that others are taken from there is no ranking
        beside = st.container()  # with all of the width
    with beside:
        result(yardstick, changed.outcome)
    weights_panel(subject, changed, _explanation(subject, change))
    return measuring


def measuring_of(subject: Subject, instead: str) -> Measuring:
    """Each layer is one piece: its heads are the rows of one batch."""
    run = subject.model_id, subject.sentence, instead
    return Measuring(
        "ranking",
        run,
        subject.layers,
        state.measured_heads(*run),
        lambda layer: state.measure_layer(*run, layer, n_heads(subject)[layer]),
        "Layer",
    )


def head_effects(yardstick: Yardstick, instead: str) -> HeadEffects:
    """What is there so far; nothing is measured here."""
    subject = yardstick.subject
    found = state.measured_heads(subject.model_id, subject.sentence, instead).now()
    of = {
        (layer, head): float(effect)
        for layer in n_heads(subject)
        if layer in found
        for head, effect in enumerate(yardstick.of_layer(instead, layer, found[layer]))
    }
    return HeadEffects(n_heads(subject), of)


def _against(yardstick: Yardstick, own: float, change: HeadsOut, all_measured: bool) -> None:
    st.markdown(IS_THAT_MUCH)
    drawn_from = OUT.choose("others", "Others from", OTHERS, DRAWN_FROM.__getitem__)
    others = other_heads(all_heads(yardstick.subject), change, drawn_from, all_measured)
    alone = len(change.heads) == 1
    against_others(
        yardstick,
        own,
        others,
        [head_names(heads) for heads in heads_of(others.changes)],
        ours=head_names(change.heads) if alone else f"these {len(change.heads)} heads",
        for_effect=st.session_state.get(FOR_EFFECT, ()) == change.heads,
    )


def grid_panel(yardstick: Yardstick, found: HeadEffects, measuring: Measuring) -> None:
    """Click to take a head out or put it back; above it, the button to measure them all."""
    subject, ranked = yardstick.subject, found.ranked
    out, n = heads_out(subject), len(all_heads(subject))
    chosen = (subject.choice.layer, subject.choice.head)
    st.markdown(
        "**Click a head to take it out, or to put it back.** "
        f"Colour: {EFFECTS[yardstick.kind]}, with this head alone out."
    )
    measuring_buttons(measuring, f"Measure all {n} heads: which matter most?", found.n_layers)
    label = f"All {n} heads of {subject.model_id}, layers down, heads across: {len(out)} out."
    if ranked:
        (layer, head), largest = next(iter(ranked.items()))
        label += f" {len(ranked)} measured; largest effect: layer {layer} head {head}, {yardstick.shown(largest)}."
    effects_grid(
        found,
        key="knock_out_grid",
        title="Effect of each head alone",
        on_paper=(f"Effect of each head alone: {subject.model_id}", "effect"),
        name="effect",
        shown=yardstick.shown,
        label=label,
        on_pick=lambda head: _toggle(subject, head),
        selected=chosen,
        diverging=yardstick.is_signed,
        out=out,
        hint="take the head out or put it back",
    )
    with st.container(horizontal=True):
        back_buttons("heads", head_names((chosen,)), out, chosen)


def _toggle(subject: Subject, head: Pair) -> None:
    if head in all_heads(subject):
        OUT.change(heads=toggled(heads_out(subject), head))
        look_at_head(head[1], head[0])


def effects_grid(
    found: HeadEffects,
    *,
    key: str,
    title: str,
    on_paper: tuple[str, str],
    name: str,
    shown: Callable[[float], str],
    label: str,
    on_pick: Callable[[Pair], None],
    selected: Pair,
    diverging: bool,
    hint: str,
    out: tuple[Pair, ...] = (),
) -> None:
    """A number for each head, layers down; `on_paper` has the title and the meaning of the chart to take away."""
    values, ranked, layers = found.grid, found.ranked, [*found.n_heads]
    high = float(np.nanmax(np.abs(values), initial=0.0)) or 1.0
    columns = {"layer": [i for i, _ in ranked], "head": [j for _, j in ranked]}
    rank = pd.RangeIndex(1, len(ranked) + 1, name="rank")
    layer_grid(
        values,
        key=key,
        layers=layers,
        name=name,
        texts=[[UNKNOWN if np.isnan(x) else shown(float(x)) for x in row] for row in values],
        high=high,
        high_text=shown(high).lstrip("+"),
        label=label,
        on_pick=lambda row, head: on_pick((layers[row], head)),
        selected=(layers.index(selected[0]), selected[1]),
        diverging=diverging,
        out=[(layers.index(layer), head) for layer, head in out],
        unknown=UNKNOWN,
        hint=hint,
        numbers=Numbers(
            title,
            lambda: pd.DataFrame(columns | {name: [*ranked.values()]}, rank),
            lambda: heatmap(
                values,
                [str(layer) for layer in layers],
                [str(head) for head in range(values.shape[1])],
                title=on_paper[0],
                meaning=on_paper[1],
                row_title="layer",
                column_title="head",
            ),
        ),
    )


def head_names(heads: tuple[Pair, ...]) -> str:
    """In one line."""
    return ", ".join(f"layer {layer} · head {head}" for layer, head in heads) or "nothing"


def ranking_panel(yardstick: Yardstick, found: HeadEffects, measuring: Measuring) -> None:
    """The table, what its first row is worth, and the way to the chosen head."""
    ours = (yardstick.subject.choice.layer, yardstick.subject.choice.head)
    n = len(found.ranked)
    which = f"{n} heads measured so far" if measuring.left else f"all {n} heads"
    st.markdown(
        f"**{RANKING}**\n\nThe largest effects of {which}. Click a row: only this head is out then."
    )
    _ranking_table(yardstick, found.ranked, ours)
    _spread_of_effects(yardstick, found)
    with st.container(border=True, width="content"):
        st.page_link(
            tool("one-head").file,
            label=f"**Open the chosen head: {head_names((ours,))}**",
            icon=":material/search:",
        )


def _ranking_table(yardstick: Yardstick, effects: dict[Pair, float], ours: Pair) -> None:
    heads = list(effects)
    shown = heads[:N_SHOWN]
    if ours in heads and ours not in shown:
        shown.append(ours)
    column = yardstick.column([effects[head] for head in shown])
    breakdown(
        [Column("rank", [str(heads.index(head) + 1) for head in shown]), column],
        key="knock_out_ranking",
        row_labels=[head_names((head,)) for head in shown],
        row_title="head",
        selected=shown.index(ours) if ours in shown else None,
        label=f"The largest effects of {len(heads)} heads: {head_names((heads[0],))}, {column.cells[0]}",
        on_pick=lambda row: _only(shown[row]),
    )


def _only(head: Pair) -> None:
    OUT.change(heads=(head,))
    st.session_state[FOR_EFFECT] = (head,)
    look_at_head(head[1], head[0])


def _spread_of_effects(yardstick: Yardstick, found: HeadEffects) -> None:
    spread = spread_of(found)
    n_near = spread.n_near
    near = f"{n_near or 'no'} other{'s' * (n_near > 1)} reach{'es' * (n_near < 2)}"
    half, most = (yardstick.shown(size).lstrip("+") for size in (spread.half, spread.most))
    said = (
        f"The largest of {len(found.ranked)} was picked, and the largest of many always looks large. Half of these "
        f"heads have an effect below **{half}**, {SHARE:.0%} below **{most}**; {near} half of the largest. "
    )
    if yardstick.is_signed:
        said += f"Without {spread.n_rising} of them the probability rises."
    notice_this(said)


def _explanation(subject: Subject, change: HeadsOut) -> str:
    layer, head = subject.choice.layer, subject.choice.head
    if not change.heads:
        return NOTHING_OUT
    if (layer, head) in change.heads:
        return THIS_OUT[change.instead]
    return BEFORE_OUT if layer <= min(each for each, _ in change.heads) else EARLIER_OUT
