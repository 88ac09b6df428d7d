"""What became of the result: the effect in one line, then the control's and the changed prediction side by side."""

from __future__ import annotations

import numpy as np
import streamlit as st

from attention_core.errors import ReaderError
from attention_core.pretrained.run import Outcome
from pages.experiment.knock_out import runs
from pages.experiment.knock_out.state import OUT
from pages.experiment.knock_out.yardstick import BITS, CHANCE, SENTENCE, Yardstick
from pages.ui.reader.notices import notice
from pages.ui.widgets.parts import formula
from pages.ui.widgets.result import result_panel
from pages.ui.widgets.wording import number

TYPED = "knock_out_typed"
LONGEST = 60  # characters of a typed token


def headline(yardstick: Yardstick, own: float) -> None:
    """The effect in large type, each number from this run."""
    if not np.isfinite(own):
        formula("There is no result any more: **no number**", key="knock_out")
    elif yardstick.kind == CHANCE:
        before = yardstick.before
        times = f", × {(before + own) / before:.3g}" if before else ""
        formula(
            f"probability **{number(before)}** → :red[**{number(before + own)}**]  \n"
            f"effect **{yardstick.shown(own)}**{times}",
            key="knock_out",
        )
        st.text(f"of the token that is followed: {yardstick.token}")
    elif yardstick.kind == BITS:
        formula(f"the prediction moved by :red[**{yardstick.shown(own)} bits**]", key="knock_out")
    else:
        what = "the sentence’s vector" if yardstick.kind == SENTENCE else "the vector"
        formula(f"{what} turned by 1 − cos = :red[**{yardstick.shown(own)}**]", key="knock_out")
        if yardstick.kind != SENTENCE:
            world = yardstick.subject.world
            st.text(f"of the token that asks: {world.queries[world.q_pos]}")


def result(yardstick: Yardstick, changed: Outcome) -> None:
    """Control | changed | difference of the prediction, and the choice of the token to follow."""
    predicts = yardstick.control.logits is not None
    if predicts:
        _follow(yardstick)
    result_panel(
        yardstick.subject,
        changed,
        key="knock_out_result",
        wanted=yardstick.followed if predicts else None,
        on_pick=lambda token: OUT.change(followed=token),
    )


def _follow(yardstick: Yardstick) -> None:
    model_id = yardstick.subject.model_id

    def take() -> None:
        typed = st.session_state[TYPED]
        st.session_state[TYPED] = ""
        try:
            OUT.change(followed=runs.token_of(model_id, typed[:LONGEST]) if typed else None)
        except ReaderError as error:
            notice(f"“{typed[:LONGEST]}” cannot be followed: {error}.")

    st.text_input(
        "Follow another token: click a row, or type it",
        key=TYPED,
        placeholder="a word, then Enter",
        on_change=take,
        help="Of a word that the model cuts into pieces, the first is followed.",
    )
