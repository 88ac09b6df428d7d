"""The sentence on top, continued or filled in from here, and back again. Everything here runs in callbacks."""

import streamlit as st

from pages.ui.reader.notices import clear_notices, notice
from pages.ui.reader.sentence import forget_picks

MOST_UNDONE = 200
HISTORY = "predictions_history"  # (before, after) of each change, the newest last
HALF = "\ufffd"  # what stands for a part of a character


def append(read: str, token: str) -> None:
    """Continue what the model has read by exactly the text of a token."""
    if HALF in token or not token:
        notice("This token is only a part of a character, so it cannot be appended alone.")
        return
    text = st.session_state["text"]
    # space at the end is not read, so it is dropped; but not where a token put it there
    change(f"{text if can_undo() else read}{token}")


def change(after: str) -> None:
    """Another sentence, which undo can take back."""
    clear_notices()
    history = st.session_state.setdefault(HISTORY, [])
    history.append((st.session_state["text"], after))
    del history[:-MOST_UNDONE]
    _put(after)


def can_undo() -> bool:
    """Whether the sentence is still what the last change made of it."""
    history = st.session_state.get(HISTORY, [])
    return bool(history) and history[-1][1] == st.session_state.get("text")


def undo() -> None:
    """Take back the last change."""
    if can_undo():
        _put(st.session_state[HISTORY].pop()[0])


def undo_button() -> None:
    st.button(
        "Undo the last one",
        icon=":material/undo:",
        key="predictions_undo",
        disabled=not can_undo(),
        on_click=undo,
    )


def _put(text: str) -> None:
    st.session_state["text"] = text
    forget_picks()
