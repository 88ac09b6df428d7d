"""Attention held against measurement: each word left out in turn, beside what four kinds of attention say of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.against_effect import (
    Group,
    can_be_left_out,
    nearest,
    word_sums,
    words_of_tokens,
)
from attention_core.analysis.chance import RankTest, rank_test
from attention_core.analysis.value_norms import handed_over
from attention_core.analysis.words import word_of
from attention_core.pretrained import leave_one_out
from pages.explore.beyond_one_layer.rollout import Stack, residual_picker
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import READS, notice_this, one_by_one
from pages.ui.widgets.takeaway import Numbers, matrix_frame
from pages.ui.widgets.wording import labels, number, visible

MOST_WORDS = 64  # each costs one pass of the model
N_NEXT = 10  # the next tokens to choose from
ROLES = {"last layer": "weights", "weight × |v|": "value", "rollout": None}
HELP = {
    "last layer": "The mean of the last layer's heads",
    "weight × |v|": "The chosen head's weight times the length of the value: its share of the row",
    "rollout": "Through all layers, to the tokens of the input",
}
LEAST_P = 0.001  # of three decimals
SMALLEST = 1e-6  # a bar for less would be rounding drawn large
PROVES_NOTHING = "With these words that proves nothing."
NOTHING_LEFT_OUT = "Nothing can be left out here: type more words, or let a later word ask."
CAVEATS = (
    "**Read with care.** Leaving a word out moves all later words up by its tokens and leaves a sentence nobody would "
    "write: part of the effect is that. Words that do the same work hide each other, for only one is left out at a "
    "time. A word of several pieces gets the sum over its pieces. Equal order is a correlation: it "
    "does not show that the weights *cause* the effect. {n} measures are compared with no "
    "correction for trying several."
)


@cached(max_entries=8)
def last_vectors(model_id: str, text: str) -> np.ndarray:
    """What leaves the last layer, (n_tokens, d_model): of two stacks, the encoder."""
    return leave_one_out.last_vectors(models.tokenized(model_id, text).ids, models.loaded(model_id))


@cached(max_entries=512)
def probabilities(
    model_id: str, text: str, gone: tuple[int, ...], wanted: tuple[int, ...]
) -> np.ndarray:
    """How likely each token of `wanted` comes next when the tokens `gone` are left out of the text."""
    return leave_one_out.probabilities_without(text, gone, wanted, models.loaded(model_id))


@cached(max_entries=512)
def cosines(model_id: str, text: str, gone: tuple[int, ...]) -> np.ndarray:
    """For each token, the cosine between its last vector with and without the tokens `gone`."""
    last = last_vectors(model_id, text)
    return leave_one_out.cosines_without(text, gone, last, models.loaded(model_id))


@dataclass(frozen=True)
class Question:
    """A result that the model computes, the token whose attention it ends in, and the words to be left out."""

    q_pos: int
    result: str  # what the effect is a change of, in our words
    sign: str  # what a positive effect means
    groups: list[Group]
    n_words: int  # before the cut to MOST_WORDS
    effect: Callable[[Group], float]  # of leaving the word out; one pass of the model


def question_of(stack: Stack) -> Question:
    """The chosen next token where the model predicts one, else the last vector of the word that asks."""
    capture, model_id, text = stack.capture, stack.choice.model_id, stack.scenario.sentence
    predicts = models.predicts_next(model_id)
    q_pos = len(capture.tokens) - 1 if predicts else stack.world.q_pos
    groups = can_be_left_out(
        words_of_tokens(
            capture.places, stack.scenario.spans, [token.is_special for token in capture.tokens]
        ),
        q_pos,
        asking_goes=predicts,
        causal=capture.layers[stack.layers[-1]].kind == "decoder",
    )
    near = nearest(groups, q_pos, MOST_WORDS)
    if not predicts:
        return Question(
            q_pos,
            "1 − cosine between the last vector of the word that asks with and without the other word",
            "how far it turned",
            near,
            len(groups),
            lambda group: float(1 - cosines(model_id, text, group)[q_pos]),
        )
    found = models.next_tokens(model_id, text, N_NEXT)
    wanted = tuple(token.id for token in found)
    place = st.selectbox(
        "Prediction to explain: the probability of the next token",
        range(len(found)),
        format_func=lambda i: f"{visible(found[i].text)}   {found[i].probability:.3f}",
        key="beyond_target",
        width=360,
    )

    def fell(group: Group) -> float:
        with_all, without = (probabilities(model_id, text, gone, wanted) for gone in ((), group))
        return float((with_all - without)[place])

    return Question(
        q_pos,
        f"probability of the chosen next token, {found[place].probability:.3f} with all words",
        "it fell without the word (negative: it rose)",
        near,
        len(groups),
        fell,
    )


def names_of(stack: Stack, groups: list[Group]) -> list[str]:
    """What each word is called: as in the sentence; a token of no word by its own name."""
    words = labels(stack.scenario.tokens)
    found = [word_of(stack.capture.places[group[0]], stack.scenario.spans) for group in groups]
    return [
        stack.world.keys[group[0]] if word is None else words[word]
        for word, group in zip(found, groups, strict=True)
    ]


def measures(stack: Stack, question: Question, residual: float) -> dict[str, np.ndarray]:
    """What four kinds of attention say of each word: title → one number a word."""
    world, q_pos = stack.world, question.q_pos
    rows = {
        "last layer": stack.last_layer[q_pos],
        f"layer {stack.choice.layer}, head {world.head}": world.head_weights[q_pos],
    }
    if world.trace is not None:
        own = world.head_weights[None, [q_pos]]
        rows["weight × |v|"] = handed_over(own, world.trace.v[None])[0, 0]
    rows["rollout"] = stack.rolled(q_pos, residual).growth[-1]
    return {title: word_sums(row, question.groups) for title, row in rows.items()}


@st.fragment
def effect(stack: Stack) -> None:
    """The table and the rank correlations, behind a button: the model reads the sentence once a word."""
    st.markdown(
        "Which words does the result really depend on? **Measured**: the model reads the sentence again, each time "
        "without one word. Beside it, what attention says of that word."
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        question = question_of(stack)
        residual = residual_picker()
    if not question.groups or len(stack.capture.tokens) == len(question.groups[0]):
        st.markdown(NOTHING_LEFT_OUT)
        return
    _scope(stack, question)
    run = (stack.choice.model_id, stack.scenario.sentence)
    if st.session_state.get("beyond_measured") != run:
        st.button(
            f"Measure: read the sentence {len(question.groups)} times more",
            icon=":material/straighten:",
            key="beyond_measure",
            on_click=lambda: st.session_state.update(beyond_measured=run),
        )
        return
    effects = np.array(one_by_one(question.groups, question.effect, READS))
    by_measure = measures(stack, question, residual)
    names = names_of(stack, question.groups)
    table, agreement = st.columns([3, 2], gap="large")
    with table:
        _table(question, effects, by_measure, names)
    with agreement:
        _agreement(effects, by_measure)
    st.markdown(CAVEATS.format(n=len(by_measure)))


def _scope(stack: Stack, question: Question) -> None:
    st.text(
        f"Attention is that of {stack.world.queries[question.q_pos]}; effect: {question.result}."
    )
    if question.n_words > MOST_WORDS:
        st.markdown(
            f"Of {question.n_words} words, only the {MOST_WORDS} nearest to the token that asks are left out in turn."
        )


def _table(
    question: Question, effects: np.ndarray, by_measure: dict[str, np.ndarray], names: list[str]
) -> None:
    st.markdown(
        f"**Effect**: {question.sign}. Bars: share of the column’s largest (for the effect, regardless of sign)."
    )
    breakdown(
        [
            _column("effect", effects, "output", "Measured: " + question.result),
            *(
                _column(
                    title, each, ROLES.get(title, "weights"), HELP.get(title, "The chosen head")
                )
                for title, each in by_measure.items()
            ),
        ],
        key="beyond_effect",
        row_labels=names,
        row_title="without",
        label=f"Measured effect of {len(names)} words beside what attention says of each",
        numbers=Numbers(
            "Attention against effect",
            lambda: matrix_frame(
                np.stack([effects, *by_measure.values()], axis=1), names, ["effect", *by_measure]
            ),
        ),
    )


def _agreement(effects: np.ndarray, by_measure: dict[str, np.ndarray]) -> None:
    tests = {title: rank_test(values, np.abs(effects)) for title, values in by_measure.items()}
    first = next(iter(tests.values()))
    rhos = [test.rho for test in tests.values()]
    orders = ["no order" if np.isnan(rho) else f"{rho:.2f}".replace("-", "−") for rho in rhos]
    st.markdown(
        "**The same order as the effect?** Spearman’s ρ of each measure with |effect|: 1 the same order, "
        "0 unrelated, −1 reversed. p: how often a random order agrees at least as strongly."
    )
    breakdown(
        [
            Column("ρ", orders, "output"),
            Column("n", [str(test.n) for test in tests.values()], help="Words compared"),
            Column("p", list(map(_chance, tests.values())), help="Two-sided, by permutation"),
        ],
        key="beyond_agreement",
        row_labels=list(tests),
        row_title="measure",
        label=f"Rank correlation of {len(tests)} measures with the effect, {first.n} words",
        numbers=Numbers(
            "Rank correlations",
            lambda: pd.DataFrame(
                [[test.rho, test.n, test.p, test.n_orders] for test in tests.values()],
                list(tests),
                ["rho", "n", "p", "orders tried"],
            ),
        ),
    )
    notice_this(_verdict(tests))


def _verdict(tests: dict[str, RankTest]) -> str:
    known = {title: test for title, test in tests.items() if not np.isnan(test.rho)}
    if not known:
        return "There is no order to compare: too few words, or all numbers are equal."
    title, best = max(known.items(), key=lambda each: abs(each[1].rho))
    tried = "every order" if best.exact else f"{best.n_orders:,} random orders"
    fair = min(1.0, len(known) * best.p)  # Bonferroni: the strongest of several was picked
    reversed_order = ": the more attention, the less effect" if best.rho < 0 else ""
    return (
        f"Strongest here is “{title}”, ρ = **{number(best.rho)}** over {best.n} words{reversed_order}. By chance alone "
        f"a share of **{best.p:.3f}** of {tried} of the words is as strong; as it was picked as the strongest of "
        f"{len(known)}, count that as {fair:.3f}. "
        + (
            PROVES_NOTHING
            if fair > 0.05
            else "One sentence is one case: try others before you believe it."
        )
    )


def _column(title: str, values: np.ndarray, role: str | None, meaning: str) -> Column:
    sizes = np.abs(values)
    largest = max(float(sizes.max()), SMALLEST)
    return Column(
        title, [number(value) for value in values], role, (sizes / largest).tolist(), meaning
    )


def _chance(test: RankTest) -> str:
    return "–" if np.isnan(test.p) else f"{test.p:.3f}" if test.p >= LEAST_P else f"< {LEAST_P}"
