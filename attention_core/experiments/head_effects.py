"""One number for each head of a model, as far as it was measured: which is the largest, and how they spread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from attention_core.pretrained.interventions import Head

SHARE = 0.9  # of the heads, for `Spread.most`


@dataclass(frozen=True)
class HeadEffects:
    """The effect of each measured head, taken alone."""

    n_heads: Mapping[int, int]  # of each layer
    of: Mapping[Head, float]

    @property
    def ranked(self) -> dict[Head, float]:
        """The largest first, whatever the sign; effects that are no number are left out."""
        known = {head: effect for head, effect in self.of.items() if np.isfinite(effect)}
        return dict(sorted(known.items(), key=lambda item: -abs(item[1])))

    @property
    def n_layers(self) -> int:
        """How many layers have a measured head."""
        return len({layer for layer, _ in self.ranked})

    @property
    def grid(self) -> Float[np.ndarray, "n_layers most_heads"]:
        """A row for each layer; nan where nothing is measured."""
        grid = np.full((len(self.n_heads), max(self.n_heads.values())), np.nan)
        rows = {layer: row for row, layer in enumerate(self.n_heads)}
        for (layer, head), effect in self.of.items():
            grid[rows[layer], head] = effect
        return grid


@dataclass(frozen=True)
class Spread:
    """How far the effects of many heads lie apart, by size."""

    half: float  # half of the heads have less
    most: float  # SHARE of the heads have less
    n_near: int  # others that reach half of the largest
    n_rising: int  # effects above 0


def spread_of(effects: HeadEffects) -> Spread:
    """Of at least one measured head."""
    values = np.array([*effects.ranked.values()])
    sizes = np.abs(values)
    half, most = (float(np.quantile(sizes, share)) for share in (0.5, SHARE))
    n_near = int((sizes >= sizes[0] / 2).sum()) - 1
    return Spread(half, most, n_near, int((values > 0).sum()))
