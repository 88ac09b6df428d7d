"""What a reader has answered, quiz by quiz, for this session; and the quizzes themselves, made once."""

import secrets

import streamlit as st

from attention_core.quiz.question import Question
from attention_core.quiz.quiz import make_quiz
from pages.ui.server.cache import cached

NUMBER = "quiz"  # session and link: the seed of the quiz on screen
LARGEST = 9999
GIVEN = "quiz_given"  # session: seed → position of the question → answer


@cached(max_entries=64)
def questions(number: int) -> tuple[Question, ...]:
    """The quiz of this number."""
    return make_quiz(number)


def given(number: int) -> dict[int, float]:
    """The answers so far. Only the first to each question is kept."""
    all_given: dict[int, dict[int, float]] = st.session_state.setdefault(GIVEN, {})
    return all_given.setdefault(number, {})


def answer(number: int, position: int, value: float) -> None:
    """Give an answer; where there is one already, it stays."""
    given(number).setdefault(position, value)


def is_right(number: int, position: int) -> bool | None:
    """Whether the answer was right; None without one."""
    value = given(number).get(position)
    return None if value is None else questions(number)[position].answer.accepts(value)


def score(number: int) -> tuple[int, int]:
    """(right, answered) in this quiz."""
    return sum(is_right(number, i) is True for i in given(number)), len(given(number))


def at_key(number: int) -> str:
    """Session: the position of the question on screen; beyond the last one it is the result."""
    return f"quiz_at_{number}"


def go_to(number: int, position: int) -> None:
    """Turn to a question. Only in callbacks: the pills that show it are drawn before it."""
    st.session_state[at_key(number)] = position


def start_again(number: int) -> None:
    """The same questions with no answers. Only in callbacks."""
    given(number).clear()
    go_to(number, 0)


def another_quiz() -> None:
    """A quiz by chance, which then stands in the link. Only in callbacks."""
    before = st.session_state[NUMBER]
    by_chance = 1 + secrets.randbelow(LARGEST - 1)
    st.session_state[NUMBER] = by_chance + (by_chance >= before)  # never the same again
