"""What each head does, as numbers: the share of its weight on simple patterns; and why an average of heads hides it."""

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from attention_core.analysis.patterns import (
    CLEAR,
    HANDED_OVER,
    SPREAD,
    Measured,
    averaged,
    clearest,
    measure_patterns,
    rows_and_average,
    standing_out,
)
from attention_core.toy.critics import TOKENS, one_word_each
from pages.learn.multi_head.state import WORDS, Critics
from pages.ui.reader.predict import predict
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.wording import number

HELP = {
    SPREAD: "The head spreads a row as widely as over this many equal words",
    HANDED_OVER: "The share of the first word, once each weight is multiplied by the length of its value",
}
N_MADE_UP = 8  # heads of one word each
AVERAGES = {  # how an average may look → its largest weight
    "One word stands out": 1.0,
    "Two words share it": 1 / 2,
    "Nearly flat: no word stands out": 1 / N_MADE_UP,
}
SOURCES = ("heads of one word each", "the critics above")


def measured_critics(state: Critics) -> None:
    """First a guess from the thumbnails, then the numbers of all heads that watch."""
    st.markdown(
        "Nobody tells a head what to look for, and a fine name for it proves nothing. What can be "
        "counted is **where its weight goes**."
    )
    weights = state.trace.heads.weights
    measured = measure_patterns(weights, TOKENS)
    state.measured |= _guess_previous(
        measured.scores["previous"], float(measured.even["previous"][0])
    )
    if not state.measured:
        return
    scores_panel(
        measured,
        weights[:, state.query],
        WORDS,
        key="multi_head_patterns",
        asks=WORDS[state.query],
        selected=state.chosen,
        on_pick=state.pick,
    )
    clear = clearest(measured.scores, measured.even)
    named = (
        f"head {head}: {'nothing counted here' if name is None else name}"
        for head, name in enumerate(clear)
    )
    st.markdown(
        f"What stands out most: {' · '.join(named)}. A head in which nothing stands out may still do "
        "something that nobody has counted."
    )


def scores_panel(
    measured: Measured,
    rows: np.ndarray,
    keys: Sequence[str],
    *,
    key: str,
    asks: str,
    selected: int,
    on_pick: Callable[[int], None],
    allowed: np.ndarray | None = None,
) -> None:
    """Left the share on each pattern; right what the asking word finds, and how widely each head spreads.

    `rows` is the row of the word that `asks`, in each head; `keys` are read literally.
    """
    left, right = st.columns([3, 2], gap="large")
    with left:
        _shares(measured, key=key, selected=selected, on_pick=on_pick)
    scores, even = measured.scores, measured.even
    others = [name for name in HELP if name in scores]
    found = [
        "–" if best is None else f"{keys[best]} {row[best]:.2f}"
        for row, best in zip(rows, standing_out(rows, allowed), strict=True)
    ]
    with right:
        breakdown(
            [
                Column(f"{asks} →", found, help="The word with most weight, if one stands out"),
                *(
                    Column(name, [_short(value) for value in scores[name]], help=HELP[name])
                    for name in others
                ),
            ],
            key=f"{key}_found",
            row_labels=[f"head {head}" for head in range(len(rows))],
            row_title="head",
            label="What the asking word finds in each head, and how widely the head spreads",
            selected=selected,
            footer=["even", "", *(_short(float(even[name][0])) for name in others)],
            on_pick=on_pick,
        )


def _shares(measured: Measured, *, key: str, selected: int, on_pick: Callable[[int], None]) -> None:
    names = [name for name in measured.scores if name not in HELP]
    values = np.stack(
        [np.append(measured.scores[name], measured.even[name]) for name in names], axis=1
    )
    heads = [f"head {head}" for head in range(len(values) - 1)]
    Figure(
        "Patterns of the heads",
        values,
        rows=[*heads, "even"],
        columns=names,
        row=selected,
        row_title="head",
        column_title="share of the weight on",
        summary="Each head's share of the weight; the last row is an even head",
    ).draw(key, on_pick=lambda row, column: on_pick(min(row, len(heads) - 1)))


def _guess_previous(shares: np.ndarray, even: float) -> bool:
    best = int(shares.argmax())
    found = shares[best] >= CLEAR * even
    return predict(
        "Look at the thumbnails only. Which head looks most at the **word before**?",
        ["none of them", *(f"head {head}" for head in range(len(shares)))],
        best + 1 if found else 0,
        lambda: (
            f"Head {best} gives {shares[best]:.2f} of its weight to the word before; a head without "
            f"any preference would give {even:.2f}. "
            + (
                "In the picture it is the line just below the diagonal."
                if found
                else "That is no difference to speak of."
            )
        ),
        key=f"multi_head_previous_{best if found else None}",
    )


def _short(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}"


@st.fragment
def average(state: Critics) -> None:
    """Sharp heads, flat average: first guessed, then seen on made-up heads and on the critics."""
    st.markdown(
        "With many heads on screen it is tempting to average them into one heatmap. That average is "
        "the attention of no head."
    )
    top = averaged(one_word_each(N_MADE_UP, len(TOKENS))).average_top
    answer = min(range(len(AVERAGES)), key=lambda i: abs(list(AVERAGES.values())[i] - top))
    answered = predict(
        f"{N_MADE_UP} heads, each puts all its weight on one word of its own. What does their average look like?",
        list(AVERAGES),
        answer,
        lambda: (
            f"No word gets more than {number(top)} of the average, although each head is as sure as a head "
            "can be. Whoever sees only the average would say: this layer looks at nothing in particular."
        ),
        key="multi_head_average",
    )
    if not answered:
        return
    left, right = st.columns(2, gap="large")
    source = left.segmented_control(
        "Average of",
        SOURCES,
        default=SOURCES[0],
        key="multi_head_average_of",
        required=True,
        persist_state="session",
    )
    weights, q_pos = state.trace.heads.weights, state.query
    if source == SOURCES[0]:
        n_heads = right.slider(
            "How many of them?",
            1,
            N_MADE_UP,
            N_MADE_UP,
            key="multi_head_one_word",
            persist_state="session",
        )
        weights, q_pos = one_word_each(n_heads, len(TOKENS)), 0
    average_panel(
        weights,
        q_pos,
        WORDS,
        key="multi_head_average_rows",
        label=f"{len(weights)} heads and their average",
    )


def average_panel(
    weights: np.ndarray,
    q_pos: int,
    keys: Sequence[str],
    *,
    key: str,
    label: str,
    mask: np.ndarray | None = None,
) -> None:
    """One query in every head, their average below, and how much sharper the heads are than it."""
    values = rows_and_average(weights, q_pos)
    rows = [*(f"head {i}" for i in range(len(weights))), "average"]
    Figure(
        "The heads and their average",
        values,
        rows=rows,
        columns=keys,
        row=len(weights),
        row_title="the same query, in each head",
        column_title="what keys get",
        blocked=None if mask is None else np.repeat(~mask[[q_pos]], len(values), axis=0),
        summary=label,
    ).draw(key)
    sharp = averaged(weights, mask)
    if np.isnan(sharp.heads_top):  # a single word has nothing to choose from
        return
    st.markdown(
        f"The largest weight of a row: **{number(sharp.heads_top)}** in a head, on average over heads; "
        f"**{number(sharp.average_top)}** in the average head. A row spreads as wide as over "
        f"**{sharp.heads_spread:.1f}** equal words in a head, over **{sharp.average_spread:.1f}** "
        "in the average head."
    )
