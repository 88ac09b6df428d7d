"""A bound in bytes for what is kept of model runs, all pages together; `st.cache_resource` itself can only count entries.

It holds nothing itself: Streamlit keeps the results and lets equal requests share one computation. A result that is
dropped lives on for whoever looks at it just then.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import fields, is_dataclass
from functools import wraps
from threading import Lock
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, cast

import numpy as np

P = ParamSpec("P")
R = TypeVar("R")
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
R_co = TypeVar("R_co", covariant=True)
MOST_BYTES = 256_000_000  # two captures of SmolLM2's longest text, or hundreds of usual sentences
MOST_RESULTS = 2000  # of whatever size: readers' texts never end, and the list of them must
BORROWED = ("W_O",)  # fields that are views of the model's own weights


class Cached(Protocol[P, R_co]):
    """A function that `st.cache_resource` has made."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...
    def clear(self, *args: Any, **kwargs: Any) -> None: ...


class Kept(Cached[P, R_co], Protocol[P, R_co]):
    """The same under a `Budget`."""

    def is_kept(self, *args: P.args, **kwargs: P.kwargs) -> bool: ...


class Pieces(Generic[K, V]):
    """Results that come one by one and stay, for all readers at once; a `Budget` counts them as they grow."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._found: dict[K, V] = {}
        self._n_bytes = 0

    def keep(self, key: K, result: V) -> V:
        """The result of this piece from now on: of two readers who measured it at once, the first one's."""
        with self._guard:
            if key not in self._found:
                self._found[key] = result
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


Key = tuple[Cached[..., Any], tuple[Any, ...], tuple[tuple[str, Any], ...]]  # and what it was asked


class Budget:
    """A decorator above `@st.cache_resource`: all functions under it keep at most so many bytes, the latest used ones."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._guard = Lock()
        self._sizes: OrderedDict[Key, int] = OrderedDict()  # the latest used one last
        self._n_bytes = 0  # their sum: many keys are looked up in each run

    @property
    def n_bytes(self) -> int:
        """What is kept, at most: Streamlit may have dropped some of it already."""
        return self._n_bytes

    def __call__(self, cached: Cached[P, R]) -> Kept[P, R]:
        def key(*args: P.args, **kwargs: P.kwargs) -> Key:
            return cached, args, tuple(kwargs.items())

        @wraps(cast(Callable[P, R], cached))
        def kept(*args: P.args, **kwargs: P.kwargs) -> R:
            result = cached(*args, **kwargs)
            _drop(self._note(key(*args, **kwargs), result))
            return result

        def is_kept(*args: P.args, **kwargs: P.kwargs) -> bool:
            return key(*args, **kwargs) in self._sizes

        vars(kept).update(clear=cached.clear, is_kept=is_kept)
        return cast(Kept[P, R], kept)

    def forget(self, model_id: str) -> None:
        """Drop what was computed with a model; every function here is asked with its id first."""
        with self._guard:
            gone = [key for key in self._sizes if key[1][:1] == (model_id,)]
            for key in gone:
                self._n_bytes -= self._sizes.pop(key)
        _drop(gone)

    def _note(self, key: Key, result: object) -> list[Key]:
        """Put a result's key last; the keys of what is too much now, the one just used never among them."""
        size = self._sizes.get(key)
        if size is None or isinstance(result, Pieces):
            size = n_bytes_of(result)
        gone = []
        with self._guard:
            self._n_bytes += size - self._sizes.pop(key, 0)
            self._sizes[key] = size
            while self._is_too_much and len(self._sizes) > 1:
                oldest, its_size = self._sizes.popitem(last=False)
                self._n_bytes -= its_size
                gone.append(oldest)
        return gone

    @property
    def _is_too_much(self) -> bool:
        return self._n_bytes > self.most_bytes or len(self._sizes) > MOST_RESULTS


def _drop(keys: list[Key]) -> None:
    for cached, positional, named in keys:
        cached.clear(*positional, **dict(named))


def n_bytes_of(result: object) -> int:
    """The bytes of all arrays in a result, each counted once; those that belong to the model are not."""
    if isinstance(result, Pieces):
        return result.n_bytes
    return sum(
        {array.__array_interface__["data"][0]: array.nbytes for array in _arrays(result)}.values()
    )


def _arrays(value: object) -> Iterator[np.ndarray]:
    if isinstance(value, np.ndarray):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            if field.name not in BORROWED:
                yield from _arrays(getattr(value, field.name))
    elif isinstance(value, (tuple, list)):
        for each in value:
            yield from _arrays(each)
    elif isinstance(value, dict):
        yield from _arrays(list(value.values()))


within_budget = Budget(MOST_BYTES)
