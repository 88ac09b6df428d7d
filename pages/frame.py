"""What stands around every lesson: its number, its question, how far the reader is, the way back and on.

The link remembers which lessons were opened. The session remembers in which ones the reader did something.
"""

import streamlit as st

from pages.contents import LESSONS, Lesson
from pages.ui.reader.predict import LESSON, done
from pages.ui.reader.quiz import GIVEN

PARAMETER = "seen"  # …&seen=1-2-5


def head(heading: str, question: str) -> None:
    """Above a lesson or another page: what it is called and what it asks."""
    st.title(f"{heading}\n**{question}**", anchor=False)  # the second line is enlarged by menu.css


def foot(lesson: Lesson) -> None:
    """Below the lesson: previous, how many lessons were opened, next."""
    st.divider()
    with st.container(key="lesson_foot"):  # menu.css lays out columns: Streamlit's cost more time
        _way_to(lesson.number - 1, ":material/arrow_back:")
        opened = len(seen())
        st.progress(
            opened / len(LESSONS), f"{opened} of {len(LESSONS)} lessons opened", width="stretch"
        )
        _way_to(lesson.number + 1, ":material/arrow_forward:")


def _way_to(number: int, icon: str) -> None:
    if not 1 <= number <= len(LESSONS):
        return
    lesson = LESSONS[number - 1]
    st.page_link(  # not a button with st.switch_page: that would drop the sentence from the link
        lesson.file,
        label=f"**{lesson.heading}**",
        icon=icon,
        query_params=link_with(number),  # written later it would be one more step of Back
    )


def seen() -> set[int]:
    """The numbers of the lessons that were opened. A link's numbers that no lesson has are left out."""
    if PARAMETER not in st.session_state:
        st.session_state[PARAMETER] = _in_link()
    numbers: set[int] = st.session_state[PARAMETER]
    return numbers


def ticked() -> set[int]:
    """The lessons in which the reader answered a question, or from which they went on to the next. Opening one is not enough."""
    in_quiz = any(st.session_state.get(GIVEN, {}).values())
    return done() | ({LESSONS[-1].number} if in_quiz else set())


def link_with(number: int) -> dict[str, str]:
    """The part of a link to a lesson that tells of the progress, that lesson included."""
    return {PARAMETER: _written(seen() | {number})}


def remember(number: int | None = None) -> None:
    """Note that a lesson is open, and keep the link's progress: a change of page would drop it."""
    here = set() if number is None else {number}
    if number is not None:
        before = st.session_state.get(LESSON)
        if before == number - 1:
            done().add(before)  # the reader went on from there
        st.session_state[LESSON] = number
    seen().update(here)
    # not whenever the link has fewer: each writing is a step of Back, also the one after Back
    if seen() and not (_in_link() and here <= _in_link()):
        st.query_params[PARAMETER] = _written(seen())


def _in_link() -> set[int]:
    asked = st.query_params.get(PARAMETER, "").split("-")
    return {lesson.number for lesson in LESSONS if str(lesson.number) in asked}


def _written(numbers: set[int]) -> str:
    return "-".join(str(number) for number in sorted(numbers))
