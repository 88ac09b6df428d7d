"""Attention compared with measurement: leave out one word at a time and see how far the result moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from attention_core.analysis.breakdown import strongest
from attention_core.analysis.leave_out import moved_probability, rank_agreement, turned
from attention_core.analysis.value_norms import handed_over
from attention_core.analysis.words import sum_over_words, tokens_of, word_of
from attention_core.attention import AttentionTrace
from attention_core.heads import head_of
from attention_core.toy.scenario import Scenario, run
from attention_core.toy.shorter import without_token
from pages.ui.reader.controls import Choice
from pages.ui.server import models
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import READS, one_by_one
from pages.ui.widgets.wording import labels, number

ONE_WORD = "Type more than one word above: with one, nothing can be left out."
MOST_WORDS = 25  # those with the largest weights; each costs one pass of the model
SMALLEST = 1e-3  # as printed; a bar for less would be noise drawn large


@dataclass(frozen=True)
class Claim:
    """What attention says of each word; how the result it should explain is computed and compared."""

    title: str
    asking: int | None  # the word that asks: it is not left out
    weights: np.ndarray  # one number for each word
    handed: np.ndarray | None  # weight × length of value, as shares; None where v is not known
    result: Callable[[Scenario], np.ndarray]  # of a sentence, whose `query` is the word that asks
    change: Callable[[np.ndarray, np.ndarray], float]
    explained: str  # what the change counts


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
        _compare(_toy_claim(scenario, choice, toy_head), scenario, "toy")
    if not with_model:
        return
    with right:
        claim = _real_claim(scenario, choice)
        if claim is None:
            st.markdown(
                "This model’s layers read two texts, or not the word that asks: not measured."
            )
        else:
            _compare(claim, scenario, "real")


def _toy_claim(scenario: Scenario, choice: Choice, head: int) -> Claim:
    trace = head_of(run(scenario).heads, head)
    row = trace.weights[choice.query]
    return Claim(
        f"Toy, head {head}",
        choice.query,
        row,
        _handed(trace, choice.query),
        lambda shorter: run(shorter).output[shorter.query],
        turned,
        "how far the output of the word that asks turns away: 1 − cosine",
    )


def _real_claim(scenario: Scenario, choice: Choice) -> Claim | None:
    """The chosen head's row: of the last token where that says what comes next, else of the word that asks."""
    capture = models.captured(choice.model_id, scenario.sentence)
    layer = capture.layers[choice.layer]
    places = capture.places
    continues = models.predicts_next(choice.model_id)
    if continues:
        q_pos, asking = len(places) - 1, word_of(places[-1], scenario.spans)
    else:
        pieces, asking = tokens_of(scenario.spans[choice.query], places), choice.query
        if capture.target_tokens or not pieces:
            return None
        q_pos = pieces[-1]
    head = min(choice.head, layer.n_heads - 1)
    row, trace = layer.weights[head, q_pos], layer.head_trace(head)

    def by_word(shares: np.ndarray) -> np.ndarray:
        return sum_over_words(shares, places, scenario.spans)

    def result(shorter: Scenario) -> np.ndarray:
        if continues:
            return models.next_probabilities(choice.model_id, shorter.sentence)
        states, own_places = models.last_states(choice.model_id, shorter.sentence)
        return states[tokens_of(shorter.spans[shorter.query], own_places)[-1]]

    return Claim(
        f"{choice.model_id}, layer {choice.layer}, head {head}",
        asking,
        by_word(row),
        None if trace is None else by_word(_handed(trace, q_pos)),
        result,
        moved_probability if continues else turned,
        "how much probability moves to other next tokens, of 1. So the last word asks"
        if continues
        else "how far the last vector of the word that asks turns away: 1 − cosine",
    )


def _compare(claim: Claim, scenario: Scenario, name: str) -> None:
    """A row for each word: its weight, what it hands over, and what the result does without it."""
    left_out, changes = _leave_out(claim, scenario)
    names = labels(scenario.tokens)
    asks = "the end of the text" if claim.asking is None else names[claim.asking]
    st.text(f"{claim.title}: {asks} asks")
    weights = claim.weights[left_out]
    columns = [_column("weight", weights, "weights")]
    agreements = [("weight", rank_agreement(weights, changes))]
    if claim.handed is not None:
        handed = claim.handed[left_out]
        columns.append(_column("weight × |v|", handed, "value"))
        agreements.append(("weight × length of value", rank_agreement(handed, changes)))
    breakdown(
        [*columns, _column("change", changes, "output")],
        key=f"flow_{name}_measured",
        row_labels=[names[i] for i in left_out],
        row_title="word left out",
        label=f"{claim.title}: weights against measured changes",
    )
    st.markdown(f"**Change**: {claim.explained}.")
    st.markdown(
        "In the same order as the change? (Spearman’s ρ: 1 the same order, 0 unrelated)  \n"
        + " · ".join(
            f"{what}: **{'no order' if np.isnan(rho) else number(rho)}**"
            for what, rho in agreements
        )
    )


def _leave_out(claim: Claim, scenario: Scenario) -> tuple[list[int], np.ndarray]:
    """The words that were left out, one at a time, and how far the result moved each time."""
    strong = strongest(claim.weights, MOST_WORDS, also=claim.asking).tolist()
    left_out = [word for word in strong if word != claim.asking]
    asked = replace(scenario, query=claim.asking or 0)
    whole = claim.result(asked)

    def change(word: int) -> float:
        return claim.change(whole, claim.result(without_token(asked, word)))

    return left_out, np.array(one_by_one(left_out, change, READS))


def _handed(trace: AttentionTrace, q_pos: int) -> np.ndarray:
    """One head's row of weight × length of value, as shares."""
    return handed_over(trace.weights[None, [q_pos]], trace.v[None])[0, 0]


def _column(title: str, values: np.ndarray, role: str) -> Column:
    largest = max(float(values.max()), SMALLEST)
    return Column(
        title, [f"{value:.3f}" for value in values], role, bars=(values / largest).tolist()
    )
