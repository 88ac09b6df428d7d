"""A button for a file that a native library makes, in a process that may die: then the page says so.

Streamlit makes the file of a button when it is asked for, beside the run of the page, and shows a failure for five seconds.
"""

from collections.abc import Callable
from threading import Event

import streamlit as st

from attention_core.native.worker import WorkerDied

CANNOT = "This can’t be made: the program that draws it stopped. The page itself goes on."
PATIENCE = 20.0  # seconds; after that Streamlit's own message must do


class Making:
    """One file on its way: made by the first who calls, watched by the run of the page."""

    def __init__(self, make: Callable[[], bytes]) -> None:
        self._make = make
        self._ended = Event()
        self._died = False

    def __call__(self) -> bytes:
        try:
            return self._make()
        except WorkerDied:
            self._died = True
            raise
        finally:
            self._ended.set()

    def went_well(self) -> bool:
        """Waits for its end. A file that takes too long, or that nobody fetched, has not failed."""
        self._ended.wait(PATIENCE)
        return not self._died


def native_download(
    label: str, make: Callable[[], bytes], file_name: str, mime: str, *, key: str
) -> bool:
    """Offer the file; False if it was asked for just now and could not be made."""
    slot = f"{key}_making"
    asked_for = st.session_state.get(slot)  # what the button of the run before would make
    st.session_state[slot] = making = Making(make)
    clicked = st.download_button(
        label, making, file_name, mime, key=key, icon=":material/download:", on_click="rerun"
    )
    return not (clicked and asked_for) or asked_for.went_well()
