"""Rows of scores and weights: the reader's own through the softmax, changes to try on them, and rows in print."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from attention_core.analysis.mistakes import largest_safe_score, twice, without_max
from attention_core.analysis.rows import misses_one, printed_sums, random_rows
from attention_core.analysis.trials import Trial, lead, redrawn, shifted, stretched
from attention_core.softmax import SoftmaxSteps, softmax_steps
from attention_core.toy.claims import SOFTMAX_SCORES
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.widgets.breakdown import Column, breakdown, column_of
from pages.ui.widgets.parts import formula, notice_this
from pages.ui.widgets.wording import number

Keys = tuple[str, ...]
Table = tuple[list[Column], list[str]]  # columns and footer
KEYS = ("cat", "mat", "on", "sat", "the", "it")
SCORES = (*SOFTMAX_SCORES.tolist(), 0.0, -1.0, -2.0)  # the tutorial's, and some to add
REACH = 5.0
TEMPERATURES = (0.01, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0, 100.0)
NOTHING_MOVED = "no weight moved at all."
N_ROWS = 10_000  # made up, to be printed
DECIMALS = 2
FEWEST, MOST = 3, 24  # keys in such a row
OFTEN_MISS = "**Printed shares** often don't add up: see how often"


def plain(title: str, values: np.ndarray, help_text: str | None = None) -> Column:
    """Numbers as they are; what is not a number any more is called so."""
    return Column(title, [number(value) for value in values], help=help_text)


def shares(title: str, weights: np.ndarray, help_text: str = "÷ the sum of all exps") -> Column:
    """Weights with bars; where there is no number, there is no bar."""
    return column_of(title, weights, decimals=4, help=help_text)


def steps_panel() -> tuple[Keys, np.ndarray]:
    """Draws it all; returns the keys and their scores ÷ temperature, for whoever goes on with them."""
    controls, picture = st.columns([2, 5], gap="medium")
    with controls:
        keys, scores, temperature = _scores()
    steps = softmax_steps(scores, temperature=temperature)
    with picture:
        chosen = min(st.session_state.get("softmax_key", 0), len(keys) - 1)
        top, total = number(steps.top.item()), number(steps.total.item())
        formula(
            f":violet[weight] of :orange[{keys[chosen]}] = exp( score ÷ T − max ) ÷ sum  \n"
            f"= exp( {scores[chosen]:.1f} ÷ {temperature:g} − {top} ) ÷ {total} "
            f"= {number(steps.exps[chosen])} ÷ {total} = :violet[**{steps.weights[chosen]:.4f}**]",
            key="softmax",
        )
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
            footer=["sum", "", "", "", total, f"{steps.weights.sum():.4f}"],
            label=f"Softmax of {len(keys)} scores, step by step",
            on_pick=lambda row: st.session_state.update(softmax_key=row),
        )
        st.markdown(
            "Click a row to see its arithmetic above. A small T lets the winner take all; "
            f"a large T gives everyone the same, here 1 ÷ {len(keys)} = {1 / len(keys):.4f}."
        )
        _notice(keys, steps)
    return keys, steps.tempered


def _scores() -> tuple[Keys, np.ndarray, float]:
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


def _notice(keys: Keys, steps: SoftmaxSteps) -> None:
    best = lead(steps.tempered)
    notice_this(
        f"**Only the gap counts.** After ÷ T, “{keys[best.first]}” is {best.gap:.2f} ahead of "
        f"“{keys[best.second]}”. So its weight is e^{best.gap:.2f} = **{best.ratio:.3g} times** as large."
    )


def trials_panel(keys: Keys, scores: np.ndarray) -> None:
    chosen = st.pills(
        "What would you like to try?",
        list(TRIALS),
        default=next(iter(TRIALS)),
        required=True,
        key="softmax_trial",
        persist_state="session",
        wrap=True,
    )
    words, table = st.columns([2, 5], gap="medium")
    with words:
        columns, footer = TRIALS[chosen](scores)
    with table:
        breakdown(
            columns,
            key="softmax_trial_table",
            row_labels=keys,
            footer=footer,
            label="Weights before and after the change",
        )


def _other_scores(scores: np.ndarray) -> Table:
    seed = st.session_state.setdefault("softmax_seed", 1)
    tried = redrawn(scores, seed)
    st.markdown(
        "Whatever the scores are, the weights sum to 1: "
        f"{tried.weights.sum():.4f} for yours, {tried.new_weights.sum():.4f} for the drawn ones."
    )
    st.button(
        "Draw other scores",
        icon=":material/casino:",
        key="softmax_draw",
        on_click=lambda: st.session_state.update(softmax_seed=seed + 1),
    )
    return _before_and_after(tried, "drawn score")


def _constant(scores: np.ndarray) -> Table:
    by = st.slider("Add to every score", -50, 50, 10, key="softmax_shift")
    tried = shifted(scores, float(by))
    st.markdown(
        f"All scores {by:+d}: no weight moved by more than **{tried.moved:.0e}**, which is rounding."
        if tried.moved
        else f"All scores {by:+d}: {NOTHING_MOVED}"
    )
    return _before_and_after(tried, f"score {by:+d}")


def _no_max(scores: np.ndarray) -> Table:
    factor = st.select_slider(
        "Make the scores larger: ×", (1, 10, 100, 1000), 1000, key="softmax_factor"
    )
    tried = stretched(scores, float(factor))
    broken = without_max(tried.new_scores)
    if not np.isnan(broken.weights).any():
        st.markdown(
            "Both ways agree. But exp of a score above "
            f"{largest_safe_score():.0f} is too large for a computer's number."
        )
    elif broken.total.item() == 0:
        st.markdown("Every exp is too small to store and becomes 0: 0 ÷ 0 is no number, **nan**.")
    else:
        st.markdown(
            f"Scores above {largest_safe_score():.0f} are too large for exp: it becomes **inf**, "
            "and inf ÷ inf is no number, **nan**. With − max no exp is ever above 1."
        )
    columns = [
        plain(f"score × {factor}", tried.new_scores),
        Column("exp, no − max", [f"{value:.3g}" for value in broken.exps]),
        shares("weight, no − max", broken.weights),
        shares("weight, with − max", tried.new_weights),
    ]
    total = f"{broken.total.item():.3g}"
    return columns, ["sum", "", total, _sum(broken.weights), _sum(tried.new_weights)]


def _second(scores: np.ndarray) -> Table:
    once, again = stretched(scores, 1.0).weights, twice(scores)
    st.markdown(
        f"Softmax of the weights: the largest falls from {once.max():.4f} to **{again.max():.4f}**. "
        "Weights are never more than 1 apart, so hardly a gap is left to work with. "
        "Programs do this by accident: the result still sums to 1."
    )
    columns = [plain("score", scores), shares("softmax", once), shares("softmax twice", again)]
    return columns, ["sum", "", _sum(once), _sum(again)]


TRIALS: dict[str, Callable[[np.ndarray], Table]] = {
    "Other scores": _other_scores,
    "Add a constant": _constant,
    "Leave out − max": _no_max,
    "Softmax twice": _second,
}


def _before_and_after(tried: Trial, new_title: str) -> Table:
    columns = [
        plain("score", tried.scores),
        shares("weight", tried.weights),
        plain(new_title, tried.new_scores),
        shares("weight now", tried.new_weights),
    ]
    return columns, ["sum", "", _sum(tried.weights), "", _sum(tried.new_weights)]


def _sum(weights: np.ndarray) -> str:
    return f"{weights.sum():.4f}"


def rounding_panel() -> None:
    """Thousands of made-up rows: how many of them would not add up on paper, and one that does not."""
    words, table = st.columns([2, 5], gap="medium")
    with words:
        n_keys = st.slider(
            "Keys in a row", FEWEST, MOST, 6, key="softmax_row", persist_state="session"
        )
    rows = random_rows(N_ROWS, n_keys, seed=n_keys)
    missed = misses_one(rows, DECIMALS)
    with words:
        st.markdown(
            f"Of {N_ROWS:,} random rows of {n_keys} weights, **{missed.mean():.0%}** do not add up to "
            f"{1:.{DECIMALS}f} once each weight is printed with two decimals. "
            "Nothing is wrong with them: so compute with all digits, and round only to show."
        )
    row = rows[missed.argmax()]
    printed = Column("printed", [f"{weight:.{DECIMALS}f}" for weight in row])
    with table:
        breakdown(
            [shares("weight", row), printed],
            key="softmax_printed_row",
            row_labels=[f"key {i}" for i in range(n_keys)],
            footer=["sum", _sum(row), f"{printed_sums(row, DECIMALS).item():.{DECIMALS}f}"],
            label="A row of weights that does not add up once it is printed",
        )


def rounding_of_model(model_id: str, text: str) -> None:
    """The same count over every row of every head of the pretrained model. It must be loaded."""
    n_rows, n_missed = _count(model_id, text)
    st.markdown(
        f"Printed with two decimals, **{n_missed / n_rows:.0%}** of this model's {n_rows:,} rows "
        f"(all its heads, on your sentence) do not add up to {1:.{DECIMALS}f}."
    )


@cached(max_entries=16, show_spinner="Adding up all rows …")
def _count(model_id: str, text: str) -> tuple[int, int]:
    """(rows, rows that miss 1 once printed) over all layers and heads."""
    missed = [
        misses_one(layer.weights, DECIMALS) for layer in models.captured(model_id, text).layers
    ]
    return sum(each.size for each in missed), sum(int(each.sum()) for each in missed)
