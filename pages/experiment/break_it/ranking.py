"""How bad is each mistake for this model on this sentence? All ten in one pass, worst first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.broken import NAMES
from pages.experiment.break_it import runs
from pages.experiment.break_it.catalogue import BY_NAME, Break
from pages.experiment.break_it.model import Place
from pages.experiment.break_it.runs import Moved
from pages.experiment.break_it.state import MISTAKE
from pages.experiment.break_it.wording import shown
from pages.ui.server import models
from pages.ui.server.runs import control, predicts
from pages.ui.server.waiting import waiting
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import notice_this, one_by_one
from pages.ui.widgets.takeaway import table_twin
from pages.ui.widgets.wording import number, visible

MOST_AT_ONCE = 96  # tokens up to which all runs go through the model as one batch
MEASURED = "break_it_measured"  # session: the long text that the reader had measured
NONE, NOT_HERE = "none", "not in this model"
UNITS = (
    "How far the mean of all vectors, which stands for the sentence, turned: 1 minus the cosine",
    "Kullback–Leibler divergence: what it costs to expect the changed prediction where the control’s is true",
)  # of vectors, of a prediction
NOISE = 1e-5  # bits, or 1 − cos: what rounding alone moves


@dataclass(frozen=True)
class Ranked:
    """What each mistake that can be made in this model does to its result."""

    place: Place
    moved: Mapping[str, Moved]
    kind: str  # "next", "mask", "nothing": what the model predicts
    noise: float = NOISE

    @property
    def unit(self) -> str:
        return "1 − cos" if self.kind == "nothing" else "KL, bits"

    def said(self, amount: float) -> str:
        return number(amount) if self.kind == "nothing" else f"{number(amount)} bits"

    @property
    def worst_first(self) -> list[str]:
        """No result at all is worst; what can't be made stands last."""

        def order(name: str) -> float:
            if name not in self.moved:
                return np.inf
            amount = self.moved[name].amount
            return -amount if np.isfinite(amount) else -np.inf

        return sorted(NAMES, key=order)


def measure_all(place: Place) -> Ranked | None:
    """None for a long text, until the reader asks for it."""
    model_id, text = place.subject.model_id, place.subject.sentence
    names = tuple(name for name in NAMES if not runs.why_not(model_id, name))
    n_tokens = len(models.tokenized(model_id, text).ids)
    if n_tokens <= MOST_AT_ONCE:
        with waiting("All mistakes in one pass of the model …"):
            moved = runs.moved_by(model_id, text, names, place.layers)
    elif st.session_state.get(MEASURED) == (model_id, text):
        found = one_by_one(
            names, lambda name: runs.moved_by(model_id, text, (name,), place.layers), "Mistake"
        )
        moved = tuple(each for (each,) in found)
    else:
        st.button(
            f"Measure all {len(names)} on these {n_tokens} tokens",
            icon=":material/speed:",
            key="break_it_measure",
            on_click=lambda: st.session_state.update({MEASURED: (model_id, text)}),
            help="A long text takes the model a while, ten times over.",
        )
        return None
    return Ranked(place, dict(zip(names, moved, strict=True)), predicts(model_id, text))


def ranking(ranked: Ranked, broken: Break) -> None:
    """The table, and what the model survives."""
    left, right = st.columns([4, 3], gap="large")
    with left:
        _table(ranked, broken)
    with right:
        _survived(ranked)


def _table(ranked: Ranked, broken: Break) -> None:
    names = ranked.worst_first
    amounts = [ranked.moved[name].amount if name in ranked.moved else None for name in names]
    most = max([NOISE, *(a for a in amounts if a is not None and np.isfinite(a))])
    bars = [_share(amount, most) for amount in amounts]
    texts, likeliest = [_amount(amount) for amount in amounts], _likeliest(ranked, names)
    columns = [Column(ranked.unit, texts, "output", bars, UNITS[ranked.kind != "nothing"])]
    if ranked.kind != "nothing":
        columns.append(Column("likeliest token", likeliest, help="With the mistake"))
    breakdown(
        columns,
        key="break_it_ranking",
        row_labels=[BY_NAME[name].short for name in names],
        row_title="mistake",
        selected=names.index(broken.name),
        label=f"How far each of {len(ranked.moved)} mistakes in {ranked.place.title} moves the result, worst "
        f"first: {BY_NAME[names[0]].short} {texts[0]}",
        on_pick=lambda row: MISTAKE.change(which=names[row]),
    )
    table_twin(
        "How bad each mistake is",
        lambda: pd.DataFrame(
            {ranked.unit: amounts, "likeliest token": likeliest},
            index=[BY_NAME[name].title for name in names],
        ),
        key="break_it_ranking_twin",
    )


def _amount(amount: float | None) -> str:
    if amount is None:
        return NOT_HERE
    return shown(amount)


def _share(amount: float | None, most: float) -> float:
    if amount is None:
        return 0.0
    return amount / most if np.isfinite(amount) else 1.0


def _likeliest(ranked: Ranked, names: Sequence[str]) -> list[str]:
    found = (ranked.moved[name].likeliest if name in ranked.moved else None for name in names)
    model_id = ranked.place.subject.model_id
    return [NONE if i is None else visible(models.token_text(model_id, i)) for i in found]


def _survived(ranked: Ranked) -> None:
    """What is left as it was: the likeliest token, where one is predicted; all, where nothing changes."""
    subject = ranked.place.subject
    unchanged = [BY_NAME[name].short for name, each in ranked.moved.items() if each.amount <= NOISE]
    nothing = f"They change nothing here: {', '.join(unchanged)}. " if unchanged else ""
    st.markdown("Worst first, the control would have 0. " + nothing + "A click chooses a mistake.")
    logits = control(subject.model_id, subject.sentence).logits
    if logits is None:
        return
    token = int(logits.argmax())
    kept = sum(each.likeliest == token for each in ranked.moved.values())
    st.text(f"The control’s likeliest token: {visible(models.token_text(subject.model_id, token))}")
    notice_this(
        f"With **{kept} of {len(ranked.moved)}** mistakes, made in {ranked.place.title}, it is still the "
        "likeliest. "
        + (
            "One layer of many can be wrong unnoticed: what the others do carries the sentence past it."
            if ranked.place.is_one and kept > len(ranked.moved) // 2
            else "A model with a wrong attention need not fall silent: it goes on to say something."
        )
    )
