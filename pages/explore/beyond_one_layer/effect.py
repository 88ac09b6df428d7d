"""Attention held against measurement: each word left out in turn, beside what four kinds of attention say of it."""

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.chance import RankTest, rank_test
from pages.explore.beyond_one_layer.question import (
    MOST_WORDS,
    Question,
    measures,
    names_of,
    question_of,
)
from pages.explore.beyond_one_layer.state import Stack, residual_picker
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import READS, notice_this, one_by_one
from pages.ui.widgets.takeaway import matrix_frame, table_twin
from pages.ui.widgets.wording import number

ROLES = {"last layer": "weights", "weight × |v|": "value", "rollout": None}
HELP = {
    "last layer": "The mean of the last layer's heads",
    "weight × |v|": "The chosen head's weight times the length of the value: its share of the row",
    "rollout": "Through all layers, to the tokens of the input",
}
LEAST_P = 0.001  # of three decimals
SMALLEST = 1e-6  # a bar for less would be rounding drawn large
CAVEATS = (
    "**Read with care.** Leaving a word out moves all later words up by its tokens and leaves a sentence nobody would "
    "write: part of the effect is that. Words that do the same work hide each other, for only one is left out at a "
    "time. A word of several pieces gets the sum over its pieces. Equal order is a correlation: it "
    "does not show that the weights *cause* the effect. {n} measures are compared with no "
    "correction for trying several."
)


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
        st.markdown("Nothing can be left out here: type more words, or let a later word ask.")
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
    said = measures(stack, question, residual)
    names = names_of(stack, question.groups)
    table, agreement = st.columns([3, 2], gap="large")
    with table:
        _table(question, effects, said, names)
    with agreement:
        _agreement(effects, said)
    st.markdown(CAVEATS.format(n=len(said)))


def _scope(stack: Stack, question: Question) -> None:
    st.text(
        f"Attention is that of {stack.world.queries[question.q_pos]}; effect: {question.result}."
    )
    if question.n_words > MOST_WORDS:
        st.markdown(
            f"Of {question.n_words} words, only the {MOST_WORDS} nearest to the token that asks are left out in turn."
        )


def _table(
    question: Question, effects: np.ndarray, said: dict[str, np.ndarray], names: list[str]
) -> None:
    st.markdown(
        f"**Effect**: {question.sign}. Bars: share of the column’s largest (for the effect, regardless of sign)."
    )
    columns = [
        _column("effect", effects, "output", "Measured: " + question.result),
        *(
            _column(title, values, ROLES.get(title, "weights"), HELP.get(title, "The chosen head"))
            for title, values in said.items()
        ),
    ]
    breakdown(
        columns,
        key="beyond_effect",
        row_labels=names,
        row_title="without",
        label=f"Measured effect of {len(names)} words beside what attention says of each",
        selected=None,
    )
    table_twin(
        "Attention against effect",
        lambda: matrix_frame(np.stack([effects, *said.values()], axis=1), names, ["effect", *said]),
        key="beyond_effect_twin",
    )


def _agreement(effects: np.ndarray, said: dict[str, np.ndarray]) -> None:
    tests = {title: rank_test(values, np.abs(effects)) for title, values in said.items()}
    first = next(iter(tests.values()))
    st.markdown(
        "**The same order as the effect?** Spearman’s ρ of each measure with |effect|: 1 the same order, "
        "0 unrelated, −1 reversed. p: how often a random order agrees at least as strongly."
    )
    breakdown(
        [
            Column("ρ", [_or_none(test.rho) for test in tests.values()], "output"),
            Column("n", [str(test.n) for test in tests.values()], help="Words compared"),
            Column(
                "p", [_chance(test) for test in tests.values()], help="Two-sided, by permutation"
            ),
        ],
        key="beyond_agreement",
        row_labels=list(tests),
        row_title="measure",
        label=f"Rank correlation of {len(tests)} measures with the effect, {first.n} words",
    )
    table_twin(
        "Rank correlations",
        lambda: pd.DataFrame(
            {
                "rho": {title: test.rho for title, test in tests.items()},
                "n": {title: test.n for title, test in tests.items()},
                "p": {title: test.p for title, test in tests.items()},
                "orders tried": {title: test.n_orders for title, test in tests.items()},
            }
        ),
        key="beyond_agreement_twin",
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
            "With these words that proves nothing."
            if fair > 0.05
            else "One sentence is one case: try others before you believe it."
        )
    )


def _column(title: str, values: np.ndarray, role: str | None, told: str) -> Column:
    sizes = np.abs(values)
    largest = max(float(sizes.max()), SMALLEST)
    return Column(
        title, [number(value) for value in values], role, (sizes / largest).tolist(), told
    )


def _or_none(rho: float) -> str:
    return "no order" if np.isnan(rho) else f"{rho:.2f}".replace("-", "−")


def _chance(test: RankTest) -> str:
    return "–" if np.isnan(test.p) else f"{test.p:.3f}" if test.p >= LEAST_P else f"< {LEAST_P}"
