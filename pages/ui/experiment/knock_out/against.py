"""Is that much? The effect beside that of others of the same kind, and how often they do as much."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.effects import share_as_large
from pages.ui import models
from pages.ui.breakdown import Column, breakdown
from pages.ui.experiment.knock_out import runs
from pages.ui.experiment.knock_out.others import Others, heads_of
from pages.ui.experiment.knock_out.runs import Change
from pages.ui.experiment.knock_out.yardstick import Yardstick
from pages.ui.parts import notice_this
from pages.ui.takeaway import table_twin
from pages.ui.waiting import waiting

MOST_UNASKED = 1500  # tokens of all runs together; for more the reader is asked
RARE = 0.05
ASKED = "knock_out_asked"  # session: the last that the reader asked for


def is_that_much() -> None:
    """The heading; whatever there is to choose about the others comes below it."""
    st.markdown("**Is that much?** The same, done to others:")


def against_others(
    yardstick: Yardstick,
    own: float,
    others: Others,
    names: Sequence[str],
    *,
    ours: str,
    more: str = "",
) -> np.ndarray | None:
    """The table and the verdict; the effects of the others, if they are measured.

    `ours` is what is knocked out, `names` the others one by one, `more` what to do where they are too few.
    """
    if not others.changes:
        st.markdown("There are no others to compare with, so nothing can be said.")
        return None
    values = effects_of(yardstick, others)
    if values is None:
        return None
    _table(yardstick, own, values, ours, others.told)
    table_twin(
        "The effects of others",
        lambda: pd.DataFrame(
            {"effect": [own, *values]}, index=[ours, *(f"control: {name}" for name in names)]
        ),
        key="knock_out_against_twin",
    )
    _verdict(yardstick, own, values, more)
    return values


def effects_of(yardstick: Yardstick, others: Others) -> np.ndarray | None:
    """Measured at once if that is quick; else the reader is asked first."""
    subject = yardstick.subject
    n_tokens = len(models.tokenized(subject.model_id, subject.sentence).ids)
    key = (subject.model_id, subject.sentence, others.changes)
    if len(others.changes) * n_tokens > MOST_UNASKED and st.session_state.get(ASKED) != key:
        st.button(
            f"Measure {others.told}",
            icon=":material/straighten:",
            key="knock_out_ask",
            on_click=lambda: st.session_state.update({ASKED: key}),
        )
        return None
    with waiting("The others are knocked out in turn …"):
        return _measured(yardstick, others.changes, others.layer)


def _measured(yardstick: Yardstick, changes: tuple[Change, ...], layer: int | None) -> np.ndarray:
    subject = yardstick.subject
    model_id, text = subject.model_id, subject.sentence
    if layer is None:
        return yardstick.of_changes(changes)
    n_heads, instead = subject.capture.layers[layer].n_heads, changes[0].instead
    found = runs.measure_layer(model_id, text, instead, layer, n_heads)
    of_layer = yardstick.of_layer(instead, layer, found)
    return of_layer[[head for ((_, head),) in heads_of(changes)]]


def _table(yardstick: Yardstick, own: float, values: np.ndarray, ours: str, told: str) -> None:
    low, high = float(values.min()), float(values.max())
    rows = {
        ours: own,
        "others: mean": float(values.mean()),
        "others: lowest": low,
        "others: highest": high,
    }
    reach = max(abs(own), abs(low), abs(high), 1e-12)
    breakdown(
        [
            Column(
                "effect",
                [yardstick.shown(value) for value in rows.values()],
                "output",
                bars=[abs(value) / reach for value in rows.values()],
                help="Bars: the size, whatever the sign",
            )
        ],
        key="knock_out_against",
        row_labels=list(rows),
        row_title="knocked out",
        selected=0,
        label=f"The effect of {ours} beside {told}",
    )
    st.markdown(f"Others: {told}, replaced by the same.")


def _verdict(yardstick: Yardstick, own: float, values: np.ndarray, more: str) -> None:
    n, k = len(values), int((np.abs(values) >= abs(own)).sum())
    p, least = share_as_large(own, values), 1 / (n + 1)
    if not np.isfinite(own):
        return
    if yardstick.is_nothing(own):
        notice_this("It changes nothing here, beyond rounding.")
        return
    counted = f"**{k} of {n}** others do as much or more: p = ({k} + 1) / ({n} + 1) = **{p:.3f}**. "
    if p <= RARE:
        said = (
            "So few others do that: here it matters **more than they do**. Whether that is much, its size tells. "
            "And it is one sentence: try others."
        )
    elif k == 0:
        said = f"None does, but with so few others p cannot get below {least:.3f}: not enough to tell. {more}"
    else:
        said = "What others do as well is no sign that this one is special."
    notice_this(counted + said)
