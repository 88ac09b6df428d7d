"""`@cached`: results kept for all readers, within one budget of bytes for all pages together, and read-only."""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import fields, is_dataclass
from functools import wraps
from threading import Lock
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, cast

import numpy as np
import streamlit as st

from pages.ui.server import settings

P = ParamSpec("P")
R = TypeVar("R")
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
R_co = TypeVar("R_co", covariant=True)
BORROWED = ("W_O", "b_O")  # fields that are views of the model's own weights


class CachedFunction(Protocol[P, R_co]):
    """A function whose results stay in the cache."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...
    def clear(self, *args: Any, **kwargs: Any) -> None: ...
    def has(self, *args: P.args, **kwargs: P.kwargs) -> bool: ...


Arguments = tuple[tuple[str, Any], ...]  # name and value: what a result was asked by
Key = tuple[Callable[..., None], Arguments]  # the first drops the result


class CacheBudget:
    """The bytes that all cached functions may hold together: the results used last stay.

    It holds no result itself: Streamlit does, and lets equal requests share one computation. A result
    that is dropped lives on for whoever reads it just then.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._guard = Lock()
        self._sizes: OrderedDict[Key, int] = OrderedDict()  # the latest used one last
        self._n_bytes = 0  # their sum: many keys are looked up in each run

    @property
    def n_bytes(self) -> int:
        """What is held, at most: Streamlit may have dropped some of it already."""
        return self._n_bytes

    def __contains__(self, key: Key) -> bool:
        return key in self._sizes

    def forget(self, model_id: str) -> None:
        """Drop what was computed with a model: every function that runs one is asked by its `model_id`."""
        asked = ("model_id", model_id)
        with self._guard:
            gone = [key for key in self._sizes if asked in key[1]]
            for key in gone:
                self._n_bytes -= self._sizes.pop(key)
        _drop(gone)

    def note(self, key: Key, result: object) -> None:
        """This result was used; drop what is too much now, the one just used never."""
        size = self._sizes.get(key)
        if size is None or isinstance(result, Pieces):
            size = n_bytes_of(result)
        gone = []
        with self._guard:
            self._n_bytes += size - self._sizes.pop(key, 0)
            self._sizes[key] = size
            while len(self._sizes) > 1 and (
                self._n_bytes > self.most_bytes or len(self._sizes) > settings.MOST_RESULTS
            ):
                oldest, its_size = self._sizes.popitem(last=False)
                self._n_bytes -= its_size
                gone.append(oldest)
        _drop(gone)


cache_budget = CacheBudget(settings.MOST_BYTES)


def cached(
    max_entries: int, show_spinner: str | bool = False, budget: CacheBudget = cache_budget
) -> Callable[[Callable[P, R]], CachedFunction[P, R]]:
    """Keep at most `max_entries` results of a function for all readers, within the budget, and read-only.

    Its arguments are hashable. Those whose name begins with `_` make no difference to the result.
    """

    def decorate(function: Callable[P, R]) -> CachedFunction[P, R]:
        if function.__module__ == "__main__":
            raise ValueError(
                f"{function.__qualname__} stands in a page that each run executes anew"
            )

        @st.cache_resource(max_entries=max_entries, show_spinner=show_spinner)
        @wraps(function)
        def computed(*args: P.args, **kwargs: P.kwargs) -> R:
            return read_only(function(*args, **kwargs))

        names = tuple(inspect.signature(function).parameters)

        def key(*args: P.args, **kwargs: P.kwargs) -> Key:
            named = (*zip(names, args, strict=False), *kwargs.items())
            return computed.clear, tuple(each for each in named if each[0][0] != "_")

        @wraps(function)
        def from_cache(*args: P.args, **kwargs: P.kwargs) -> R:
            result = computed(*args, **kwargs)
            budget.note(key(*args, **kwargs), result)
            return result

        def has(*args: P.args, **kwargs: P.kwargs) -> bool:
            return key(*args, **kwargs) in budget

        vars(from_cache).update(clear=computed.clear, has=has)
        return cast(CachedFunction[P, R], from_cache)

    return decorate


class Pieces(Generic[K, V]):
    """Results that come one by one and stay, for all readers at once; the budget counts them as they grow."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._found: dict[K, V] = {}
        self._n_bytes = 0

    def keep(self, key: K, result: V) -> V:
        """The result of this piece from now on: of two readers who measured it at once, the first one's."""
        with self._guard:
            if key not in self._found:
                self._found[key] = read_only(result)
                self._n_bytes += n_bytes_of(result)
            return self._found[key]

    def now(self) -> dict[K, V]:
        """What is there; whatever comes later is not in it."""
        with self._guard:
            return self._found.copy()

    def __contains__(self, key: object) -> bool:
        with self._guard:
            return key in self._found

    @property
    def n_bytes(self) -> int:
        return self._n_bytes


def read_only(result: R) -> R:
    """The same result, in whose arrays nobody can write: all readers see them."""
    for array in _arrays(result, skip=()):
        array.flags.writeable = False
    return result


def n_bytes_of(result: object) -> int:
    """The bytes of all arrays in a result, each counted once; those that belong to the model are not."""
    if isinstance(result, Pieces):
        return result.n_bytes
    if isinstance(result, bytes):
        return len(result)
    return sum(
        {array.__array_interface__["data"][0]: array.nbytes for array in _arrays(result)}.values()
    )


def _arrays(value: object, skip: tuple[str, ...] = BORROWED) -> Iterator[np.ndarray]:
    """All arrays in dataclasses, tuples, lists and dicts, but those in the fields to skip."""
    if isinstance(value, np.ndarray):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            if field.name not in skip:
                yield from _arrays(getattr(value, field.name), skip)
    elif isinstance(value, (tuple, list)):
        for each in value:
            yield from _arrays(each, skip)
    elif isinstance(value, dict):
        yield from _arrays(list(value.values()), skip)


def _drop(keys: list[Key]) -> None:
    for clear, arguments in keys:
        clear(**dict(arguments))
