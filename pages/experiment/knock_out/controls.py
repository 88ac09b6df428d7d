"""Is that much? The effect beside that of others of the same kind: its rank or, where it was not chosen by that, p."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.effects import share_as_large
from attention_core.experiments.controls import Others, heads_of
from pages.experiment.knock_out import runs
from pages.experiment.knock_out.effect import Yardstick
from pages.ui.server import models
from pages.ui.server.waiting import waiting
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import notice_this
from pages.ui.widgets.takeaway import Numbers

MOST_UNASKED = 1500  # tokens of all runs together; for more the reader is asked
RARE = 0.05
ASKED = "knock_out_asked"  # session: the last that the reader asked for
NO_OTHERS = "There are no others to compare with, so nothing can be said."
CHANGES_NOTHING = "It changes nothing here, beyond rounding."
P_VALUE = "p = "


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
    for_effect: bool = False,
) -> np.ndarray | None:
    """The table and the verdict; the effects of the others, if they are measured.

    `ours` is what is knocked out, `names` the others one by one; `for_effect`: it was picked because of its effect.
    """
    if not others.changes:
        st.markdown(NO_OTHERS)
        return None
    values = effects_of(yardstick, others)
    if values is None:
        return None
    numbers = Numbers(
        "The effects of others",
        lambda: pd.DataFrame(
            {"effect": [own, *values]}, index=[ours, *(f"control: {name}" for name in names)]
        ),
    )
    _table(yardstick, own, values, ours, others.description, numbers)
    _verdict(yardstick, own, values, _chosen(others, for_effect))
    return values


def effects_of(yardstick: Yardstick, others: Others) -> np.ndarray | None:
    """Measured at once if that is quick; else the reader is asked first."""
    subject = yardstick.subject
    n_tokens = len(models.tokenized(subject.model_id, subject.sentence).ids)
    key = (subject.model_id, subject.sentence, others.changes)
    if len(others.changes) * n_tokens > MOST_UNASKED and st.session_state.get(ASKED) != key:
        st.button(
            f"Measure {others.description}",
            icon=":material/straighten:",
            key="knock_out_ask",
            on_click=lambda: st.session_state.update({ASKED: key}),
        )
        return None
    with waiting("The others are knocked out in turn …"):
        return _measured(yardstick, others)


def _measured(yardstick: Yardstick, others: Others) -> np.ndarray:
    """Of all other heads of some layers, each layer's own measurement, which the grid shows as well."""
    heads = [head for (head,) in heads_of(others.changes)] if others.are_all else []
    if not heads:
        return yardstick.of_changes(others.changes)
    subject, instead = yardstick.subject, others.changes[0].instead
    model_id, text, layers = subject.model_id, subject.sentence, subject.capture.layers
    of_layer = {}
    for layer in {layer for layer, _ in heads}:
        found = runs.measure_layer(model_id, text, instead, layer, layers[layer].n_heads)
        of_layer[layer] = yardstick.of_layer(instead, layer, found)
    return np.array([of_layer[layer][head] for layer, head in heads])


def _table(
    yardstick: Yardstick,
    own: float,
    values: np.ndarray,
    ours: str,
    description: str,
    numbers: Numbers,
) -> None:
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
        label=f"The effect of {ours} beside {description}",
        numbers=numbers,
    )
    st.markdown(f"Others: {description}, replaced by the same.")


def _chosen(others: Others, for_effect: bool) -> str:
    """Why a p-value would mislead; nothing where one can be given."""
    if for_effect:
        return "It was picked from the ranking, because of its effect."
    if others.are_all:
        return (
            "This page shows the effects of all of them, so it may have been chosen for its effect."
        )
    return ""


def _verdict(yardstick: Yardstick, own: float, values: np.ndarray, chosen: str) -> None:
    n, k = len(values), int((np.abs(values) >= abs(own)).sum())
    if not np.isfinite(own):
        return
    if yardstick.is_nothing(own):
        notice_this(CHANGES_NOTHING)
        return
    if chosen:
        notice_this(
            f"By size it is **number {k + 1} of {n + 1}**: {k} of {n} others do as much or more. {chosen} "
            "A p-value would mislead then, because the largest of many always comes first. Compare the sizes, "
            "and measure the same one on other sentences."
        )
        return
    p, least = share_as_large(own, values), 1 / (n + 1)
    counted = (
        f"**{k} of {n}** others do as much or more: {P_VALUE}({k} + 1) / ({n} + 1) = **{p:.3f}**. With {n} others p cannot "
        f"get below {least:.3f}. It holds for one that was chosen before any effect was known. "
    )
    if p <= RARE:
        verdict = "Then few others do as much in this sentence. Try the same on other sentences."
    elif k == 0:
        verdict = "None does as much, but these are too few others to tell."
    else:
        verdict = "What others do as well is no sign that this one is special."
    notice_this(counted + verdict)
