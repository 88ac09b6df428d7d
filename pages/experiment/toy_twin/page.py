"""Toy twin: a real head reduced to a few numbers per token, to be changed by hand, and how far off it is."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from pages.experiment.toy_twin.editor import editor
from pages.experiment.toy_twin.numbers import (
    against_chance,
    explanation,
    statement,
    table,
    what_it_saves,
)
from pages.experiment.toy_twin.pictures import pictures
from pages.experiment.toy_twin.runs import Copied
from pages.experiment.toy_twin.state import (
    TWIN,
    chosen_r,
    current_twin,
    write_twin_to_link,
)
from pages.experiment.toy_twin.subject import (
    copied_or_why,
    real_of,
    say_first_tokens,
    twin_name,
    twin_of,
)
from pages.ui.reader.controls import Choice, chosen
from pages.ui.reader.outside import outside
from pages.ui.reader.real import read_or_wait, say_cut
from pages.ui.reader.toy_state import Toy
from pages.ui.widgets.parts import toy_of_sentence
from pages.ui.widgets.softmax_panel import softmax_panel


def experiment(main: Toy, choice: Choice) -> None:
    """The head through the model, then all that follows from it."""
    around = outside(main)
    TWIN.take()
    capture = read_or_wait(choice.model_id, choice.sentence, key="toy_twin")
    if capture is None:
        return
    say_cut(capture)
    copy = copied_or_why(capture, choice)
    if copy is None:
        return
    say_first_tokens(capture, choice, copy.mask)
    twin_and_head(main, choice, copy, around)


@st.fragment
def twin_and_head(main: Toy, choice: Choice, copy: Copied, around: object) -> None:
    """All in one fragment, because one edit moves everything; what stands around it follows when it must."""
    real = real_of(main.current, choice, copy)
    toy = current_twin(choice, copy)
    if around != outside(main):
        st.rerun()
    r, twin = chosen_r(copy), twin_of(toy, real)
    statement(copy, r)
    errors, words = st.columns([7, 5], gap="large")
    with errors:
        table(copy, r, on_pick=lambda picked: TWIN.change(r=picked))
    with words:
        explanation(copy)
        what_it_saves(copy)
    against_chance(copy, r)
    st.header("The head and its twin", anchor=False)
    st.markdown("Rows ask, columns offer. Click a cell: its row and column are marked everywhere.")
    pictures(real, twin, twin_name(toy))
    st.header("Change a number of the twin", anchor=False)
    editor(toy, twin)
    st.header("The softmax of the chosen row", anchor=False)
    st.markdown(
        "The scores of the two may differ by a constant; from “− max” on, the numbers can be compared."
    )
    for side, world in zip(st.columns(2, gap="large"), (real, twin), strict=True):
        with side:
            st.text(world.title)
            softmax_panel(world)
    write_twin_to_link(toy)


toy_of_text = toy_of_sentence()
if toy_of_text is not None:
    experiment(toy_of_text, replace(chosen(), sentence=toy_of_text.current.sentence))
