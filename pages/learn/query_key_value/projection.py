"""Lesson 5: an embedding becomes a query, a key or a value: a row of x times a column of W, number by number."""

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.heads import merge_heads
from attention_core.toy.scenario import Scenario, run
from pages.ui.reader.toy_editor import MADE_OF, ROLES, history_buttons, table_editor, table_names
from pages.ui.reader.toy_state import Toy
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.parts import formula
from pages.ui.widgets.takeaway import Numbers, matrix_frame
from pages.ui.widgets.wording import number

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
    tokens, dimensions = table_names(toy.current, "x")
    letter, colour = name[-1].lower(), COLOURS[name]
    made, (_, outs) = _made(toy.current, name), table_names(toy.current, name)
    with x_side:
        st.markdown("**x**: the embeddings")
        Figure(
            f"Embeddings; the row of {tokens[word]} is chosen.",
            toy.current.x,
            rows=tokens,
            columns=dimensions,
            row_title="token",
            column_title="dimension",
            role="diverging",
            row=word,
        ).draw("qkv_x", on_pick=lambda r, _: choose(r, None), has_files=False)
    with W_side:
        st.markdown(f"times :{colour}[**{name}**]: click a number and change it")
        table_editor(
            toy,
            name,
            key="qkv_W",
            label=f"{name}; from {dimensions[row]} to {outs[column]} is "
            f"{number(getattr(toy.current, name)[row, column])}.",
            cell=(row, column),
            on_edit=lambda r, c: st.session_state.update({CELL: (r, c)}),
        )
        history_buttons(toy)
    with made_side:
        st.markdown(f"makes :{colour}[**{letter}**]")
        Figure(
            f"{letter} of each word; {tokens[word]}, {outs[column]} is "
            f"{number(made[word, column])}.",
            made,
            rows=tokens,
            columns=outs,
            row_title="token",
            column_title="dimension",
            role=ROLES[name],
            row=word,
            cell=(word, column),
            whole=Numbers(f"x, {name} and {letter}", lambda: _tables(toy.current, name, made)),
        ).draw("qkv_made", on_pick=choose)
    st.text(f"{tokens[word]}, {outs[column]}")
    result = number(made[word, column])
    formula(_products(toy.current, name, word, row, column, result), key="qkv_products")


def _tables(scenario: Scenario, name: str, made: np.ndarray) -> pd.DataFrame:
    """x, W and x W one below the other."""
    tokens, dimensions = table_names(scenario, "x")
    _, outs = table_names(scenario, name)
    return pd.concat(
        {
            "x": matrix_frame(scenario.x, tokens, dimensions),
            name: matrix_frame(getattr(scenario, name), dimensions, outs),
            name[-1].lower(): matrix_frame(made, tokens, outs),
        }
    )


def _made(scenario: Scenario, name: str) -> np.ndarray:
    """x W of all words, as the core computed it, the heads' parts side by side."""
    return merge_heads(getattr(run(scenario).heads, name[-1].lower()))


def _products(scenario: Scenario, name: str, word: int, row: int, column: int, result: str) -> str:
    """q_j = Σ_i x_i W_ij with all its products; that of the marked cell of W is bold."""
    colour, letter = COLOURS[name], name[-1].lower()
    terms = [
        f"{number(x)}\u00a0·\u00a0:{colour}[{number(w)}]"
        for x, w in zip(scenario.x[word], getattr(scenario, name)[:, column], strict=True)
    ]
    terms[row] = f"**{terms[row]}**"
    return f":{colour}[{letter}\u00a0{column}] = {' + '.join(terms)} = :{colour}[**{result}**]"
