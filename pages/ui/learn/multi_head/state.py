"""The eight critics of the lesson on multi-head attention as this reader has them, and the table to change them in."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from attention_core.heads import MultiHeadTrace, Projections, multi_head_attention
from attention_core.toy.critics import (
    DIMENSIONS,
    HEADS,
    QUERY,
    TOKENS,
    Head,
    X,
    same,
    side_by_side,
    with_table,
)
from attention_core.toy.scenario import LARGEST
from pages.ui.toy_editor import MADE_OF, MATRICES
from pages.ui.wording import labels

CRITICS = "multi_head_critics"
N_HEADS = "multi_head_n_heads"
ASKS = "multi_head_query"
TABLE = "multi_head_table"
WORDS = labels(TOKENS)
BEGIN_WITH = 4  # heads


@dataclass
class Critics:
    """All eight heads, also those that do not watch yet. `seed` is what the editor on screen began with:
    it must not change under the reader's hands."""

    heads: tuple[Head, ...] = HEADS
    seed: tuple[Head, ...] = HEADS
    version: int = 0  # part of the editor's key
    picked: int = 0
    measured: bool = False  # whether the measured patterns were revealed

    @property
    def watching(self) -> tuple[Head, ...]:
        return self.heads[: st.session_state.get(N_HEADS, BEGIN_WITH)]

    @property
    def chosen(self) -> int:
        """The head that is looked at; the last one, if the picked one does not watch any more."""
        return min(self.picked, len(self.watching) - 1)

    @property
    def query(self) -> int:
        position: int = st.session_state.get(ASKS, QUERY)
        return position

    @property
    def layer(self) -> Projections:
        return side_by_side(self.watching)

    @property
    def trace(self) -> MultiHeadTrace:
        return multi_head_attention(X, self.layer)

    @property
    def is_edited(self) -> bool:
        return not same(self.heads, HEADS)

    def pick(self, head: int) -> None:
        self.picked = head

    def reset(self) -> None:
        self.heads, self.version = HEADS, self.version + 1  # the editor starts afresh


def critics() -> Critics:
    """This reader's critics, as they were left."""
    state: Critics = st.session_state.setdefault(CRITICS, Critics())
    return state


def ask(query: int) -> None:
    """Choose the word that asks. Only in callbacks: its picker is drawn before the pictures."""
    st.session_state[ASKS] = query


def how_many_and_who() -> None:
    """How many heads watch, and which word asks."""
    left, right = st.columns(2, gap="large")
    with left:
        st.slider(  # not pills: a button for each option takes the browser longer than all pictures
            "How many heads?",
            1,
            len(HEADS),
            BEGIN_WITH,
            key=N_HEADS,
            persist_state="session",
        )
    with right:
        st.selectbox(
            "Which word asks here?",
            range(len(WORDS)),
            index=QUERY,
            format_func=WORDS.__getitem__,
            key=ASKS,
            persist_state="session",
            help="Or click a row of a heatmap.",
        )


def editor(state: Critics) -> None:
    """One matrix of the chosen head as a table; what is typed there is taken over at once."""
    head = state.chosen
    st.markdown(f"**Change head {head}**: its own block of each matrix")
    table = st.segmented_control(
        "Matrix",
        list(MATRICES),
        default="W_Q",
        format_func=MATRICES.__getitem__,
        key=TABLE,
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )
    key = f"multi_head_edit_{head}_{table}_{state.version}"
    if key not in st.session_state:  # an editor that was not on screen knows of no edits
        state.seed = state.heads
    seed = _frame(state.seed[head], table)
    edited = st.data_editor(
        seed,
        key=key,
        num_rows="fixed",
        width="content",
        column_config={
            name: st.column_config.NumberColumn(
                name, format="%.2f", min_value=-LARGEST, max_value=LARGEST, required=True, width=64
            )
            for name in seed.columns
        },
        alt=f"{table} of head {head}",
    )
    if table == "W_O":
        st.markdown("On its side: from the head's two numbers (columns) to the output (rows).")
    else:
        st.markdown(f"From the embedding (rows) to {MADE_OF[table]} (columns).")
    if (head, table) == (0, "W_Q"):
        st.markdown("**Try:** turn the sign of *pronoun*, *q 1*. Whom does “it” mean now?")
    _take_over(state, head, table, edited)
    st.button(
        "All heads back to the start",
        icon=":material/restart_alt:",
        key="multi_head_reset",
        disabled=not state.is_edited,
        on_click=state.reset,
    )


def _frame(head: Head, table: str) -> pd.DataFrame:
    """The table with a row for each dimension, W_O on its side."""
    block = getattr(head, table)
    columns = [f"{table[-1].lower()} {i}" for i in range(2)]
    return pd.DataFrame(block.T if table == "W_O" else block, list(DIMENSIONS), columns)


def _take_over(state: Critics, head: int, table: str, edited: pd.DataFrame) -> None:
    """Put the table into the head; if it does not fit, say why and leave the head as it was."""
    try:
        values = edited.to_numpy(dtype=float)
        state.heads = with_table(state.heads, head, table, values.T if table == "W_O" else values)
    except (ValueError, TypeError) as error:
        st.warning(f"Not taken over: {error}.", icon=":material/edit_off:")
