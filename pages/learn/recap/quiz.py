"""The quiz: its number, how far one is, one question at a time, and the result with the lessons to look at again."""

import streamlit as st

from attention_core.quiz.question import Question
from pages.learn.recap.lesson_link import lesson_link
from pages.ui.reader import quiz as state
from pages.ui.reader.notices import NOT_THERE
from pages.ui.reader.predict import NOTED, answers_are_hidden
from pages.ui.reader.predict import score as predictions
from pages.ui.reader.quiz import ask, number_box

WORTH_ANOTHER_LOOK = "**Worth another look:**"
INSTEAD = "quiz_instead"  # session: the quiz that is shown because the link asked for none
MARKS = {True: " ✓", False: " ✗", None: ""}
HIDDEN_MARKS = {True: " •", False: " •", None: ""}


@st.fragment
def quiz() -> None:
    """Everything from the number of the quiz to its result; an answer redraws only this."""
    number = _number()
    n_questions = len(state.questions(number))
    at = _progress(number, n_questions)
    with st.container(border=True, key="quiz_card"):
        if at < n_questions:
            ask(number, at)
        else:
            result(number)
    with st.container(horizontal=True):
        if at > 0:
            _turn("Back", number, at - 1, "arrow_back")
        if at < n_questions:
            _turn("Next" if at + 1 < n_questions else "Result", number, at + 1, "arrow_forward")


def _number() -> int:
    """The number that makes the questions. It is in the link, so that a class can share it."""
    opened = st.query_params.get(state.NUMBER) if state.NUMBER not in st.session_state else None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = number_box()
        st.button("New quiz", icon=":material/casino:", on_click=state.another_quiz)
        st.button(
            "Start again",
            icon=":material/restart_alt:",
            on_click=state.start_again,
            args=(number,),
            disabled=not state.given(number),
        )
    if opened not in (None, str(number)):
        st.session_state[INSTEAD] = number
    if st.session_state.get(INSTEAD) == number:
        st.markdown(NOT_THERE.format(state.NUMBER))
    st.markdown("The same number gives everyone the same questions: share the link of this page.")
    return number


def _progress(number: int, n_questions: int) -> int:
    """One pill for each question, marked once it is answered, and one for the result."""
    key = state.at_key(number)
    marks = HIDDEN_MARKS if answers_are_hidden() else MARKS
    st.session_state.setdefault(key, 0)
    at = st.pills(
        "Questions",
        range(n_questions + 1),
        format_func=lambda i: (
            "Result" if i == n_questions else f"{i + 1}{marks[state.is_right(number, i)]}"
        ),
        key=key,
        required=True,
        label_visibility="collapsed",
        wrap=True,
        persist_state="session",
    )
    right, answered = state.score(number)
    if answers_are_hidden():
        st.markdown(f"**{answered}** of **{n_questions}** answered.")
        return at or 0
    line = f"Right: **{right}** of **{answered}** answered."
    right_before, predicted = predictions()
    if predicted:
        line += f" Predictions in the lessons: **{right_before}** of **{predicted}**."
    st.markdown(line)
    return at or 0


def _turn(label: str, number: int, to: int, icon: str) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        icon_position="right" if label != "Back" else "left",
        key=f"quiz_{label.lower()}",
        on_click=state.go_to,
        args=(number, to),
    )


def result(number: int) -> None:
    """The score, and for every question that went wrong what it was about and the lesson that teaches it."""
    questions = state.questions(number)
    right, answered = state.score(number)
    if answers_are_hidden():
        st.header(f"{answered} of {len(questions)} answered", anchor=False)
        st.markdown(NOTED)
        return
    st.header(f"{right} of {len(questions)} right", anchor=False)
    if answered < len(questions):
        st.markdown(f"Not answered yet: {len(questions) - answered}.")
    missed = [
        question for i, question in enumerate(questions) if state.is_right(number, i) is False
    ]
    if missed:
        st.markdown(WORTH_ANOTHER_LOOK)
        for slug in dict.fromkeys(question.lesson for question in missed):
            _look_again(slug, [question for question in missed if question.lesson == slug])
    elif answered == len(questions):
        st.markdown("You can read any number on these pages. Try them on a sentence of your own.")


def _look_again(slug: str, missed: list[Question]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        lesson_link(slug, icon=":material/arrow_forward:")
        st.markdown(", ".join(question.kind for question in missed))
