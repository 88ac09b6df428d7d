"""What the model says with either attention inside: scores and likeliest tokens or, where it predicts none, its vectors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.agreement import same_order
from attention_core.analysis.effects import likeliest_of_both, probabilities, turned_by
from attention_core.pretrained.run import Outcome
from pages.ui.reader.ready import Subject
from pages.ui.server import models, runs
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import notice_this
from pages.ui.widgets.result import TITLES
from pages.ui.widgets.takeaway import table_twin
from pages.ui.widgets.wording import labels, number, scientific, visible

N_LIKELIEST = 8


def said(subject: Subject, library: Outcome, ours: Outcome) -> None:
    """Both results and their difference."""
    if library.logits is None or ours.logits is None:
        _vectors(subject, library.states, ours.states)
    else:
        _tokens(subject, library.logits, ours.logits)


def _tokens(subject: Subject, library: np.ndarray, ours: np.ndarray) -> None:
    before, after = probabilities(library), probabilities(ours)
    shown = likeliest_of_both(library, ours, N_LIKELIEST).tolist()
    names = [visible(models.token_text(subject.model_id, token)) for token in shown]
    st.markdown(f"**{TITLES[runs.predicts(subject.model_id, subject.sentence)]}**")
    frame = pd.DataFrame(
        {
            "logit, library": library[shown],
            "logit, ours": ours[shown],
            "logit, difference": (ours - library)[shown],
            "library": before[shown],
            "ours": after[shown],
            "difference": (after - before)[shown],
        },
        index=names,
    )
    breakdown(
        [
            Column("logit, library", [number(x) for x in library[shown]], None, None, "The score before the softmax over all tokens"),
            Column("logit, ours", [number(x) for x in ours[shown]]),
            Column("Δ logit", [_signed(x) for x in frame["logit, difference"]]),
            Column("library", [number(x) for x in before[shown]], "output", before[shown].tolist(), "The probability of the token"),
            Column("ours", [number(x) for x in after[shown]], "output", after[shown].tolist(), "The probability of the token"),
            Column("Δ", [_signed(x) for x in frame["difference"]]),
        ],
        key="core_tokens",
        row_labels=names,
        row_title="token",
        label=f"{len(names)} likeliest tokens with the library’s attention and with ours: "
        f"{names[0]} {before[shown[0]]:.3f} and {after[shown[0]]:.3f}",
    )  # fmt: skip
    table_twin("Logits and probabilities, library and ours", lambda: frame, key="core_tokens_twin")
    alike = same_order(library, ours)
    order = "all" if alike == len(library) else f"the first {alike:,}"
    notice_this(
        f"Of {len(library):,} tokens **{order}** come in the same order. No logit differs by more than "
        f"**{scientific(np.abs(ours - library).max())}**; the largest is {number(np.abs(library).max())}."
    )


def _vectors(subject: Subject, library: np.ndarray, ours: np.ndarray) -> None:
    names = labels([token.text for token in subject.capture.tokens])
    frame = pd.DataFrame(
        {
            "length, library": np.linalg.norm(library, axis=1),
            "length, ours": np.linalg.norm(ours, axis=1),
            "largest difference": np.abs(ours - library).max(axis=1),
            "1 − cos": turned_by(library, ours),
        },
        index=names,
    )
    st.markdown(
        "**The vectors after the last layer.** This model predicts no token here; its result is a vector for "
        "each token."
    )
    plain, tiny = frame.columns[:2], frame.columns[2:]
    breakdown(
        [Column(name, [number(x) for x in frame[name]], "output") for name in plain]
        + [Column(name, [scientific(x) for x in frame[name]]) for name in tiny],
        key="core_vectors",
        row_labels=names,
        row_title="token",
        selected=subject.world.q_pos,
        label=f"The last vectors of {len(names)} tokens with the library’s attention and with ours",
        on_pick=lambda row: subject.world.pick_cell(row, None),
    )
    table_twin("Last vectors, library and ours", lambda: frame, key="core_vectors_twin")
    notice_this(
        f"Of {ours.size:,} numbers none differs by more than **{scientific(np.abs(ours - library).max())}**, "
        f"where the largest is {number(np.abs(library).max())}."
    )


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else ''}{scientific(value)}"
