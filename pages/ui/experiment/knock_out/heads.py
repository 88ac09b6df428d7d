"""Heads knocked out: the grid to choose them in, what becomes of the result, and which heads matter most."""

from __future__ import annotations

import numpy as np
import streamlit as st

from pages.ui.breakdown import Column, breakdown
from pages.ui.controls import look_at_head
from pages.ui.experiment.knock_out import runs
from pages.ui.experiment.knock_out.against import against_others, is_that_much
from pages.ui.experiment.knock_out.effect import headline, result
from pages.ui.experiment.knock_out.grid import Measured, grid_panel, measured, work_of
from pages.ui.experiment.knock_out.link import INSTEAD_OF_HEAD, OTHERS, Pair
from pages.ui.experiment.knock_out.measuring import Work
from pages.ui.experiment.knock_out.others import heads_of, other_heads, pairs_text
from pages.ui.experiment.knock_out.runs import HeadsOut
from pages.ui.experiment.knock_out.state import choose, heads_out, keep
from pages.ui.experiment.knock_out.weights import weights_panel
from pages.ui.experiment.knock_out.yardstick import Yardstick, yardstick_of
from pages.ui.experiment.ready import Subject
from pages.ui.parts import notice_this
from pages.ui.tools import tool

INSTEAD = {"zero": "zero", "uniform": "an even head", "mean": "its mean"}
TOLD = {
    "zero": "The head hands over nothing: its context is 0 at every token.",
    "uniform": "Each token gets the plain average of the values it may see, as if all weights were equal.",
    "mean": "Every token gets the same: what this head hands over on average, over all tokens of the built-in sentences.",
}
FROM = {"layers": "the same layers", "model": "the whole model"}
N_SHOWN = 10
SHARE = 0.9  # of the heads, to say how far they spread


def heads_part(subject: Subject) -> Work:
    """The centre of the page; what is to be measured goes on when all is drawn."""
    with st.container(horizontal=True, gap="medium"):
        instead = choose("of_head", "Replaced by", INSTEAD_OF_HEAD, INSTEAD.__getitem__)
        yardstick = yardstick_of(subject)
    st.markdown(TOLD[instead])
    work = work_of(subject, instead)
    change = HeadsOut(heads_out(subject), instead)
    choice = subject.choice
    with st.spinner("The model runs without them …", show_time=True):
        changed = runs.changed(
            subject.model_id, subject.sentence, change, choice.layer, choice.head
        )
    own = yardstick.of(changed.outcome)
    left, right = st.columns([5, 4], gap="large")
    with right:
        st.markdown(f"**Out: {pairs_text(change.heads)}**")
        headline(yardstick, own)
        if change.heads:
            _against(yardstick, own, change)
    found = measured(yardstick, instead)  # after the others, which may have measured a layer
    with left:
        grid_panel(found, work)
    left, right = st.columns([4, 5], gap="large")
    with left:
        _ranking(found, work)
    with right:
        result(yardstick, changed.outcome)
    weights_panel(subject, changed, _said(subject, change))
    return work


def _against(yardstick: Yardstick, own: float, change: HeadsOut) -> None:
    is_that_much()
    drawn_from = choose("others", "Others from", OTHERS, FROM.__getitem__)
    others = other_heads(yardstick.subject, change, drawn_from)
    more = "Take others from the whole model." if drawn_from == OTHERS[0] else ""
    alone = len(change.heads) == 1
    against_others(
        yardstick,
        own,
        others,
        [pairs_text(heads) for heads in heads_of(others.changes)],
        ours=pairs_text(change.heads) if alone else f"these {len(change.heads)} heads",
        more=more,
    )


def _ranking(found: Measured, work: Work) -> None:
    """The heads with the largest effects, and how far all of them spread."""
    yardstick, heads = found.yardstick, found.heads
    st.markdown("**Which heads matter most?**")
    if work.left and found.n_layers < 2:
        st.markdown("Not yet measured: the button above the picture does it.")
        return
    values = np.array([found.of(head) for head in heads])
    sizes = np.abs(values)
    shown = heads[:N_SHOWN]
    ours = (found.subject.choice.layer, found.subject.choice.head)
    if ours in heads and ours not in shown:
        shown.append(ours)
    n_all = not work.left
    st.markdown(
        f"The largest effects of {'all ' if n_all else ''}{len(heads)} heads"
        f"{'' if n_all else ' measured so far'}. Click a row: only this head is out then."
    )
    breakdown(
        [
            Column("rank", [str(heads.index(head) + 1) for head in shown]),
            Column(
                "effect",
                [yardstick.shown(found.of(head)) for head in shown],
                "output",
                bars=[abs(found.of(head)) / max(float(sizes[0]), 1e-12) for head in shown],
                help="Bars: the size, whatever the sign",
            ),
        ],
        key="knock_out_ranking",
        row_labels=[f"layer {layer} · head {head}" for layer, head in shown],
        row_title="head",
        selected=shown.index(ours) if ours in shown else None,
        label=f"The largest effects of {len(heads)} heads: {pairs_text((heads[0],))}, {yardstick.shown(values[0])}",
        on_pick=lambda row: _only(shown[row]),
    )
    _spread(yardstick, heads, values)
    with st.container(border=True, width="content"):
        st.page_link(
            tool("one-head").file,
            label=f"**Open the chosen head: layer {ours[0]} · head {ours[1]}**",
            icon=":material/search:",
        )


def _only(head: Pair) -> None:
    keep(heads=(head,))
    look_at_head(head[1], head[0])


def _spread(yardstick: Yardstick, heads: list[Pair], values: np.ndarray) -> None:
    sizes = np.abs(values)
    n_more = int((sizes >= sizes[0] / 2).sum()) - 1
    near = f"{n_more or 'no'} other{'s' * (n_more > 1)} reach{'es' * (n_more < 2)}"
    said = (
        f"The largest of {len(heads)} was picked, and the largest of many always looks large. Half of these heads "
        f"have an effect below **{yardstick.shown(float(np.median(sizes))).lstrip('+')}**, {SHARE:.0%} below "
        f"**{yardstick.shown(float(np.quantile(sizes, SHARE))).lstrip('+')}**; {near} half of the largest. "
    )
    if yardstick.is_signed:
        said += f"Without {int((values > 0).sum())} of them the probability rises."
    notice_this(said)


def _said(subject: Subject, change: HeadsOut) -> str:
    layer, head = subject.choice.layer, subject.choice.head
    if not change.heads:
        return "Nothing is out, so nothing differs."
    if (layer, head) in change.heads:
        return {
            "zero": "It is out: nobody gets anything from it, so its weights are 0.",
            "uniform": "It is out: every token looks at all it may see alike.",
            "mean": "It is out, though its weights look as before: nothing is made of them.",
        }[change.instead]
    if layer <= min(each for each, _ in change.heads):
        return (
            "Its layer comes before all that is out, or is the same, so nothing differs in it. Choose a head of "
            "a later layer in the sidebar to see it look elsewhere."
        )
    return "What is out comes earlier: this head gets other vectors, and looks elsewhere."
