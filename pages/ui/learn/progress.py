"""Which lessons this reader has opened, remembered in the link."""

import streamlit as st

from pages.ui.learn.lessons import LESSONS

PARAMETER = "seen"  # …&seen=1-2-5


def seen() -> set[int]:
    """The numbers of the lessons that were opened. A link's numbers that no lesson has are left out."""
    if PARAMETER not in st.session_state:
        asked = st.query_params.get(PARAMETER, "").split("-")
        st.session_state[PARAMETER] = {
            lesson.number for lesson in LESSONS if str(lesson.number) in asked
        }
    numbers: set[int] = st.session_state[PARAMETER]
    return numbers


def link_with(number: int) -> dict[str, str]:
    """The part of a link to a lesson that tells of the progress, that lesson included."""
    return {PARAMETER: _written(seen() | {number})}


def remember(number: int | None = None) -> None:
    """Note that a lesson is open, and keep the link's progress: a change of page would drop it."""
    if number is not None:
        seen().add(number)
    written = _written(seen())
    if written and st.query_params.get(PARAMETER) != written:
        st.query_params[PARAMETER] = written


def _written(numbers: set[int]) -> str:
    return "-".join(str(number) for number in sorted(numbers))
