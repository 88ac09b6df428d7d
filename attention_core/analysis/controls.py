"""What a knock-out is held against: as many others of its kind, drawn at random. What becomes of them is not measured here."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import comb, prod
from typing import Generic, TypeVar

import numpy as np

T = TypeVar("T")
Groups = Sequence[tuple[Sequence[T], int]]  # candidates, and how many of them each draw takes


@dataclass(frozen=True)
class Draws(Generic[T]):
    """Different draws, each a set of others, and how many different ones there are."""

    sets: tuple[tuple[T, ...], ...]
    n_possible: int

    @property
    def are_all(self) -> bool:
        return len(self.sets) == self.n_possible


def draws(groups: Groups[T], n: int, seed: int = 0) -> Draws[T]:
    """Up to `n` different draws with so many candidates of each group in each; every one where there are no more.

    None where a group has fewer candidates than are to be drawn. The same seed draws the same.
    """
    n_possible = prod(comb(len(candidates), size) for candidates, size in groups)
    if n_possible <= n:
        each = product(*(combinations(candidates, size) for candidates, size in groups))
        return Draws(tuple(sum(parts, ()) for parts in each), n_possible)
    random = np.random.default_rng(seed)
    found: dict[tuple[T, ...], None] = {}  # a set that keeps the order
    while len(found) < n:
        found[sum((_some(candidates, size, random) for candidates, size in groups), ())] = None
    return Draws(tuple(found), n_possible)


def _some(candidates: Sequence[T], size: int, random: np.random.Generator) -> tuple[T, ...]:
    chosen = sorted(random.choice(len(candidates), size, replace=False).tolist())
    return tuple(candidates[i] for i in chosen)
