"""What a reader must be told on top of a page: a link that asks too much, an edit that is not possible."""

import streamlit as st

# the link's parameter, and what it says is not offered or not in this model or sentence
NOT_THERE = "The link's “{}” points to something that doesn't exist, so the usual is shown."


def notice(text: str) -> None:
    """Something the reader must know; it stays until it is dismissed or the next edit works."""
    notices = st.session_state.setdefault("notices", [])
    if text not in notices:
        notices.append(text)


def clear_notices() -> None:
    st.session_state.pop("notices", None)


def show_notices() -> None:
    notices = st.session_state.get("notices", [])
    if notices:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.text("\n".join(notices))  # may quote what the reader typed: shown literally
            st.button("Dismiss", icon=":material/close:", on_click=clear_notices)
