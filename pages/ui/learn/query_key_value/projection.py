"""Lesson 5: an embedding becomes a query, a key or a value: a row of x times a column of W, number by number."""

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.heads import merge_heads
from attention_core.toy.scenario import Scenario, run, set_cell
from pages.ui.learn.parts import formula
from pages.ui.matrix import matrix
from pages.ui.notices import clear_notices, notice
from pages.ui.takeaway import matrix_frame, table_twin
from pages.ui.toy_editor import MADE_OF, ROLES, history_buttons
from pages.ui.toy_state import Toy
from pages.ui.wording import labels, number

COLOURS = {"W_Q": "blue", "W_K": "orange", "W_V": "green"}
WORD, CELL = "qkv_word", "qkv_cell"  # session: (query, word) and (row, column) of W, as chosen


def projection(toy: Toy, query: int) -> None:
    """x, W and x W side by side; W can be changed, and a click on the others chooses what is worked out."""
    name = st.segmented_control(
        "Matrix",
        list(COLOURS),
        default="W_Q",
        required=True,
        format_func=lambda W: f":{COLOURS[W]}[{W}: {MADE_OF[W]}]",
        key="qkv_matrix",
        wrap=True,
        label_visibility="collapsed",
    )
    asked, word = st.session_state.get(WORD, (query, query))
    if asked != query or word >= len(toy.current.tokens):
        word = query
    largest = int(np.abs(toy.current.x[word]).argmax())
    row, column = st.session_state.get(CELL, (largest, 0))

    def choose(r: int, c: int | None) -> None:
        st.session_state[WORD] = query, r
        if c is not None:
            st.session_state[CELL] = row, c

    x_side, W_side, made_side = st.columns([10, 9, 9])
    tokens, dimensions = labels(toy.current.tokens), list(toy.current.dimensions)
    letter, colour = name[-1].lower(), COLOURS[name]
    made, outs = _made(toy.current, name), [f"{letter} {i}" for i in range(len(dimensions))]
    with x_side:
        st.markdown("**x**: the embeddings")
        matrix(
            toy.current.x,
            key="qkv_x",
            rows=tokens,
            columns=dimensions,
            row_title="token",
            column_title="dimension",
            role="diverging",
            row=word,
            label=f"Embeddings; the row of {tokens[word]} is chosen.",
            on_pick=lambda r, _: choose(r, None),
        )
    with W_side:
        st.markdown(f"times :{colour}[**{name}**]: click a number and change it")
        _editable(toy, name, (row, column), dimensions, outs)
        history_buttons(toy)
    with made_side:
        st.markdown(f"makes :{colour}[**{letter}**]")
        matrix(
            made,
            key="qkv_made",
            rows=tokens,
            columns=outs,
            row_title="token",
            column_title="dimension",
            role=ROLES[name],
            row=word,
            cell=(word, column),
            label=f"{letter} of each word; {tokens[word]}, {outs[column]} is "
            f"{number(made[word, column])}.",
            on_pick=choose,
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(f"{tokens[word]}, {outs[column]}", width="stretch")
        frames = {
            "x": matrix_frame(toy.current.x, tokens, dimensions),
            name: matrix_frame(getattr(toy.current, name), dimensions, outs),
            letter: matrix_frame(made, tokens, outs),
        }
        table_twin(f"x, {name} and {letter}", lambda: pd.concat(frames), key="qkv_projection_twin")
    formula(_products(toy.current, name, word, row, column), key="qkv_products")


def _made(scenario: Scenario, name: str) -> np.ndarray:
    """x W of all words, as the core computed it, the heads' parts side by side."""
    return merge_heads(getattr(run(scenario).heads, name[-1].lower()))


def _editable(
    toy: Toy, name: str, cell: tuple[int, int], dimensions: list[str], outs: list[str]
) -> None:
    def edit(row: int, column: int, value: float) -> None:
        clear_notices()
        st.session_state[CELL] = row, column
        try:
            toy.commit(set_cell(toy.current, name, row, column, value))
        except ValueError as error:
            notice(f"Nothing was changed: {error}")

    W = getattr(toy.current, name)
    matrix(
        W,
        key="qkv_W",
        rows=dimensions,
        columns=outs,
        row_title="from",
        column_title="to",
        role=ROLES[name],
        cell=cell,
        label=f"{name}; from {dimensions[cell[0]]} to {outs[cell[1]]} is {number(W[cell])}.",
        on_edit=edit,
    )


def _products(scenario: Scenario, name: str, word: int, row: int, column: int) -> str:
    """q_j = Σ_i x_i W_ij with all its products; that of the marked cell of W is bold."""
    colour, letter = COLOURS[name], name[-1].lower()
    terms = [
        f"{number(x)}\u00a0·\u00a0:{colour}[{number(w)}]"
        for x, w in zip(scenario.x[word], getattr(scenario, name)[:, column], strict=True)
    ]
    terms[row] = f"**{terms[row]}**"
    result = number(_made(scenario, name)[word, column])
    return f":{colour}[{letter}\u00a0{column}] = {' + '.join(terms)} = :{colour}[**{result}**]"
