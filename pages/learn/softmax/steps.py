"""The reader's own scores, and their way through the softmax: sliders, each step as a column, the formula."""

import numpy as np
import streamlit as st

from attention_core.analysis.trials import lead
from attention_core.softmax import SoftmaxSteps, softmax_steps
from attention_core.toy.claims import SOFTMAX_SCORES
from pages.ui.widgets.breakdown import Column, breakdown, column_of
from pages.ui.widgets.parts import formula, notice_this
from pages.ui.widgets.wording import number

KEYS = ("cat", "mat", "on", "sat", "the", "it")
SCORES = (*SOFTMAX_SCORES.tolist(), 0.0, -1.0, -2.0)  # the tutorial's, and some to add
REACH = 5.0
TEMPERATURES = (0.01, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0, 100.0)


def plain(title: str, values: np.ndarray, help_text: str | None = None) -> Column:
    """Numbers as they are; what is not a number any more is called so."""
    return Column(title, [number(value) for value in values], help=help_text)


def shares(title: str, weights: np.ndarray, help_text: str = "÷ the sum of all exps") -> Column:
    """Weights with bars; where there is no number, there is no bar."""
    return column_of(title, weights, decimals=4, help=help_text)


def steps_panel() -> tuple[tuple[str, ...], np.ndarray]:
    """Draws it all; returns the keys and their scores ÷ temperature, for whoever goes on with them."""
    controls, picture = st.columns([2, 5], gap="medium")
    with controls:
        keys, scores, temperature = _scores()
    steps = softmax_steps(scores, temperature=temperature)
    with picture:
        chosen = min(st.session_state.get("softmax_key", 0), len(keys) - 1)
        _formula(keys[chosen], chosen, scores, temperature, steps)
        breakdown(
            [
                plain("score", scores, "How well the key fits the query"),
                plain("÷ T", steps.tempered, "÷ temperature"),
                plain("− max", steps.shifted, "The largest becomes 0, so that exp cannot overflow"),
                plain("exp", steps.exps, "e to the power of it: never negative"),
                shares("weight", steps.weights),
            ],
            key="softmax_steps",
            row_labels=keys,
            selected=chosen,
            footer=["sum", "", "", "", number(steps.total.item()), f"{steps.weights.sum():.4f}"],
            label=f"Softmax of {len(keys)} scores, step by step",
            on_pick=lambda row: st.session_state.update(softmax_key=row),
        )
        st.markdown(
            "Click a row to see its arithmetic above. A small T lets the winner take all; "
            f"a large T gives everyone the same, here 1 ÷ {len(keys)} = {1 / len(keys):.4f}."
        )
        _notice(keys, steps)
    return keys, steps.tempered


def _scores() -> tuple[tuple[str, ...], np.ndarray, float]:
    n_keys = st.slider(  # not a button for each: those take the browser longer to redraw
        "Number of keys",
        len(SOFTMAX_SCORES),
        len(KEYS),
        key="softmax_n_keys",
        persist_state="session",
    )
    keys = KEYS[:n_keys]
    scores = [
        st.slider(
            f"Score of {name}",
            -REACH,
            REACH,
            score,
            step=0.1,
            format="%.1f",
            key=f"softmax_score_{name}",
            persist_state="session",
        )
        for name, score in zip(keys, SCORES, strict=False)
    ]
    temperature = st.select_slider(
        "Temperature T",
        TEMPERATURES,
        1.0,
        format_func=lambda value: f"{value:g}",
        key="softmax_temperature",
        persist_state="session",
    )
    return keys, np.array(scores), temperature


def _formula(
    name: str, chosen: int, scores: np.ndarray, temperature: float, steps: SoftmaxSteps
) -> None:
    top, total = number(steps.top.item()), number(steps.total.item())
    formula(
        f":violet[weight] of :orange[{name}] = exp( score ÷ T − max ) ÷ sum  \n"
        f"= exp( {scores[chosen]:.1f} ÷ {temperature:g} − {top} ) ÷ {total} "
        f"= {number(steps.exps[chosen])} ÷ {total} = :violet[**{steps.weights[chosen]:.4f}**]",
        key="softmax",
    )


def _notice(keys: tuple[str, ...], steps: SoftmaxSteps) -> None:
    best = lead(steps.tempered)
    notice_this(
        f"**Only the gap counts.** After ÷ T, “{keys[best.first]}” is {best.gap:.2f} ahead of "
        f"“{keys[best.second]}”. So its weight is e^{best.gap:.2f} = **{best.ratio:.3g} times** as large."
    )
