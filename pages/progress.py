"""Which lessons this reader has opened, remembered in the link."""

import streamlit as st

from pages.lessons import LESSONS

PARAMETER = "seen"  # …&seen=1-2-5


def seen() -> set[int]:
    """The numbers of the lessons that were opened. A link's numbers that no lesson has are left out."""
    if PARAMETER not in st.session_state:
        st.session_state[PARAMETER] = _in_link()
    numbers: set[int] = st.session_state[PARAMETER]
    return numbers


def link_with(number: int) -> dict[str, str]:
    """The part of a link to a lesson that tells of the progress, that lesson included."""
    return {PARAMETER: _written(seen() | {number})}


def remember(number: int | None = None) -> None:
    """Note that a lesson is open, and keep the link's progress: a change of page would drop it."""
    here = set() if number is None else {number}
    seen().update(here)
    # not whenever the link has fewer: each writing is a step of Back, also the one after Back
    if seen() and not (_in_link() and here <= _in_link()):
        st.query_params[PARAMETER] = _written(seen())


def _in_link() -> set[int]:
    asked = st.query_params.get(PARAMETER, "").split("-")
    return {lesson.number for lesson in LESSONS if str(lesson.number) in asked}


def _written(numbers: set[int]) -> str:
    return "-".join(str(number) for number in sorted(numbers))
