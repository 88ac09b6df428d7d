"""Whose pass of a model is next: first come, first served, pass by pass, a few at once. No models, no torch, no threads of its own.

Every pass takes a turn (`engine.Engine`). An experiment of hundreds of passes takes hundreds of turns: after each
one it stands at the end of the queue again, so nobody waits for the whole of it.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event, Lock, get_ident

Listener = Callable[[], None]
_hears: ContextVar[Listener] = ContextVar("hears of waiting", default=lambda: None)


@contextmanager
def when_waiting(listener: Listener) -> Iterator[None]:
    """Inside the block, `listener` is called whenever a turn of this thread does not come at once."""
    token = _hears.set(listener)
    try:
        yield
    finally:
        _hears.reset(token)


class Turns:
    """A queue of threads in the order of their coming, of which `at_once` may run."""

    def __init__(self, at_once: int) -> None:
        if at_once < 1:
            raise ValueError(f"{at_once} passes at once: no turn would ever come")
        self.at_once = at_once
        self._guard = Lock()
        self._running: set[int] = set()  # threads
        self._waiting: deque[tuple[int, Event]] = deque()  # threads, and what wakes each

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until it is this thread's turn; the block's end gives the turn away, however it ends.

        Inside a turn another one begins at once: a thread that waited for itself would wait for ever.
        """
        me = get_ident()
        if me in self._running:
            yield
            return
        comes = Event()
        with self._guard:
            self._waiting.append((me, comes))
            self._call_next()
        try:
            if not comes.is_set():
                _hears.get()()
            comes.wait()
            yield
        finally:
            with self._guard:
                self._running.discard(me)
                if not comes.is_set():  # it was interrupted while it waited
                    self._waiting.remove((me, comes))
                self._call_next()

    def ahead_of(self, thread: int) -> int | None:
        """How many threads come before this one, the running ones included; None where it does not wait."""
        with self._guard:
            waiting = [each for each, _ in self._waiting]
            return len(self._running) + waiting.index(thread) if thread in waiting else None

    def _call_next(self) -> None:
        while self._waiting and len(self._running) < self.at_once:
            thread, comes = self._waiting.popleft()
            self._running.add(thread)
            comes.set()


def cores() -> int:
    """The cores this process may use, where the system says so."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


# a pass computes with one thread (the server sees to that: pages/ui/server/settings.py), so each core can do one
TURNS = Turns(cores())
