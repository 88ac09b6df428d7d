"""Work that no page waits for: it runs in a thread of the server, and pages show how far it is.

A shelf keeps what such jobs make: the models in memory, so many at most.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import RLock
from typing import Generic, TypeVar

from attention_core.errors import ReaderError
from pages.ui.server import faults

R = TypeVar("R")
Report = Callable[[str], None]  # says what is being done now
MOST_FAILED = 16  # jobs whose reasons are remembered


@dataclass
class BackgroundJob(Generic[R]):
    """What is being done, since when, and in the end the result or the reason why there is none."""

    work: Callable[[Report], R]
    stage: str = "waiting for its turn"
    started: float = field(default_factory=time.monotonic)
    result: Future[R] = field(default_factory=Future)

    def run(self) -> None:
        """Do the work. Whatever goes wrong is in `result` for whoever asks for it; a fault of ours is logged."""
        try:
            self.result.set_result(self.work(self._report))
        except BaseException as error:
            if not isinstance(error, ReaderError):
                faults.log(error)
            self.result.set_exception(error)

    def _report(self, stage: str) -> None:
        self.stage = stage

    @property
    def is_done(self) -> bool:
        return self.result.done()

    @property
    def has_failed(self) -> bool:
        return self.is_done and self.result.exception() is not None

    @property
    def seconds(self) -> float:
        """Since it was asked for."""
        return time.monotonic() - self.started


@dataclass
class Shelf(Generic[R]):
    """At most `most` of the jobs that `begin` starts, the latest used. What failed takes no place."""

    begin: Callable[[str], BackgroundJob[R]]
    released: Callable[[str], None]  # hears the name of each that is put away
    most: int
    stays: str  # is never put away for others
    _guard: RLock = field(default_factory=RLock)
    _jobs: OrderedDict[str, BackgroundJob[R]] = field(default_factory=OrderedDict)  # latest last

    def __call__(self, name: str) -> BackgroundJob[R]:
        """Start to load it, or find it. Returns at once."""
        with self._guard:
            found = self._jobs.pop(name, None)
            gone = [] if found else self._make_room()
            self._jobs[name] = found = found or self.begin(name)
        for each in gone:
            self.released(each)
        return found

    def look(self, name: str) -> BackgroundJob[R] | None:
        """What is there of it; starts nothing and counts as no use."""
        return self._jobs.get(name)

    def clear(self, name: str | None = None) -> None:
        """Put one away, or all; the next who asks for it starts anew."""
        with self._guard:
            names = list(self._jobs) if name is None else [name]
            gone = [each for each in names if self._jobs.pop(each, None)]
        for each in gone:
            self.released(each)

    def forget_failure(self, name: str) -> None:
        """So that it can be tried again; one that is there or on its way stays."""
        with self._guard:
            if (found := self._jobs.get(name)) and found.has_failed:
                del self._jobs[name]

    def _make_room(self) -> list[str]:
        """Takes off what must go before one more comes."""
        failed = [each for each, job in self._jobs.items() if job.has_failed]
        alive = [each for each in self._jobs if each not in failed]
        n_gone = max(0, len(alive) + 1 - self.most)
        old = [each for each in alive if each != self.stays][:n_gone]
        gone = [*failed[: -MOST_FAILED + 1], *old]
        for each in gone:
            del self._jobs[each]
        return gone
