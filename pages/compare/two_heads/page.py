"""Two heads, two layers, two sentences or two models: A, B and B − A, and how far they are apart."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from attention_core.pretrained.layers import Capture
from pages.compare.two_heads.figures import changes, copy_as_python, figures, left_out, the_formula
from pages.compare.two_heads.pair import Pair, distances_to_all, token_pair, word_pair
from pages.compare.two_heads.side_b import (
    INTRO,
    choose_side,
    say_cut,
    take_side_of_link,
    usual_side,
)
from pages.compare.two_heads.state import SIDE, SideB
from pages.ui.reader.controls import Choice, chosen
from pages.ui.reader.real import read_or_wait
from pages.ui.reader.toy_state import Toy
from pages.ui.server.waiting import waiting
from pages.ui.widgets.parts import toy_of_sentence
from pages.ui.widgets.three_heatmaps import three_heatmaps


def compare(toy: Toy, choice: Choice) -> None:
    """Side B's controls, then the comparison as soon as both sides have been read."""
    take_side_of_link()
    capture = read_or_wait(choice.model_id, choice.sentence, key="two_heads_a")
    if capture is None:
        return
    choice = replace(choice, head=min(choice.head, capture.layers[choice.layer].n_heads - 1))
    drawn = choose_side(choice, capture)
    if drawn is None:
        return
    side, capture_b = drawn
    st.markdown(INTRO[side.kind])
    say_cut("A", capture)
    if capture_b is not capture:
        say_cut("B", capture_b)
    if side.kind in ("head", "layer"):
        pair: Pair | None = token_pair(toy, choice, side, capture)
    else:
        pair = word_pair(toy, choice, side, capture, capture_b)
    if pair is not None:
        show(pair, choice, side, capture)
    SIDE.write(SideB() if side == usual_side(choice, capture) else side)


def show(pair: Pair, choice: Choice, side: SideB, capture: Capture) -> None:
    """Pictures first, then the numbers of the chosen row and of all."""
    if pair.words is not None and choice.query not in (i for i, _ in pair.words.matching.pairs):
        st.markdown(
            "The word chosen in the sidebar is not on both sides: the first shared word asks."
        )
    st.markdown(
        "Rows ask, columns offer. Click a cell: its row and column are marked in all three."
    )
    three_heatmaps(*pair.sides, pair.grid, key="two_heads")
    left_out(pair)
    st.header("How far apart?", anchor=False)
    the_formula(pair)
    changes(pair)
    others = None
    if side.kind == "head":
        with waiting("Comparing A with every head of the model …"):
            others = distances_to_all(
                choice.model_id, choice.sentence, choice.layer, choice.head, capture
            ).without((choice.layer, choice.head), (side.layer, side.head))
    figures(pair, others)
    copy_as_python(pair)


toy_to_compare = toy_of_sentence()
if toy_to_compare is not None:
    compare(toy_to_compare, replace(chosen(), sentence=toy_to_compare.current.sentence))
