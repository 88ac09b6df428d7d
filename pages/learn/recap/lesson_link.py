"""The way from the recap back to the lesson that teaches something."""

import streamlit as st

from pages.contents import LESSONS
from pages.frame import link_with


def lesson_link(slug: str, icon: str | None = None) -> None:
    """A link to the lesson with this address, under its own title."""
    lesson = next(lesson for lesson in LESSONS if lesson.slug == slug)
    st.page_link(
        lesson.file,
        label=lesson.heading,
        icon=icon,
        query_params=link_with(lesson.number),
    )
