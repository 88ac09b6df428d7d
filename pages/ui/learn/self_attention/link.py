"""Which step is shown, remembered in the link as its number; the browser's back and forward lead through the steps.

By hand, because a widget bound to the link leaves one more entry in the browser's history when the
page is left.
"""

from collections.abc import Sequence
from time import monotonic

import streamlit as st

STEP = "steps_step"  # session: the step shown
LINKED = "steps_link"  # session: what the link says of it, and when that was written
UNDER_WAY = 1.0  # seconds that a request may take
PARAMETER = "step"  # of the link: counted from 1, as on the page


def take_step_of_link(names: Sequence[str]) -> None:
    """When the page opens, and when the browser goes back or on.

    A request that was under way while the link was written still has the old one:
    that is nobody going back.
    """
    link = st.query_params.get(PARAMETER)
    written, when = st.session_state.get(LINKED, (None, 0.0))
    moved = link != written and monotonic() - when > UNDER_WAY
    if STEP not in st.session_state or moved:
        numbers = [str(i + 1) for i in range(len(names))]
        st.session_state[STEP] = names[numbers.index(link) if link in numbers else 0]
        st.session_state[LINKED] = link, 0.0


def write_step_to_link(step: int) -> None:
    """Last of all: what a run writes before the next click cuts it short is lost."""
    written = str(step)
    if st.query_params.get(PARAMETER, "1") != written:
        st.query_params[PARAMETER] = written
        st.session_state[LINKED] = written, monotonic()
