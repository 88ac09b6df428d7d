"""Nobody waits in silence: a spinner while a model runs and, where other readers come first, how many they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread, get_ident
from typing import ParamSpec, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import add_script_run_ctx

from attention_core.pretrained.turns import TURNS, when_waiting
from pages.ui.server.cache import CachedFunction

P = ParamSpec("P")
R = TypeVar("R")
PATIENCE = 0.3  # seconds between two looks at the queue, and before the first


@contextmanager
def waiting(text: str) -> Iterator[None]:
    """Streamlit's spinner around what runs a model, and the queue where there is one."""
    with queue_shown(), st.spinner(text, show_time=True):
        yield


def waited_for(text: str, ask: CachedFunction[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What `ask` hands over. A spinner is a thread and two messages, so there is none where the result is in the cache."""
    with queue_shown() if ask.has(*args, **kwargs) else waiting(text):
        return ask(*args, **kwargs)


@contextmanager
def queue_shown() -> Iterator[None]:
    """Once a pass of this reader has to wait, it is said how many readers are before it, until the block ends.

    It is said by a thread of its own, as the spinner's text is: this one waits for its turn, and often inside
    a cached function, in which what it draws would be kept and drawn again for others.
    """
    place, over = st.empty(), Event()
    teller = Thread(target=tell, args=(place, get_ident(), over), daemon=True)

    def begin() -> None:
        if teller.ident is None:
            add_script_run_ctx(teller).start()

    with when_waiting(begin):
        try:
            yield
        finally:
            over.set()
            if teller.ident is not None:
                teller.join()
                place.empty()


def tell(place: DeltaGenerator, reader: int, over: Event) -> None:
    shown = ""
    while not over.wait(PATIENCE):
        ahead = TURNS.ahead_of(reader)
        text = queue_text(ahead) if ahead is not None or shown else ""
        if text != shown:
            place.markdown(text)
            shown = text


def queue_text(ahead: int | None) -> str:
    """What a reader is told: how many readers come first, or that it is their turn."""
    if ahead is None:
        return ":material/hourglass_top: It is your turn."
    readers = "reader is" if ahead == 1 else "readers are"
    return f":material/groups: **{ahead}** {readers} before you."
