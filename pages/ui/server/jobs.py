"""Work that no page waits for: it runs in a thread of the server, and pages show how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from attention_core.errors import ReaderError
from pages.ui.server import faults

R = TypeVar("R")
Report = Callable[[str], None]  # says what is being done now


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
