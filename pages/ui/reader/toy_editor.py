"""The reader's hands on the toy: embeddings, matrices, words, heads, mask, scale, temperature, undo.

Edits are folded into the scenario in callbacks, before the page runs, so that everything on screen
follows at once.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from attention_core.toy.scenario import MASKS, TEMPERATURES, Scenario, set_cell, set_token
from pages.ui.reader.notices import clear_notices, notice
from pages.ui.reader.sentence import ask
from pages.ui.reader.toy_state import Toy
from pages.ui.widgets.delivery import after_delivery
from pages.ui.widgets.figure import Figure, Role
from pages.ui.widgets.wording import labels

MATRICES = {"W_Q": ":blue[W_Q]", "W_K": ":orange[W_K]", "W_V": ":green[W_V]", "W_O": ":red[W_O]"}
ROLES: dict[str, Role] = {
    "x": "diverging",
    "W_Q": "query",
    "W_K": "key",
    "W_V": "value",
    "W_O": "output",
}
NOT_CHANGED = "Nothing was changed"
MADE_OF = {"W_Q": "what it asks", "W_K": "what it offers", "W_V": "what it hands over"}
MASK_NAMES = {
    "none": "none: all see all",
    "causal": "causal: no future",
    "window": "window: neighbours",
}


def toy_editor(toy: Toy) -> None:
    embeddings, matrices, options = st.columns([9, 8, 5], gap="medium")
    with embeddings:
        st.markdown("**Embeddings**: click a number and change it.")
        table_editor(toy, "x", key="edit_x", label="The embeddings of the toy.")
        _rename(toy)
    with matrices:
        table = st.segmented_control(
            "Matrix",
            list(MATRICES),
            default="W_Q",
            format_func=MATRICES.__getitem__,
            key="toy_matrix",
            required=True,
            label_visibility="collapsed",
        )
        table_editor(toy, table, key=f"edit_{table}", label=f"The matrix {table} of the toy.")
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
            on_click=after_delivery(toy.undo),
        )
        st.button(
            "Back to the preset" if toy.base.name else "Back to the start",
            icon=":material/restart_alt:",
            key="toy_reset",
            disabled=not toy.is_edited,
            on_click=after_delivery(lambda: toy.show(toy.base)),
        )


def table_editor(
    toy: Toy,
    table: str,
    *,
    key: str,
    label: str,
    cell: tuple[int, int] | None = None,
    on_edit: Callable[[int, int], None] | None = None,
) -> None:
    """One table of the toy as a matrix to be changed in place. `on_edit` hears which cell it was."""
    rows, columns = table_names(toy.current, table)

    def edit(row: int, column: int, value: float) -> None:
        if on_edit:
            on_edit(row, column)
        _try(toy, lambda: set_cell(toy.current, table, row, column, value))

    Figure(
        label,
        getattr(toy.current, table),
        rows=rows,
        columns=columns,
        row_title="token" if table == "x" else "from",
        column_title="dimension" if table == "x" else "to",
        role=ROLES[table],
        cell=cell,
    ).draw(key, on_edit=edit, about=f"{table} {toy.base.sentence}", has_files=False)


def table_names(scenario: Scenario, table: str) -> tuple[list[str], list[str]]:
    if table == "x":
        return labels(scenario.tokens), list(scenario.dimensions)
    sizes = range(len(scenario.dimensions))
    rows = [f"merged {i}" for i in sizes] if table == "W_O" else list(scenario.dimensions)
    return rows, [f"{table[-1].lower()} {i}" for i in sizes]


def _try(toy: Toy, edit: Callable[[], Scenario]) -> None:
    """Commit the edit; if it is not possible say why and show the numbers as they were."""
    clear_notices()
    try:
        toy.commit(edit())
    except ValueError as error:
        toy.remount()
        notice(f"{NOT_CHANGED}: {error}")


def _rename(toy: Toy) -> None:
    """The text of the word that asks, to be changed; its numbers stay."""
    position = st.session_state["query"]
    key = f"toy_token_{position}_{toy.version}"

    def change() -> None:
        ask(position)  # the picker's labels change: hold its position
        _try(toy, lambda: set_token(toy.current, position, st.session_state[key].strip()))

    st.text_input(
        "Another word in place of the one that asks",
        toy.current.tokens[position],
        key=key,
        on_change=change,
    )


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
