"""What is too long for a link is kept here, under a name that nobody can guess, until a day after its last use.

In memory, bounded in bytes, and gone when the server starts anew: a link that outlives it says so.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from pages.ui.server.settings import MOST_BYTES_OF_LINKS

HOURS = 24
LONGEST = 200_000  # bytes of one text

PREFIX = "kept."


@dataclass
class _Kept:
    text: str
    n_bytes: int
    used: float


class LongLinks:
    """Texts by name. Threads may share it."""

    def __init__(
        self, most_bytes: int = MOST_BYTES_OF_LINKS, clock: Callable[[], float] = monotonic
    ) -> None:
        self._most_bytes = most_bytes
        self._clock = clock
        self._guard = Lock()
        self._texts: OrderedDict[str, _Kept] = OrderedDict()  # the latest used one last

    def keep(self, text: str, link: str | None = None) -> str | None:
        """The link of this text; a reader who goes on editing hands in the old one. None if it is too long."""
        n_bytes = len(text.encode(errors="replace"))
        if n_bytes > min(LONGEST, self._most_bytes):
            return None
        link = link or PREFIX + secrets.token_urlsafe(16)
        with self._guard:
            self._texts.pop(link, None)
            self._texts[link] = _Kept(text, n_bytes, self._clock())
            self._drop()
        return link

    def find(self, link: str) -> str | None:
        """The text, or None if it is gone."""
        with self._guard:
            self._drop()
            kept = self._texts.get(link)
            if kept is None:
                return None
            kept.used = self._clock()
            self._texts.move_to_end(link)
            return kept.text

    @property
    def n_bytes(self) -> int:
        return sum(kept.n_bytes for kept in self._texts.values())

    def _drop(self) -> None:
        oldest = self._clock() - 3600 * HOURS
        while self._texts:
            first = next(iter(self._texts.values()))
            if first.used > oldest and self.n_bytes <= self._most_bytes:
                return
            self._texts.popitem(last=False)


long_links = LongLinks()
