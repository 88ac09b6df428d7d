"""A, B and B − A, always in this order; the row and the cell chosen in one are chosen in all."""

import numpy as np
import streamlit as st

from pages.ui.compare.two_heads.pair import Pair
from pages.ui.matrix import matrix
from pages.ui.panels import full_scale
from pages.ui.takeaway import difference_twin, weights_twin
from pages.ui.wording import number, summary

MOST_ABREAST = 32  # keys up to which three pictures stand side by side; beyond, one below the other


def pictures(pair: Pair) -> None:
    """The three heatmaps on the same rows and columns."""
    abreast = len(pair.columns) <= MOST_ABREAST
    places = st.columns(3, gap="medium") if abreast else [st.container() for _ in range(3)]
    with places[0]:
        _side("A", pair.name_a, pair.a, pair.allowed_a, pair)
    with places[1]:
        _side("B", pair.name_b, pair.b, pair.allowed_b, pair)
    with places[2]:
        _difference(pair)


def _side(letter: str, name: str, weights: np.ndarray, allowed: np.ndarray, pair: Pair) -> None:
    _title(f"**{letter}**", name)
    matrix(
        weights,
        key=f"two_heads_{letter}",
        rows=pair.rows,
        columns=pair.columns,
        high=full_scale(np.stack([pair.a, pair.b])),  # the same scale on both sides
        blocked=~allowed,
        row=pair.row,
        cell=(pair.row, pair.column),
        label=f"{letter}: attention weights of {name}. "
        + summary(pair.rows[pair.row], weights[pair.row], pair.columns),
        on_pick=pair.pick,
    )
    title = f"Attention weights of {letter}: {name}"
    weights_twin(title, weights, pair.rows, pair.columns, allowed, key=f"two_heads_{letter}_twin")


def _difference(pair: Pair) -> None:
    difference, seen = pair.difference, pair.allowed_a | pair.allowed_b
    reach = float(np.abs(difference).max()) or 1.0
    _title("**B − A**", "blue: more in B · ochre: less in B")
    matrix(
        difference,
        key="two_heads_difference",
        rows=pair.rows,
        columns=pair.columns,
        role="diverging",
        low=-reach,
        high=reach,
        blocked=~seen,
        row=pair.row,
        cell=(pair.row, pair.column),
        label=f"B − A: difference of the weights of {pair.name_b} and {pair.name_a}. "
        f"In the chosen cell, {pair.rows[pair.row]} → {pair.columns[pair.column]}: "
        f"{number(difference[pair.row, pair.column])}",
        on_pick=pair.pick,
    )
    difference_twin(
        f"B − A: {pair.name_b} minus {pair.name_a}",
        difference,
        pair.rows,
        pair.columns,
        seen,
        key="two_heads_difference_twin",
    )


def _title(bold: str, literal: str) -> None:
    """One line: ours in bold, then what may hold a name that the reader typed."""
    with st.container(horizontal=True, gap="small"):
        st.markdown(bold, width="content")
        st.text(literal, width="content")
