"""What each head does, as numbers: the share of its weight that goes where a simple pattern points."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import streamlit as st

from attention_core.analysis.patterns import (
    CLEAR,
    clearest,
    even_head,
    pattern_scores,
    standing_out,
)
from attention_core.toy.critics import TOKENS
from pages.learn.multi_head.state import WORDS, Critics
from pages.ui.reader.predict import predict
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.figure import Figure

Scores = Mapping[str, np.ndarray]
SPREAD, HANDED_OVER = "spread", "first, handed over"
HELP = {
    SPREAD: "The head spreads a row as widely as over this many equal words",
    HANDED_OVER: "The share of the first word, once each weight is multiplied by the length of its value",
}


def measured_critics(state: Critics) -> None:
    """First a guess from the thumbnails, then the numbers of all heads that watch."""
    st.markdown(
        "Nobody tells a head what to look for, and a fine name for it proves nothing. What can be "
        "counted is **where its weight goes**."
    )
    weights = state.trace.heads.weights
    scores = pattern_scores(weights, TOKENS)
    even = pattern_scores(even_head(len(TOKENS)), TOKENS)
    state.measured |= _guess_previous(scores["previous"], float(even["previous"][0]))
    if not state.measured:
        return
    scores_panel(
        scores,
        even,
        weights[:, state.query],
        WORDS,
        key="multi_head_patterns",
        asks=WORDS[state.query],
        selected=state.chosen,
        on_pick=state.pick,
    )
    clear = clearest(scores, even)
    named = (
        f"head {head}: {'nothing counted here' if name is None else name}"
        for head, name in enumerate(clear)
    )
    st.markdown(
        f"What stands out most: {' · '.join(named)}. A head in which nothing stands out may still do "
        "something that nobody has counted."
    )


def scores_panel(
    scores: Scores,
    even: Scores,
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
        _shares(scores, even, key=key, selected=selected, on_pick=on_pick)
    others = [name for name in (SPREAD, HANDED_OVER) if name in scores]
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


def _shares(
    scores: Scores, even: Scores, *, key: str, selected: int, on_pick: Callable[[int], None]
) -> None:
    names = [name for name in scores if name not in HELP]
    values = np.stack([np.append(scores[name], even[name]) for name in names], axis=1)
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
