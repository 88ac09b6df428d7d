"""The options of the heatmap, in one row: what its rows and columns are, what is hidden, how it is coloured."""

from dataclasses import dataclass

import streamlit as st

from pages.explore.one_head.subject import Subject
from pages.ui.widgets.parts import one_of

PIECES, WORDS = "pieces", "words"
SHOWN, HIDDEN, RENORMALISED = "shown", "hidden as they are", "hidden and renormalised"
LINEAR, LOG = "linear", "log"
THRESHOLDS = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)


@dataclass(frozen=True)
class Options:
    """How the reader wants the heatmap."""

    merged: bool = False  # the pieces of a word are one row and one column
    special: str = SHOWN
    log: bool = False
    threshold: float = 0.0  # weights below are blank
    share: float = 0.9  # of a row that the mass filter covers


def options_row(subject: Subject) -> Options:
    """The widgets. Words and special tokens can be chosen only where both sides are the sentence."""
    with st.container(horizontal=True, vertical_alignment="top", gap="medium", key="one_head_row"):
        merged, special = _what(subject) if subject.asks_itself else (False, SHOWN)
        colours = one_of(
            "Colours",
            [LINEAR, LOG],
            key="one_head_colours",
            help_text="log: a weight ten times as large is always the same step darker, so small "
            "weights can be told apart.",
        )
        threshold = st.select_slider(
            "Blank below",
            THRESHOLDS,
            format_func=lambda weight: f"{weight:g}" if weight else "never",
            key="one_head_threshold",
            width=150,
            persist_state="session",
            help="Cells with a smaller weight are left blank. Point at one to read it all the same.",
        )
        percent = st.slider(
            "Mass filter: keys that cover",
            min_value=50,
            max_value=100,
            value=90,
            format="%d %%",
            key="one_head_share",
            width=190,
            persist_state="session",
            help="The smallest set of keys that covers this share of the chosen row is marked by "
            "orange bars.",
        )
    if not subject.asks_itself:
        st.markdown(
            "Rows and columns are not both the sentence in this layer, so its words are not merged "
            "and no special tokens are hidden."
        )
    return Options(merged, special, colours == LOG, threshold, percent / 100)


def _what(subject: Subject) -> tuple[bool, str]:
    unit = one_of(
        "Rows and columns",
        [PIECES, WORDS],
        key="one_head_unit",
        help_text="words: the pieces of a word become one. Its column is the sum of theirs, its row "
        "their mean, so every row still sums to 1.",
    )
    adds = any(subject.special_keys)
    special = st.selectbox(
        "Special tokens",
        [SHOWN, HIDDEN, RENORMALISED],
        key="one_head_special",
        width=215,
        disabled=not adds,
        persist_state="session",
        help="Tokens that the model adds to the text, such as CLS and SEP. Hidden as they are, rows "
        "sum to less than 1; renormalised, each row is scaled up to 1."
        if adds
        else "This model adds no tokens of its own to a text.",
    )
    return unit == WORDS, special if adds else SHOWN
