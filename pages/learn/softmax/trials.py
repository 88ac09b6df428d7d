"""Changes to try on the reader's scores, one at a time; and rows of weights that do not add up once printed."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from attention_core.analysis.mistakes import largest_safe_score, twice, without_max
from attention_core.analysis.rows import misses_one, printed_sums, random_rows
from attention_core.analysis.trials import Trial, redrawn, shifted, stretched
from pages.learn.softmax.steps import plain, shares
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.widgets.breakdown import Column, breakdown

Keys = tuple[str, ...]
NOTHING_MOVED = "no weight moved at all."
N_ROWS = 10_000  # made up, to be printed
DECIMALS = 2


def trials_panel(keys: Keys, scores: np.ndarray) -> None:
    """The list of changes on top; of the chosen one: what it does, its control, its numbers."""
    chosen = st.pills(
        "What would you like to try?",
        list(TRIALS),
        default=next(iter(TRIALS)),
        required=True,
        key="softmax_trial",
        persist_state="session",
        wrap=True,
    )
    TRIALS[chosen](keys, scores)


def _other_scores(keys: Keys, scores: np.ndarray) -> None:
    words, table = st.columns([2, 5], gap="medium")
    seed = st.session_state.setdefault("softmax_seed", 1)
    tried = redrawn(scores, seed)
    with words:
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
    with table:
        _before_and_after(keys, tried, "drawn score")


def _constant(keys: Keys, scores: np.ndarray) -> None:
    words, table = st.columns([2, 5], gap="medium")
    with words:
        by = st.slider("Add to every score", -50, 50, 10, key="softmax_shift")
    tried = shifted(scores, float(by))
    with words:
        st.markdown(
            f"All scores {by:+d}: no weight moved by more than **{tried.moved:.0e}**, which is rounding."
            if tried.moved
            else f"All scores {by:+d}: {NOTHING_MOVED}"
        )
    with table:
        _before_and_after(keys, tried, f"score {by:+d}")


def _no_max(keys: Keys, scores: np.ndarray) -> None:
    words, table = st.columns([2, 5], gap="medium")
    with words:
        factor = st.select_slider(
            "Make the scores larger: ×", (1, 10, 100, 1000), 1000, key="softmax_factor"
        )
    tried = stretched(scores, float(factor))
    broken = without_max(tried.new_scores)
    with words:
        if not np.isnan(broken.weights).any():
            st.markdown(
                "Both ways agree. But exp of a score above "
                f"{largest_safe_score():.0f} is too large for a computer's number."
            )
        elif broken.total.item() == 0:
            st.markdown(
                "Every exp is too small to store and becomes 0: 0 ÷ 0 is no number, **nan**."
            )
        else:
            st.markdown(
                f"Scores above {largest_safe_score():.0f} are too large for exp: it becomes **inf**, "
                "and inf ÷ inf is no number, **nan**. With − max no exp is ever above 1."
            )
    with table:
        _table(
            keys,
            [
                plain(f"score × {factor}", tried.new_scores),
                Column("exp, no − max", [f"{value:.3g}" for value in broken.exps]),
                shares("weight, no − max", broken.weights),
                shares("weight, with − max", tried.new_weights),
            ],
            ["sum", "", f"{broken.total.item():.3g}"]
            + [f"{weights.sum():.4f}" for weights in (broken.weights, tried.new_weights)],
        )


def _second(keys: Keys, scores: np.ndarray) -> None:
    words, table = st.columns([2, 5], gap="medium")
    once, again = stretched(scores, 1.0).weights, twice(scores)
    with words:
        st.markdown(
            f"Softmax of the weights: the largest falls from {once.max():.4f} to **{again.max():.4f}**. "
            "Weights are never more than 1 apart, so hardly a gap is left to work with. "
            "Programs do this by accident: the result still sums to 1."
        )
    with table:
        _table(
            keys,
            [plain("score", scores), shares("softmax", once), shares("softmax twice", again)],
            ["sum", "", f"{once.sum():.4f}", f"{again.sum():.4f}"],
        )


TRIALS: dict[str, Callable[[Keys, np.ndarray], None]] = {
    "Other scores": _other_scores,
    "Add a constant": _constant,
    "Leave out − max": _no_max,
    "Softmax twice": _second,
}


def _before_and_after(keys: Keys, tried: Trial, new_title: str) -> None:
    _table(
        keys,
        [
            plain("score", tried.scores),
            shares("weight", tried.weights),
            plain(new_title, tried.new_scores),
            shares("weight now", tried.new_weights),
        ],
        ["sum", "", f"{tried.weights.sum():.4f}", "", f"{tried.new_weights.sum():.4f}"],
    )


def _table(keys: Keys, columns: list[Column], footer: list[str]) -> None:
    breakdown(
        columns,
        key="softmax_trial_table",
        row_labels=keys,
        footer=footer,
        label="Weights before and after the change",
    )


def rounding_panel() -> None:
    """Thousands of made-up rows: how many of them would not add up on paper, and one that does not."""
    words, table = st.columns([2, 5], gap="medium")
    with words:
        n_keys = st.slider("Keys in a row", 3, 24, 6, key="softmax_row", persist_state="session")
    rows = random_rows(N_ROWS, n_keys, seed=n_keys)
    missed = misses_one(rows, DECIMALS)
    with words:
        st.markdown(
            f"Of {N_ROWS:,} random rows of {n_keys} weights, **{missed.mean():.0%}** do not add up to "
            f"{1:.{DECIMALS}f} once each weight is printed with two decimals. "
            "Nothing is wrong with them: so compute with all digits, and round only to show."
        )
    with table:
        _example(rows[missed.argmax()])


def _example(row: np.ndarray) -> None:
    breakdown(
        [
            shares("weight", row),
            Column("printed", [f"{weight:.{DECIMALS}f}" for weight in row]),
        ],
        key="softmax_printed_row",
        row_labels=[f"key {i}" for i in range(len(row))],
        footer=["sum", f"{row.sum():.4f}", f"{printed_sums(row, DECIMALS).item():.{DECIMALS}f}"],
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
