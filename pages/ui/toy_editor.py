"""The reader's hands on the toy: embeddings, matrices, heads, mask, scale, temperature, undo.

Editors are fed a constant seed and report cell edits; folding them into the scenario happens in
callbacks, before the page runs, so that everything on screen follows at once.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from attention_core.toy.scenario import MASKS, TEMPERATURES, Scenario, set_cell, set_token
from pages.ui.controls import ask
from pages.ui.notices import clear_notices, notice
from pages.ui.toy_state import Toy

MATRICES = {"W_Q": ":blue[W_Q]", "W_K": ":orange[W_K]", "W_V": ":green[W_V]", "W_O": ":red[W_O]"}
MADE_OF = {"W_Q": "what it asks", "W_K": "what it offers", "W_V": "what it hands over"}
MASK_NAMES = {
    "none": "none: all see all",
    "causal": "causal: no future",
    "window": "window: neighbours",
}


def toy_editor(toy: Toy) -> None:
    """Everything of the toy that can be changed."""
    embeddings, matrices, options = st.columns([9, 8, 5], gap="medium")
    with embeddings:
        st.markdown("**Embeddings**: change any cell.")
        _table(toy, "x")
    with matrices:
        table = st.segmented_control(
            "Matrix",
            list(MATRICES),
            default="W_Q",
            format_func=MATRICES.__getitem__,
            key="toy_matrix",
            required=True,
            on_change=toy.remount,
            label_visibility="collapsed",
        )
        _table(toy, table)
        if table == "W_O":
            st.markdown("From the merged heads (rows) to the output (columns).")
        else:
            st.markdown(f"From the embedding (rows) to {MADE_OF[table]} (columns).")
    with options:
        _options(toy)


def history_buttons(toy: Toy) -> None:
    """Undo, and back to where the sentence began."""
    with st.container(horizontal=True):
        st.button(
            "Undo",
            icon=":material/undo:",
            key="toy_undo",
            disabled=len(toy.history) < 2,
            on_click=toy.undo,
        )
        st.button(
            "Back to the preset" if toy.base.name else "Back to the start",
            icon=":material/restart_alt:",
            key="toy_reset",
            disabled=not toy.is_edited,
            on_click=lambda: toy.show(toy.base),
        )


def _table(toy: Toy, table: str) -> None:
    key = f"edit_{table}_{toy.version}"
    frame = _frame(toy.seed, table)
    numbers = [name for name in frame.columns if name != "token"]
    config: dict[str, Any] = {
        name: st.column_config.NumberColumn(name, format="%.2f", step=0.001, width=58)
        for name in numbers
    }
    if table == "x":
        config["token"] = st.column_config.TextColumn("token", required=True, pinned=True, width=86)
    st.data_editor(
        frame,
        key=key,
        num_rows="fixed",
        hide_index=table == "x",
        height=min(35 * (len(frame) + 1) + 3, 320),
        column_config=config,
        on_change=_fold,
        args=(toy, table, key),
        alt="The embeddings of the toy" if table == "x" else f"The matrix {table} of the toy",
    )


def _frame(scenario: Scenario, table: str) -> pd.DataFrame:
    array = getattr(scenario, table)
    if table == "x":
        frame = pd.DataFrame(array, columns=list(scenario.dimensions))
        frame.insert(0, "token", list(scenario.tokens))
        return frame
    columns = [f"{table[-1].lower()} {i}" for i in range(array.shape[1])]
    rows = [f"merged {i}" for i in range(len(array))] if table == "W_O" else scenario.dimensions
    return pd.DataFrame(array, index=list(rows), columns=columns)


def _fold(toy: Toy, table: str, key: str) -> None:
    """Take over what the editor reports: all its edits since the seed, each by row and column name."""
    columns = list(_frame(toy.seed, table).columns)
    offset = 1 if table == "x" else 0

    def edited() -> Scenario:
        scenario = toy.current
        for row, cells in st.session_state[key]["edited_rows"].items():
            for name, value in cells.items():
                if name == "token":
                    ask(st.session_state["query"])  # the picker's labels change: hold its position
                    scenario = set_token(scenario, int(row), str(value or "").strip())
                elif value is None:
                    raise ValueError("A cell can't be empty: type a number.")
                else:
                    scenario = set_cell(
                        scenario, table, int(row), columns.index(name) - offset, value
                    )
        return scenario

    _try(toy, edited)


def _try(toy: Toy, edit: Callable[[], Scenario]) -> None:
    """Commit the edit; if it is not possible say why and show the numbers as they were."""
    clear_notices()
    try:
        toy.commit(edit())
    except (ValueError, TypeError) as error:
        toy.remount()
        notice(f"Nothing was changed: {error}")


def _options(toy: Toy) -> None:
    now = toy.current
    divisors = [n for n in range(1, len(now.dimensions) + 1) if len(now.dimensions) % n == 0]
    st.segmented_control(
        "Heads",
        divisors,
        default=now.n_heads,
        required=True,
        help="The columns of W_Q, W_K and W_V are shared out among the heads.",
        **_setting(toy, "n_heads"),
    )
    st.selectbox(
        "Mask",
        MASKS,
        index=MASKS.index(now.mask),
        format_func=MASK_NAMES.__getitem__,
        **_setting(toy, "mask"),
    )
    st.toggle("Divide scores by √d", now.scaled, **_setting(toy, "scaled"))
    st.number_input(
        "Temperature",
        *TEMPERATURES,
        now.temperature,
        step=0.1,
        format="%.3g",
        help="Above 1 the weights even out, below 1 they sharpen.",
        **_setting(toy, "temperature"),
    )


def _setting(toy: Toy, name: str) -> dict[str, Any]:
    """Ties a widget to a field of the scenario. Its key changes with the seed, so undo shows the old value."""
    key = f"toy_{name}_{toy.version}"

    def change() -> None:
        _try(toy, lambda: replace(toy.current, **{name: st.session_state[key]}))

    return {"key": key, "on_change": change}
