"""Long measurements piece by piece: each run of the page measures a few and then runs again, so that Stop is heard and
the picture fills as it goes. What is measured stays, for all readers."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.ui.server.cache import Pieces
from pages.ui.server.waiting import queue_told

PATIENCE = 0.4  # seconds of measuring between two pictures


@dataclass(frozen=True)
class Work:
    """Pieces to be measured, and where the measured ones are kept."""

    name: str  # part of the keys
    owner: Hashable  # what it is about: for another one, measuring has to be begun anew
    pieces: Sequence[Any]
    done: Pieces[Any, Any]
    measure: Callable[[Any], object]  # puts the piece into `done`
    told: str  # what is counted: "Layer"

    @property
    def left(self) -> list[Any]:
        return [piece for piece in self.pieces if piece not in self.done]

    @property
    def is_running(self) -> bool:
        return bool(self.left) and st.session_state.get(self._flag) == self.owner

    @property
    def _flag(self) -> str:
        return f"knock_out_{self.name}_running"

    @property
    def was_begun(self) -> bool:
        """By this reader: what others have measured is there as well, but nobody has stopped it here."""
        return st.session_state.get(f"{self._flag}_once") == self.owner

    def begin(self) -> None:
        st.session_state[self._flag] = st.session_state[f"{self._flag}_once"] = self.owner

    def stop(self) -> None:
        st.session_state.pop(self._flag, None)


def controls(work: Work, label: str, n_drawn: int | None = None) -> None:
    """A button to begin; while it runs, a bar and a button to stop; after that, one to go on.

    `n_drawn` says how many pieces the picture beside it has: another run may measure one more meanwhile.
    """
    n = len(work.pieces)
    n_left = len(work.left) if n_drawn is None else n - n_drawn
    if not n_left:
        return
    running = work.is_running
    # the same two places in both states: what is left over is cleared only when a run ends, and measuring ends late
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Stop" if running else f"Go on: {n_left} of {n} are left" if work.was_begun else label,
            icon=":material/stop_circle:" if running else ":material/straighten:",
            key=f"knock_out_{work.name}_{'stop' if running else 'begin'}",
            on_click=work.stop if running else work.begin,
        )
        bar = st.empty()
        if running:
            bar.progress((n - n_left) / n, f"{work.told} {n - n_left + 1} of {n} …")


def go_on(work: Work) -> None:
    """Last of all on the page: a few more pieces, then the page runs again and shows them."""
    if not work.left:
        work.stop()
    if not work.is_running:
        return
    begun = time.monotonic()
    for piece in work.left:
        try:
            with queue_told():
                work.measure(piece)
        except BaseException:
            work.stop()  # else every run would fail at it again
            raise
        if time.monotonic() - begun > PATIENCE:
            break
    st.rerun()
