"""Predict, then reveal: the reader commits to an answer before the live numbers are shown."""

from collections.abc import Callable, Hashable, Sequence

import streamlit as st

from pages.ui.reader import answers

PREDICTIONS = "predictions"  # session: key of the question → whether the first answer was right


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
    `reason` states those numbers. Say `readers_words` when options or reason hold words that a
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
        if answers.are_hidden():
            st.markdown(answers.NOTED)
            return False
        st.markdown(
            f":material/check_circle: {answers.RIGHT}" if guess == answer else answers.NOT_QUITE
        )
        (st.text if readers_words else st.markdown)(reason())
    return True


def score() -> tuple[int, int]:
    """(right, answered) over all predictions of this session."""
    first = st.session_state.get(PREDICTIONS, {})
    return sum(first.values()), len(first)


def _choose(options: Sequence[str], key: str, readers_words: bool) -> int | None:
    positions = range(len(options))
    if readers_words:  # pills would read them as markdown
        return st.selectbox(
            "Your prediction",
            positions,
            index=None,
            format_func=options.__getitem__,
            key=key,
            label_visibility="collapsed",
            placeholder="Choose to reveal",
            persist_state="session",
        )
    return st.pills(
        "Your prediction",
        positions,
        format_func=options.__getitem__,
        key=key,
        label_visibility="collapsed",
        wrap=True,
        persist_state="session",
    )
