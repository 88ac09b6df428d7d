"""Which step is shown, remembered in the link as its number; the browser's back and forward lead through the steps."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.reader.notices import notice
from pages.ui.reader.page_link import PageLink

STEP = "steps_step"  # session: the step shown
LINK = PageLink("step")  # counted from 1, as on the page
NOT_THERE = "This link asks for a step that is not there, so the first one is shown."


def take_step_of_link(names: Sequence[str]) -> None:
    """When the page opens, and when the browser goes back or on."""
    is_new = STEP not in st.session_state
    link = LINK.news(is_new)
    if is_new or link is not None:
        numbers = [str(i + 1) for i in range(len(names))]
        if link and link not in numbers:
            st.text(NOT_THERE)  # here and now, and on top of the page from the next run on
            notice(NOT_THERE)
        st.session_state[STEP] = names[numbers.index(link) if link in numbers else 0]


def write_step_to_link(step: int) -> None:
    """The first step is the usual one."""
    LINK.write(None if step == 1 else str(step))
