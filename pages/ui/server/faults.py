"""What goes wrong on a page: what a model or a text does not allow is told in words, a fault of ours is logged and owned up to.

No message of an error is logged: it may quote what a reader typed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.errors import FragmentHandledException

from attention_core.errors import ReaderError
from attention_core.pretrained.failures import is_error, without_words

LOG = logging.getLogger(__name__)
OWNED_UP = "This is a fault of the app"
LOGGED = "A fault of the app"
BOX = (
    f"**{OWNED_UP}**, not of your text or the model. It was logged. "
    "Try another sentence, another head or another page."
)


@contextmanager
def faults_shown() -> Iterator[None]:
    """A fault inside the block is logged, and the page says so where it stood and goes on. Streamlit's own control flow passes."""
    try:
        yield
    except BaseException as error:
        take(error)


def take(error: BaseException) -> None:
    """Log a fault and own up to it; what is none goes on its way."""
    if not is_error(error):
        raise error
    if isinstance(error, FragmentHandledException):  # Streamlit has told it where it stood
        return
    log(error)
    show(error)


def refusal(error: ReaderError, title: str) -> None:
    """Why something cannot be had, literally as it was reported."""
    with st.container(border=True):
        st.markdown(title)
        st.text(str(error))


def log(error: BaseException) -> None:
    LOG.error(f"{LOGGED}:\n%s", without_words(error))


def show(_: BaseException) -> bool:
    """The box, and nothing of the error in it. True tells Streamlit that it need show none of its own."""
    st.error(BOX, icon=":material/bug_report:")
    return True


class WithoutWords(logging.Filter):
    """Lets Streamlit log what no page has caught, in a callback for one, without the error's message."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info and record.exc_info[1]
        if error:
            record.msg, record.args = f"{record.getMessage()}\n{without_words(error)}", ()
            record.exc_info = record.exc_text = None
        return True


def log_without_words() -> None:
    """From now on: Streamlit's own log of uncaught errors quotes no reader."""
    logger = logging.getLogger("streamlit.error_util")
    if not any(isinstance(each, WithoutWords) for each in logger.filters):
        logger.addFilter(WithoutWords())
