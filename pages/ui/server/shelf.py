"""The models in memory: so many at most, one of them for good. To look at the shelf starts nothing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from threading import RLock
from typing import Any, Generic, Protocol, TypeVar


class HasResult(Protocol):
    """What is on its way: in the end there is a result, or the reason why not."""

    @property
    def result(self) -> Future[Any]: ...


L = TypeVar("L", bound=HasResult)
MOST_FAILED = 16  # whose reasons are remembered


class Shelf(Generic[L]):
    """At most `most` of what `begin` starts to load, the latest used; `stays` is never put away for others.

    What failed takes no place. `released` hears of each that is put away.
    """

    def __init__(
        self, begin: Callable[[str], L], released: Callable[[L], None], most: int, stays: str
    ) -> None:
        self.most = most
        self._begin, self._released, self._stays = begin, released, stays
        self._guard = RLock()
        self._kept: OrderedDict[str, L] = OrderedDict()  # the latest used one last

    def __call__(self, name: str) -> L:
        """Start to load it, or find it. Returns at once."""
        with self._guard:
            found = self._kept.pop(name, None)
            gone = [] if found else self._make_room(name)
            self._kept[name] = found = found or self._begin(name)
        for each in gone:
            self._released(each)
        return found

    def look(self, name: str) -> L | None:
        """What is there of it; starts nothing and counts as no use."""
        return self._kept.get(name)

    def clear(self, name: str | None = None) -> None:
        """Put one away, or all; the next who asks for it starts anew."""
        with self._guard:
            names = list(self._kept) if name is None else [name]
            gone = [self._kept.pop(each) for each in names if each in self._kept]
        for each in gone:
            self._released(each)

    def forget_failure(self, name: str) -> None:
        """So that it can be tried again; one that is there or on its way stays."""
        with self._guard:
            if (found := self._kept.get(name)) and has_failed(found):
                del self._kept[name]

    def _make_room(self, name: str) -> list[L]:
        """Takes off what must go before one more comes."""
        failed = [each for each, kept in self._kept.items() if has_failed(kept)]
        alive = [each for each in self._kept if each not in failed]
        n_gone = max(0, len(alive) + 1 - self.most)
        old = [each for each in alive if each != self._stays][:n_gone]
        return [self._kept.pop(each) for each in (*failed[: -MOST_FAILED + 1], *old)]


def has_failed(begun: HasResult) -> bool:
    return begun.result.done() and begun.result.exception() is not None
