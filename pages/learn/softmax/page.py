"""Lesson: softmax turns scores into shares of one whole; what it minds, what it does not, how it is printed."""

import numpy as np
import streamlit as st

from attention_core.analysis.rows import misprinted
from attention_core.analysis.trials import Trial, shifted, stretched
from attention_core.softmax import softmax
from attention_core.toy.claims import SOFTMAX_PRINTED, SOFTMAX_SCORES, TUTORIAL
from pages.learn.softmax import rows
from pages.ui.reader.controls import chosen, toy_or_none
from pages.ui.reader.predict import predict
from pages.ui.reader.real import read_or_wait
from pages.ui.reader.worlds import real_world
from pages.ui.widgets.arithmetic import softmax_panel
from pages.ui.widgets.breakdown import breakdown
from pages.ui.widgets.parts import real_heading

ASKED = ", ".join(f"{score:.1f}" for score in SOFTMAX_SCORES)


@st.fragment
def before_you_try() -> None:
    st.markdown(
        "A query has given every key a **score**: any number, even below zero. Softmax turns "
        "scores into **:violet[weights]**: shares, never negative, that sum to 1."
    )
    add_one, double = st.columns(2, gap="medium")
    with add_one:
        _ask(
            "Add 1 to all of them: what happens to the largest weight?",
            ("It grows", "It shrinks", "Nothing"),
            shifted(SOFTMAX_SCORES, 1.0),
            "It was {} and is {}: all scores moved, no gap between them did.",
            key="softmax_add_one",
        )
    with double:
        _ask(
            "Double all of them: do the weights become sharper or flatter?",
            ("Sharper", "Flatter", "Neither"),
            stretched(SOFTMAX_SCORES, 2.0),
            "The largest goes from {} to {}: every gap has doubled. Dividing T by 2 does the same.",
            key="softmax_double",
        )


def _ask(
    change: str, options: tuple[str, str, str], tried: Trial, because: str, *, key: str
) -> None:
    """What becomes of the largest weight? `options` say: it grows, it shrinks, neither."""
    before, after = tried.weights.max(), tried.new_weights.max()
    predict(
        f"the scores are {ASKED}. {change}",
        options,
        2 if np.isclose(before, after) else int(after < before),
        lambda: because.format(f"{before:.4f}", f"{after:.4f}"),
        key=key,
    )


@st.fragment
def from_scores_to_shares() -> None:
    st.header("Step by step", anchor=False)
    keys, scores = rows.steps_panel()
    with st.expander(
        "**Try to break it:** other scores, a constant, no − max, softmax twice",
        icon=":material/science:",
        on_change="rerun",
        key="softmax_break",
    ) as trials:
        if trials.open:
            rows.trials_panel(keys, scores)


def a_printed_example() -> None:
    st.header("Check a printed example", anchor=False)
    words, table = st.columns([2, 5], gap="medium")
    truth = softmax(SOFTMAX_SCORES)
    off = SOFTMAX_PRINTED - truth
    wrong = misprinted(SOFTMAX_PRINTED, truth, rows.DECIMALS)
    with words:
        st.markdown(
            f"The tutorial “{TUTORIAL}” prints these weights for the scores {ASKED}. They sum to "
            f"{SOFTMAX_PRINTED.sum():.2f}, so they look right. Yet **{wrong.sum()} of {wrong.size}** "
            f"are wrong, one by **{abs(off).max():.2f}**."
        )
        st.markdown(
            "A sum of 1 is **necessary, not sufficient**: many wrong rows sum to 1 as well. "
            "Only recomputing reveals the error."
        )
    with table:
        breakdown(
            [
                rows.plain("score", SOFTMAX_SCORES),
                rows.shares("printed", SOFTMAX_PRINTED, "As the tutorial has them"),
                rows.shares("computed", truth),
                rows.plain("off by", off, "printed − computed"),
            ],
            key="softmax_claim",
            row_labels=rows.KEYS[: len(truth)],
            footer=["sum", "", f"{SOFTMAX_PRINTED.sum():.4f}", f"{truth.sum():.4f}", ""],
            label="The tutorial's weights beside the true ones",
        )


@st.fragment
def printed_decimals() -> None:
    with st.expander(
        rows.OFTEN_MISS,
        icon=":material/functions:",
        on_change="rerun",
        key="softmax_rounding",
    ) as shares_in_print:
        if shares_in_print.open:
            rows.rounding_panel()


def in_a_real_model() -> None:
    real_heading("A row of the pretrained model")
    choice, toy = chosen(), toy_or_none()
    if toy is None:
        st.info("There is no sentence to read yet: the next lesson has a box to type one.")
        return
    if read_or_wait(choice.model_id, toy.current.sentence, key="softmax_real") is None:
        return
    world = real_world(toy.current, choice)
    st.text(f"{world.title}, on: {toy.current.sentence}")
    softmax_panel(world)
    rows.rounding_of_model(choice.model_id, toy.current.sentence)


before_you_try()
from_scores_to_shares()
a_printed_example()
printed_decimals()
in_a_real_model()  # no fragment: a click on a key is followed by the sidebar
