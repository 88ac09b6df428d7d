"""The toy with what a mistake of attention needs in order to show: a mask, several heads, the √d, positions.

The reader's toy is not changed, and what it lacked is said.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from attention_core.attention import AttentionTrace, attention
from attention_core.heads import project
from attention_core.positions import apply_rope, rope_angles
from attention_core.toy.scenario import Scenario, mask_of, projections

NEEDS = ("mask", "heads", "root", "positions")


@dataclass(frozen=True)
class Equipped:
    """What the toy hands to attention, every head of it; the temperature is already in q: q / T."""

    q: Float[np.ndarray, "n_heads n_tokens d_head"]
    k: Float[np.ndarray, "n_heads n_tokens d_head"]
    v: Float[np.ndarray, "n_heads n_tokens d_head"]
    mask: Bool[np.ndarray, "n_tokens n_tokens"] | None
    scale: float | None
    angles: Float[np.ndarray, "n_tokens half"] | None  # by which q and k were turned
    added: tuple[str, ...]  # which of NEEDS the reader's toy lacked, or "one head" for several
    lacks: str | None = None  # which it still lacks, because its size does not allow it

    @property
    def control(self) -> AttentionTrace:
        return attention(self.q, self.k, self.v, self.mask, None, self.scale)


def equipped(scenario: Scenario, need: str | None = None) -> Equipped:
    """The toy's q, k, v, mask and scale, with what `need` names added where it is lacking.

    "mask": the causal one. "heads": the same dimensions shared by the fewest heads. "root": scores ÷ √d_head.
    "positions": RoPE in half-split pairs; a head with a single pair has no order to get wrong, so heads
    become one. Raises ValueError for a need that is not known.
    """
    if need not in (None, *NEEDS):
        raise ValueError(f"there is no need “{need}”: choose one of {', '.join(NEEDS)}")
    fitted = _fitted(scenario, need)
    added: tuple[str, ...] = ()
    if fitted is not scenario:
        added = ("one head",) if need == "positions" else (str(need),)
    q, k, v = project(fitted.x, projections(fitted))
    q = q / fitted.temperature  # softmax(q·k / T) = softmax((q / T)·k)
    angles = None
    if need == "positions" and q.shape[-1] % 2 == 0:
        angles = rope_angles(*q.shape[-2:])
        q, k, added = apply_rope(q, angles), apply_rope(k, angles), (*added, "positions")
    return Equipped(
        q, k, v, mask_of(fitted), None if fitted.scaled else 1.0, angles,
        added, _still_lacking(q, need),
    )  # fmt: skip


def _fitted(scenario: Scenario, need: str | None) -> Scenario:
    """The same object where nothing has to be added."""
    if need == "mask" and scenario.mask == "none":
        return replace(scenario, mask="causal")
    if need == "root" and not scenario.scaled:
        return replace(scenario, scaled=True)
    d_model = len(scenario.dimensions)
    if need == "heads" and scenario.n_heads == 1 < d_model:
        fewest = next(n for n in range(2, d_model + 1) if d_model % n == 0)
        return replace(scenario, n_heads=fewest)
    if need == "positions" and scenario.n_heads > 1 and not _has_two_pairs(scenario):
        return replace(scenario, n_heads=1)
    return scenario


def _has_two_pairs(scenario: Scenario) -> bool:
    d_head = len(scenario.dimensions) // scenario.n_heads
    return d_head >= 4 and d_head % 2 == 0


def _still_lacking(q: np.ndarray, need: str | None) -> str | None:
    n_heads, _, d_head = q.shape
    too_few = need == "heads" and n_heads == 1
    no_pairs = need == "positions" and (d_head < 4 or d_head % 2)
    return need if too_few or no_pairs else None
