"""What a change inside the model does to its result: the prediction or, where there is none, the vectors. Control | changed | difference."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.effects import (
    kl_bits,
    likeliest_of_both,
    mean_turned_by,
    probabilities,
    rank_of,
    turned_by,
)
from attention_core.pretrained.run import Outcome
from pages.ui.reader.real import Subject
from pages.ui.server import models
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.takeaway import Numbers
from pages.ui.widgets.wording import labels, number, signed, visible

N_LIKELIEST = 6  # of either side
NO_NUMBER = "no number"
NO_RESULT = "**There is no result any more**: what comes out of the model are no numbers (nan)."
TITLES = {
    "next": "What the model expects next",
    "mask": "What the model puts in the place of the mask",
}


def result_panel(
    subject: Subject,
    changed: Outcome,
    *,
    key: str,
    wanted: int | None = None,
    on_pick: Callable[[int], None] | None = None,
) -> None:
    """Both results side by side. `wanted` is the token that is followed; a click on a row calls `on_pick(token)`.

    Where the model predicts nothing the rows are the sentence's tokens, and a click chooses who asks.
    """
    control = models.control(subject.model_id, subject.sentence)
    if control.logits is None or changed.logits is None:
        _vectors(subject, control.states, changed.states, key)
    else:
        _tokens(subject, control.logits, changed.logits, wanted, on_pick, key)


def _tokens(
    subject: Subject,
    control: np.ndarray,
    changed: np.ndarray,
    wanted: int | None,
    on_pick: Callable[[int], None] | None,
    key: str,
) -> None:
    before, after = probabilities(control), probabilities(changed)
    shown = likeliest_of_both(control, changed, N_LIKELIEST).tolist()
    if wanted is not None and wanted not in shown:
        shown.append(wanted)
    names = [visible(models.token_text(subject.model_id, token)) for token in shown]
    frame = pd.DataFrame(
        {"control": before[shown], "changed": after[shown], "difference": (after - before)[shown]},
        index=names,
    )
    breakdown(
        [
            _shares("control", before[shown], "The unchanged model"),
            Column("rank", [f"{rank_of(control, token):,}" for token in shown]),
            _shares("changed", after[shown], "The same model with the change"),
            Column("rank now", [_rank_now(changed, token) for token in shown]),
            Column("difference", [_plain(x, signed) for x in frame["difference"]]),
        ],
        key=f"{key}_tokens",
        row_labels=names,
        row_title="token",
        selected=shown.index(wanted) if wanted in shown else None,
        label=f"Probabilities of {len(shown)} tokens: {names[0]} {before[shown[0]]:.3f} in the control, "
        f"{_plain(after[shown[0]])} changed",
        on_pick=(lambda row: on_pick(shown[row])) if on_pick else None,
        heading=TITLES[models.predicts(subject.model_id, subject.sentence)],
        numbers=Numbers("Prediction, control and changed", lambda: frame),
    )
    bits = float(kl_bits(control, changed))
    st.markdown(
        f"KL divergence from the control: **{number(bits)} bits**: what it costs to expect the changed "
        "prediction where the control’s is true. 0 if nothing moved."
        if np.isfinite(bits)
        else "**There is no prediction any more**: what comes out of the model are no numbers (nan)."
    )


def _vectors(subject: Subject, control: np.ndarray, changed: np.ndarray, key: str) -> None:
    """A model that only gives vectors: how far each one turned."""
    names = labels([token.text for token in subject.capture.tokens])
    turned = turned_by(control, changed)
    whole = mean_turned_by(control, changed)
    st.markdown(
        "**How far each token's last vector turned** (1 − cosine with the control: "
        "0 is the same direction, 1 a right angle). This model predicts no token here; its result is "
        "the vectors, and their mean stands for the sentence."
    )
    bars = np.nan_to_num(turned / max(float(np.nan_to_num(turned).max()), 1e-6)).tolist()
    help_text = "Between the vector after the last layer in the control and with the change"
    breakdown(
        [Column("1 − cos", [_plain(value) for value in turned], "output", bars, help_text)],
        key=f"{key}_vectors",
        row_labels=names,
        row_title="token",
        selected=subject.world.q_pos,
        label=f"How far the last vectors of {len(names)} tokens turned; the sentence: {_plain(whole)}",
        on_pick=lambda row: subject.world.pick_cell(row, None),
        numbers=Numbers(
            "How far vectors turned", lambda: pd.DataFrame({"1 − cos": turned}, index=names)
        ),
    )
    st.markdown(
        f"The sentence (mean of all vectors) turned by :red[**{number(whole)}**]."
        if np.isfinite(whole)
        else NO_RESULT
    )


def _shares(title: str, values: np.ndarray, help_text: str) -> Column:
    bars = np.nan_to_num(values).tolist()
    return Column(title, [_plain(value) for value in values], "output", bars, help_text)


def _rank_now(changed: np.ndarray, token: int) -> str:
    return f"{rank_of(changed, token):,}" if np.isfinite(changed).all() else "–"


def _plain(value: float, written: Callable[[float], str] = number) -> str:
    return written(value) if np.isfinite(value) else NO_NUMBER
