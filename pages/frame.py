"""What stands around every lesson: its number, its question, how far the reader is, the way back and on."""

import streamlit as st

from pages.lessons import LESSONS, Lesson
from pages.progress import link_with, seen


def head(heading: str, question: str) -> None:
    """Above a lesson or another page: what it is called and what it asks."""
    st.title(heading, anchor=False)
    with st.container(key="lesson_question"):  # menu.py enlarges this class
        st.markdown(f"**{question}**")


def foot(lesson: Lesson) -> None:
    """Below the lesson: previous, how many lessons were opened, next."""
    st.divider()
    back, how_far, on = st.columns([3, 2, 3], vertical_alignment="center", gap="medium")
    with back:
        _way_to(lesson.number - 1, ":material/arrow_back:")
    with how_far:
        opened = len(seen())
        st.progress(
            opened / len(LESSONS), f"{opened} of {len(LESSONS)} lessons opened", width="stretch"
        )
    with on.container(horizontal_alignment="right"):
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
