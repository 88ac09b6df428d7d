"""Links for a class in which answers stay hidden: readers answer, and the teacher tells.

Hidden, not secret: without this parameter the same link shows the answers.
"""

import streamlit as st

PARAMETER, HIDDEN = "answers", "hidden"
RIGHT, NOT_QUITE = "**Right.**", "**Not quite.**"  # the verdicts that such a link keeps back
NOTED = "Noted. In this link the answers are hidden: your teacher reveals them."


def are_hidden() -> bool:
    """Whether the link that this reader opened hides the answers; it holds for the whole visit."""
    if PARAMETER not in st.session_state:
        st.session_state[PARAMETER] = st.query_params.get(PARAMETER)
    return bool(st.session_state[PARAMETER] == HIDDEN)


def remember() -> None:
    """Keep it in the link: a change of page would drop it."""
    if are_hidden() and st.query_params.get(PARAMETER) != HIDDEN:
        st.query_params[PARAMETER] = HIDDEN
