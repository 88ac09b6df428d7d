"""The box for the number of the quiz, the same on the page of the quiz and in the classroom; it is in the link."""

from math import isinf

import streamlit as st

from pages.ui.reader import quiz_state as state


def number_box() -> int:
    """The number that makes the questions."""
    # Streamlit puts right whatever a link says, but at a number without end it fails
    endless = _is_endless(st.query_params.get(state.NUMBER, ""))
    number = st.number_input(
        "Quiz number",
        1,
        state.LARGEST,
        1,
        key=state.NUMBER,
        bind=None if endless else "query-params",
        width=160,
    )
    if endless:
        del st.query_params[state.NUMBER]
    return number


def _is_endless(text: str) -> bool:
    try:
        return isinf(float(text))
    except ValueError:
        return False
