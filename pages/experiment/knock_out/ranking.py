"""Which heads matter most, each alone: the largest effects, held against the spread of all."""

from __future__ import annotations

import numpy as np
import streamlit as st

from pages.experiment.knock_out.grid import Measured
from pages.experiment.knock_out.measuring import Work
from pages.experiment.knock_out.others import pairs_text
from pages.experiment.knock_out.state import OUT, Pair
from pages.tools import tool
from pages.ui.reader.controls import look_at_head
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import notice_this

N_SHOWN = 10
FOR_EFFECT = "knock_out_for_effect"  # session
SHARE = 0.9  # of the heads, to say how far they spread


def picked_for_effect() -> tuple[Pair, ...]:
    """The head that the reader took from the ranking, which is sorted by effect."""
    return st.session_state.get(FOR_EFFECT, ())


def is_ranked(found: Measured, work: Work) -> bool:
    """Whether enough is measured: all, or more than the one layer that others are taken from."""
    return bool(found.heads) and (not work.left or found.n_layers > 1)


def ranking_panel(found: Measured, work: Work) -> None:
    """The table, what its first row is worth, and the way to the chosen head."""
    st.markdown("**Which heads matter most?**")
    ours = (found.subject.choice.layer, found.subject.choice.head)
    n = len(found.heads)
    which = f"{n} heads measured so far" if work.left else f"all {n} heads"
    st.markdown(f"The largest effects of {which}. Click a row: only this head is out then.")
    _table(found, ours)
    _spread(found)
    with st.container(border=True, width="content"):
        st.page_link(
            tool("one-head").file,
            label=f"**Open the chosen head: {pairs_text((ours,))}**",
            icon=":material/search:",
        )


def _table(found: Measured, ours: Pair) -> None:
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
        row_labels=[pairs_text((head,)) for head in shown],
        row_title="head",
        selected=shown.index(ours) if ours in shown else None,
        label=f"The largest effects of {len(heads)} heads: {pairs_text((heads[0],))}, {texts[0]}",
        on_pick=lambda row: _only(shown[row]),
    )


def _only(head: Pair) -> None:
    OUT.change(heads=(head,))
    st.session_state[FOR_EFFECT] = (head,)
    look_at_head(head[1], head[0])


def _spread(found: Measured) -> None:
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
