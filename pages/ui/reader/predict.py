"""Predict, then reveal: the reader commits to an answer before the live numbers are shown.

A link for a class can hide answers: hidden, not secret, for without its parameter the link shows them.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import streamlit as st

PREDICTIONS = "predictions"  # session: key of the question → whether the first answer was right
LESSON = "lesson_open"  # session: the number of the lesson that was opened last
DONE = "lessons_done"  # session: the numbers of the lessons in which the reader has done something
ANSWERS, HIDDEN = "answers", "hidden"  # session and link
RIGHT, NOT_QUITE = "**Right.**", "**Not quite.**"  # the verdicts that such a link keeps back
NOTED = "Your answer is noted. Your teacher will show the solution."


def predict(
    question: str,
    options: Sequence[str],
    answer: int,
    reason: Callable[[], str],
    *,
    key: str,
    about: Hashable = None,
    readers_words: bool = False,
) -> bool:
    """Ask `question`; once answered, say whether it was right and why. True from then on, unless the link hides answers.

    `answer` is the position of the right option, found by the page from the numbers on screen, and
    `reason` states those numbers and why they are so. Say `readers_words` when options or reason hold words that a
    reader typed: both are then shown literally. Once what it is `about`
    changes, it is asked anew. Only the first answer counts in the `score`.
    """
    if about is not None:
        key = f"{key}_{hash(about)}"
    first: dict[str, bool] = st.session_state.setdefault(PREDICTIONS, {})
    with st.container(border=True, key=f"predict_{key}"):
        st.markdown(f":material/psychology_alt: **Predict:** {question}")
        guess = _choose(options, f"guess_{key}", readers_words)
        if guess is None:
            return False
        first.setdefault(key, guess == answer)
        if LESSON in st.session_state:
            done().add(st.session_state[LESSON])
        if answers_are_hidden():
            st.markdown(NOTED)
            return False
        st.markdown(f":material/check_circle: {RIGHT}" if guess == answer else NOT_QUITE)
        (st.text if readers_words else st.markdown)(reason())
    return True


def score() -> tuple[int, int]:
    """(right, answered) over all predictions of this session."""
    first = st.session_state.get(PREDICTIONS, {})
    return sum(first.values()), len(first)


def done() -> set[int]:
    """The lessons in which the reader answered something, or from which they went on to the next, in this visit."""
    numbers: set[int] = st.session_state.setdefault(DONE, set())
    return numbers


def _choose(options: Sequence[str], key: str, readers_words: bool) -> int | None:
    how: dict[str, Any] = {
        "options": range(len(options)),
        "format_func": options.__getitem__,
        "key": key,
        "label_visibility": "collapsed",
        "persist_state": "session",
    }
    if readers_words:  # pills would read them as markdown
        return st.selectbox("Your prediction", index=None, placeholder="Choose to reveal", **how)
    return st.pills("Your prediction", wrap=True, **how)


def answers_are_hidden() -> bool:
    """Whether the link that this reader opened hides the answers; it holds for the whole visit."""
    if ANSWERS not in st.session_state:
        st.session_state[ANSWERS] = st.query_params.get(ANSWERS)
    return bool(st.session_state[ANSWERS] == HIDDEN)


def remember_whether_hidden() -> None:
    """Keep it in the link: a change of page would drop it."""
    if answers_are_hidden() and st.query_params.get(ANSWERS) != HIDDEN:
        st.query_params[ANSWERS] = HIDDEN
