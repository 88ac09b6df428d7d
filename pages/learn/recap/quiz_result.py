"""The end of a quiz: how many were right, and which lessons to look at again."""

import streamlit as st

from attention_core.quiz.question import Question
from pages.learn.recap.lesson_link import lesson_link
from pages.ui.reader import answers
from pages.ui.reader import quiz_state as state


def result(number: int) -> None:
    """The score, and for every question that went wrong what it was about and the lesson that teaches it."""
    questions = state.questions(number)
    right, answered = state.score(number)
    if answers.are_hidden():
        st.header(f"{answered} of {len(questions)} answered", anchor=False)
        st.markdown(answers.NOTED)
        return
    st.header(f"{right} of {len(questions)} right", anchor=False)
    if answered < len(questions):
        st.markdown(f"Not answered yet: {len(questions) - answered}.")
    missed = [
        question for i, question in enumerate(questions) if state.is_right(number, i) is False
    ]
    if missed:
        st.markdown("**Worth another look:**")
        for slug in dict.fromkeys(question.lesson for question in missed):
            _look_again(slug, [question for question in missed if question.lesson == slug])
    elif answered == len(questions):
        st.markdown("You can read any number on these pages. Try them on a sentence of your own.")


def _look_again(slug: str, missed: list[Question]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        lesson_link(slug, icon=":material/arrow_forward:")
        st.markdown(", ".join(question.kind for question in missed))
