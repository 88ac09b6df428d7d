"""Heads knocked out: the grid to choose them in, what becomes of the result, and which heads matter most."""

from __future__ import annotations

import streamlit as st

from pages.experiment.knock_out import runs
from pages.experiment.knock_out.against import against_others, is_that_much
from pages.experiment.knock_out.effect import headline, result
from pages.experiment.knock_out.grid import grid_panel, measured, work_of
from pages.experiment.knock_out.measuring import Work
from pages.experiment.knock_out.others import heads_of, other_heads, pairs_text
from pages.experiment.knock_out.ranking import is_ranked, picked_for_effect, ranking_panel
from pages.experiment.knock_out.runs import HeadsOut
from pages.experiment.knock_out.state import INSTEAD_OF_HEAD, OTHERS, OUT, heads_out
from pages.experiment.knock_out.weights import weights_panel
from pages.experiment.knock_out.yardstick import Yardstick, yardstick_of
from pages.ui.reader.ready import Subject
from pages.ui.server.waiting import waiting

INSTEAD = {"zero": "zero", "uniform": "an even head", "mean": "its mean"}
TOLD = {
    "zero": "The head hands over nothing: its context is 0 at every token.",
    "uniform": "Each token gets the plain average of the values it may see, as if all weights were equal.",
    "mean": "Every token gets the same: what this head hands over on average, over all tokens of the built-in sentences.",
}
FROM = {"layers": "the same layers", "model": "the whole model"}


def heads_part(subject: Subject) -> Work:
    """The centre of the page; what is to be measured goes on when all is drawn."""
    with st.container(horizontal=True, gap="medium"):
        instead = OUT.choose("of_head", "Replaced by", INSTEAD_OF_HEAD, INSTEAD.__getitem__)
        yardstick = yardstick_of(subject)
    st.markdown(TOLD[instead])
    work = work_of(subject, instead)
    change = HeadsOut(heads_out(subject), instead)
    choice = subject.choice
    with waiting("The model runs without them …"):
        changed = runs.changed(
            subject.model_id, subject.sentence, change, choice.layer, choice.head
        )
    own = yardstick.of(changed.outcome)
    left, right = st.columns([5, 4], gap="large")
    with right:
        st.markdown(f"**Out: {pairs_text(change.heads)}**")
        headline(yardstick, own)
        if change.heads:
            _against(yardstick, own, change, all_measured=not work.left)
    found = measured(yardstick, instead)  # after the others, which may have measured a layer
    with left:
        grid_panel(found, work)
    if is_ranked(found, work):
        left, beside = st.columns([4, 5], gap="large")
        with left:
            ranking_panel(found, work)
    else:
        beside = st.container()  # with all of the width
    with beside:
        result(yardstick, changed.outcome)
    weights_panel(subject, changed, _said(subject, change))
    return work


def _against(yardstick: Yardstick, own: float, change: HeadsOut, all_measured: bool) -> None:
    is_that_much()
    drawn_from = OUT.choose("others", "Others from", OTHERS, FROM.__getitem__)
    others = other_heads(yardstick.subject, change, drawn_from, all_measured)
    alone = len(change.heads) == 1
    against_others(
        yardstick,
        own,
        others,
        [pairs_text(heads) for heads in heads_of(others.changes)],
        ours=pairs_text(change.heads) if alone else f"these {len(change.heads)} heads",
        for_effect=picked_for_effect() == change.heads,
    )


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
