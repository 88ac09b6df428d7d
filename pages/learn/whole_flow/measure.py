"""Attention compared with measurement: leave out one word at a time and see how far the result moves."""

from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from attention_core.analysis.leave_out import rank_agreement
from attention_core.experiments.word_effects import (
    Claim,
    last_vector_claim,
    next_token_claim,
    toy_claim,
)
from attention_core.toy.scenario import Scenario
from pages.ui.reader.controls import Choice
from pages.ui.server import models
from pages.ui.widgets.breakdown import Column, breakdown, column_of
from pages.ui.widgets.parts import READS, one_by_one
from pages.ui.widgets.wording import labels, number

ONE_WORD = "Type more than one word above: with one, nothing can be left out."
MOST_WORDS = 25  # those with the largest weights; each costs one pass of the model
# what the change counts: in the toy, in a model that gives vectors, in one that says what comes next
OUTPUT = "how far the output of the word that asks turns away: 1 − cosine"
LAST_VECTOR = "how far the last vector of the word that asks turns away: 1 − cosine"
PROBABILITY = "how much probability moves to other next tokens, of 1. So the last word asks"
SMALLEST = 1e-3  # as printed; a bar for less would be noise drawn large


@st.fragment
def measure(scenario: Scenario, choice: Choice, toy_head: int, with_model: bool) -> None:
    """Behind a button, because the model reads the sentence once for each word."""
    if len(scenario.spans) == 1:
        st.markdown(ONE_WORD)
        return
    if st.session_state.get("flow_measured") != scenario.sentence:
        st.button(
            "Measure",
            icon=":material/straighten:",
            key="flow_measure",
            on_click=lambda: st.session_state.update(flow_measured=scenario.sentence),
        )
        return
    left, right = st.columns(2, gap="large")
    with left:
        claim = toy_claim(scenario, choice.query, toy_head)
        _compare(claim, f"Toy, head {toy_head}", OUTPUT, key="flow_toy_measured")
    if not with_model:
        return
    with right:
        layer = models.captured(choice.model_id, scenario.sentence).layers[choice.layer]
        head = min(choice.head, layer.n_heads - 1)
        real_claim = _real_claim(choice, scenario, head)
        if real_claim is None:
            st.markdown(
                "This model’s layers read two texts, or not the word that asks: not measured."
            )
        else:
            title = f"{choice.model_id}, layer {choice.layer}, head {head}"
            counts = PROBABILITY if models.predicts_next(choice.model_id) else LAST_VECTOR
            _compare(real_claim, title, counts, key="flow_real_measured")


def _real_claim(choice: Choice, scenario: Scenario, head: int) -> Claim | None:
    capture = models.captured(choice.model_id, scenario.sentence)
    asked = replace(scenario, query=choice.query)
    if models.predicts_next(choice.model_id):
        next_probabilities = partial(models.next_probabilities, choice.model_id)
        return next_token_claim(capture, choice.layer, head, asked, next_probabilities)
    last_states = partial(models.last_states, choice.model_id)
    return last_vector_claim(capture, choice.layer, head, asked, last_states)


def _compare(claim: Claim, title: str, counts: str, *, key: str) -> None:
    """A row for each word: its weight, what it hands over, and what the result does without it."""
    left_out = claim.strongest_words(MOST_WORDS)
    changes = np.array(one_by_one(left_out, claim.changes(), READS))
    names = labels(claim.scenario.tokens)
    asks = "the end of the text" if claim.asking is None else names[claim.asking]
    st.text(f"{title}: {asks} asks")
    weights = claim.weights[left_out]
    columns = [_column("weight", weights, "weights")]
    agreements = [("weight", rank_agreement(weights, changes))]
    if claim.handed is not None:
        handed = claim.handed[left_out]
        columns.append(_column("weight × |v|", handed, "value"))
        agreements.append(("weight × length of value", rank_agreement(handed, changes)))
    breakdown(
        [*columns, _column("change", changes, "output")],
        key=key,
        row_labels=[names[i] for i in left_out],
        row_title="word left out",
        label=f"{title}: weights against measured changes",
    )
    st.markdown(f"**Change**: {counts}.")
    st.markdown(
        "In the same order as the change? (Spearman’s ρ: 1 the same order, 0 unrelated)  \n"
        + " · ".join(
            f"{what}: **{'no order' if np.isnan(rho) else number(rho)}**"
            for what, rho in agreements
        )
    )


def _column(title: str, values: np.ndarray, role: str) -> Column:
    full = max(float(values.max()), SMALLEST)
    return column_of(title, values, role, decimals=3, full=full)
