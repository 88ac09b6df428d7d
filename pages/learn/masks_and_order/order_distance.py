"""RoPE's promise: one query and one key, moved along the sentence together, keep their score."""

import numpy as np
import streamlit as st

from attention_core.analysis.order import at_every_position, diagonal_spread, scores_by_position
from attention_core.toy.one_head import under_mask
from attention_core.toy.scenario import Scenario
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.parts import formula
from pages.ui.widgets.plane import Mark, plane, plane_numbers
from pages.ui.widgets.wording import labels, number

N_POSITIONS = 8
PAIR = "masks_and_order_positions"  # (where the query stands, where the key stands)


def distance_panel(scenario: Scenario, query: int, strength: float) -> None:
    """The score of one q and one k at all positions; the chosen positions as two turned arrows."""
    trace = under_mask(scenario, None)
    likes = int(trace.weights[query].argmax())
    q, k = trace.q[query], trace.k[likes]
    scores = scores_by_position(q, k, N_POSITIONS, strength)
    q_pos, k_pos = st.session_state.get(PAIR, (1, 6))
    names = labels(scenario.tokens)

    st.markdown(
        "**Only the distance counts.** Move both words along the sentence, and their score stays: "
        "each diagonal holds one number. Click a cell, and the arrows turn to its two positions."
    )
    st.text(f"q of {names[query]}, k of {names[likes]}, each at positions 0 to {N_POSITIONS - 1}:")
    left, right = st.columns(2, gap="large")
    with left:
        _all_positions(scores, (q_pos, k_pos))
    with right:
        _two_arrows(
            at_every_position(q, N_POSITIONS, strength)[[0, q_pos]],
            at_every_position(k, N_POSITIONS, strength)[[0, k_pos]],
            (q_pos, k_pos),
        )
    formula(
        f":blue[q at position {q_pos}] · :orange[k at position {k_pos}] = "
        f"**{number(scores[q_pos, k_pos])}**  \n"
        f"largest difference along any diagonal: **{number(diagonal_spread(scores))}**",
        key="order_distance",
    )


def _all_positions(scores: np.ndarray, pair: tuple[int, int]) -> None:
    positions = [str(position) for position in range(N_POSITIONS)]
    Figure(
        "Scores by position",
        scores,
        rows=positions,
        columns=positions,
        row_title="query at position",
        column_title="key at position",
        role="diverging",
        cell=pair,
        decimals=1,
        summary="Scores of one query and one key at all positions: every diagonal holds one number",
    ).draw("order_scores", on_pick=_take)


def _take(q_pos: int, k_pos: int | None) -> None:
    if k_pos is not None:
        st.session_state[PAIR] = (q_pos, k_pos)


def _two_arrows(q: np.ndarray, k: np.ndarray, pair: tuple[int, int]) -> None:
    """The first pair of numbers of q and of k: unturned (faint) and turned."""
    half = q.shape[1] // 2
    x_title, y_title = "number 0", f"number {half}"

    def arrow(name: str, role: str, vector: np.ndarray, faint: bool = False) -> Mark:
        return Mark(name, float(vector[0]), float(vector[half]), role, (0.0, 0.0), faint=faint)

    marks = [
        arrow(f"q at {pair[0]}", "query", q[1]),
        arrow(f"k at {pair[1]}", "key", k[1]),
        arrow("q at 0", "query", q[0], faint=True),
        arrow("k at 0", "key", k[0], faint=True),
    ]
    plane(
        marks,
        key="order_plane",
        label=f"One pair of numbers of q at position {pair[0]} and of k at position {pair[1]}, as arrows",
        x_title=x_title,
        y_title=y_title,
        angle=(0, 1),
        numbers=plane_numbers("One turned pair of q and k", marks, x_title, y_title),
    )
