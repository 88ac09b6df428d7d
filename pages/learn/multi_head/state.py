"""The eight critics of the lesson on multi-head attention as this reader has them, and the table to change them in."""

from dataclasses import dataclass

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
from pages.ui.reader.toy_editor import MADE_OF, MATRICES, ROLES
from pages.ui.widgets.delivery import after_delivery
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.parts import one_of
from pages.ui.widgets.wording import labels

CRITICS = "multi_head_critics"
N_HEADS = "multi_head_n_heads"
ASKS = "multi_head_query"
TABLE = "multi_head_table"
WORDS = labels(TOKENS)
BEGIN_WITH = 4  # heads


@dataclass
class Critics:
    """All eight heads, also those that do not watch yet."""

    heads: tuple[Head, ...] = HEADS
    refused: str = ""  # why the last number was not taken over
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

    def change(self, head: int, table: str, row: int, column: int, value: float) -> None:
        """Put one number into a table of a head; if it does not fit, keep why and leave the head as it was."""
        values = getattr(self.heads[head], table).copy()
        values[row, column] = value
        try:
            self.heads, self.refused = with_table(self.heads, head, table, values), ""
        except ValueError as error:
            self.refused = str(error)

    def reset(self) -> None:
        self.heads, self.refused = HEADS, ""


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
    """One matrix of the chosen head, to be changed cell by cell; W_O on its side, so that all are tall."""
    head = state.chosen
    st.markdown(f"**Change head {head}**: its own block of each matrix")
    table = one_of(
        "Matrix",
        MATRICES,
        key=TABLE,
        default="W_Q",
        format_func=MATRICES.__getitem__,
        has_label=False,
    )
    on_its_side = table == "W_O"
    block = getattr(state.watching[head], table)
    Figure(
        f"The matrix {table} of head {head}.",
        block.T if on_its_side else block,
        rows=DIMENSIONS,
        columns=[f"{table[-1].lower()} {i}" for i in range(2)],
        row_title="to" if on_its_side else "from",
        column_title="from" if on_its_side else "to",
        role=ROLES[table],
    ).draw(
        "multi_head_editor",
        on_edit=lambda row, column, value: state.change(
            head, table, *((column, row) if on_its_side else (row, column)), value
        ),
        about=f"{table} {head}",
        has_files=False,
    )
    if state.refused:
        st.warning(f"Not taken over: {state.refused}.", icon=":material/edit_off:")
    if on_its_side:
        st.markdown("On its side: from the head's two numbers (columns) to the output (rows).")
    else:
        st.markdown(f"From the embedding (rows) to {MADE_OF[table]} (columns).")
    if (head, table) == (0, "W_Q"):
        st.markdown("**Try:** turn the sign of *pronoun*, *q 1*. Whom does “it” mean now?")
    st.button(
        "All heads back to the start",
        icon=":material/restart_alt:",
        key="multi_head_reset",
        disabled=not state.is_edited,
        on_click=after_delivery(state.reset),
    )
