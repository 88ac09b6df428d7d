"""Positions switched on: added waves or turned q and k. Now the shuffled sentence gets other weights."""

import numpy as np
import streamlit as st

from attention_core.analysis.order import largest_difference, put_back
from attention_core.positions import rope_angles, sinusoidal_positions
from attention_core.toy.one_head import in_order
from attention_core.toy.scenario import Scenario
from pages.learn.masks_and_order.order_distance import distance_panel
from pages.learn.masks_and_order.order_rows import compare_rows
from pages.learn.masks_and_order.order_waves import waves_panel
from pages.ui.widgets.parts import formula, notice_this, one_of
from pages.ui.widgets.wording import labels, number, vector

KINDS = {"sinusoidal": "Add a wave to x (sinusoidal)", "rope": "Turn q and k (RoPE)"}
GENTLE = 0.25  # strength at which the toy's story can still be followed


@st.fragment  # inside the fragment of the shuffle, so that the slider redraws this panel alone
def positions_panel(scenario: Scenario, query: int, order: np.ndarray) -> None:
    """The chosen word's weights in both orders, with positions, and the picture of these positions."""
    st.header("Tell each word its position", anchor=False)
    st.markdown(
        "Attention must be told who stands where. Either each position adds its own pattern to the embedding **x**, "
        "or each position turns :blue[q] and :orange[k] by its own angle. At strength 0 the bag of words is back."
    )
    kind, strength = _controls()
    before = in_order(scenario, np.arange(len(order)), kind, strength).weights
    after = put_back(in_order(scenario, order, kind, strength).weights, order)
    names = labels(scenario.tokens)
    left, right = st.columns([5, 6], gap="large")
    with left:
        st.text(f"{names[query]} asks, in both orders:")
        titles = ("your order", "shuffled")
        compare_rows(before[query], after[query], names, key="order_rows", titles=titles)
    with right:
        said = _added if kind == "sinusoidal" else _turned
        formula(
            f"{said(scenario, query, strength)}  \nlargest |difference| of two :violet[weights] = "
            f":violet[**{number(largest_difference(after, before))}**]",
            key="order_positions",
        )
        notice_this(
            "With positions the order counts. This toy's matrices were made without positions in mind, so at full strength "
            "its story breaks. A model that learns with positions learns to use them."
        )
    if kind == "sinusoidal":
        waves_panel(names)
    else:
        distance_panel(scenario, query, strength)


def _controls() -> tuple[str, float]:
    left, right = st.columns([3, 2], gap="large", vertical_alignment="bottom")
    with left:
        kind = one_of(
            "How the position gets in",
            KINDS,
            key="masks_and_order_kind",
            default="sinusoidal",
            format_func=KINDS.__getitem__,
        )
    with right:
        strength = st.slider(
            "Strength (1: as published)",
            0.0,
            1.0,
            GENTLE,
            0.05,
            key="masks_and_order_strength",
            persist_state="session",
        )
    return kind, strength


def _added(scenario: Scenario, query: int, strength: float) -> str:
    """x + strength · wave, with the numbers of the chosen word."""
    x = scenario.x[query]
    wave = sinusoidal_positions(query + 1, len(x))[query]
    return (
        f"x at position {query} = embedding + {strength:.2f} · wave  \n"
        f"{vector(x)} + {strength:.2f} · {vector(wave)} = {vector(x + strength * wave)}"
    )


def _turned(scenario: Scenario, query: int, strength: float) -> str:
    """By how much each pair of the chosen word's q and k is turned."""
    angles = strength * rope_angles(query + 1, len(scenario.dimensions))[query]
    turns = " and ".join(f"{angle:.2f} rad = {np.degrees(angle):.0f}°" for angle in angles)
    return (
        f":blue[q] and :orange[k] at position {query}, taken in pairs of numbers: "
        f"the pairs are turned by {turns}"
    )
