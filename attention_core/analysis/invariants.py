"""Four things that every attention keeps to, measured: by how much a function breaks each of them on given numbers.

What keeps to all four can still be wrong: they say nothing of which key should get how much.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from attention_core.analysis.broken import ROPE, function_of, in_wrong_order
from attention_core.analysis.order import shuffled_order
from attention_core.attention import AttentionTrace, attention

INVARIANTS = ("row_sums", "future", "shuffle", "shift")
RIGHT = "right"
SHUFFLE = 1  # which shuffle: any but the first order will do
SMALLEST_SHIFT, LARGEST_SHIFT = 1.0, 3.0
# What rounding alone may do. float64: far above its noise of 1e-15. float32: a score of 100 is stored to
# 4e-6 at best, and adding a constant moves it by as much; a weight moves by no more than its score.
TOLERANCES = {"float64": 1e-9, "float32": 1e-4}


@dataclass(frozen=True)
class Violations:
    """How far a function is from each invariant; 0 but for rounding where it keeps it, nan where it gives no numbers."""

    row_sums: (
        float | None
    )  # max |Σ_k A_qk − 1| over the rows that may see a key; None for a head with a sink
    future: float | None  # the largest weight on a blocked key; None where the mask blocks nothing
    shuffle: float  # max |Δ context| when keys, values, bias and mask are shuffled together
    shift: (
        float | None
    )  # max |Δ weights| when each row's scores get a constant of their own; None with a sink
    mean_row_sum: float  # 1 for some that break `row_sums`: what a careless test looks at
    tolerance: float  # up to here it is rounding

    def broken(self) -> dict[str, bool]:
        """Which invariants are broken. One that cannot be measured is not."""
        measured = {name: getattr(self, name) for name in INVARIANTS}
        return {
            name: value is not None and not abs(value) <= self.tolerance  # nan is broken
            for name, value in measured.items()
        }


def violations(
    function: Callable[..., AttentionTrace],
    q: Float[np.ndarray, "*heads n_q d_head"],
    k: Float[np.ndarray, "*heads n_k d_head"],
    v: Float[np.ndarray, "*heads n_k d_v"],
    mask: Bool[np.ndarray, "*#heads n_q n_k"] | None = None,
    bias: Float[np.ndarray, "*#heads n_q n_k"] | None = None,
    scale: float | None = None,
    **terms: Any,
) -> Violations:
    """Run `function`, a stand-in for `attention`, as it is, on shuffled keys, and on shifted scores; over all heads.

    `terms` is what else attention takes by name: a soft cap, sinks. A sink takes a share of each row and does
    not shift with its scores, so with one there are two things less to keep to.
    """
    trace = function(q, k, v, mask, bias, scale, **terms)
    order = shuffled_order(k.shape[-2], SHUFFLE)
    shuffled = function(
        q,
        k[..., order, :],
        v[..., order, :],
        _columns(mask, order),
        _columns(bias, order),
        scale,
        **terms,
    )
    constants = np.linspace(SMALLEST_SHIFT, LARGEST_SHIFT, q.shape[-2]).astype(q.dtype)[:, None]
    shift = np.broadcast_to(constants, (q.shape[-2], k.shape[-2]))
    shifted = function(q, k, v, mask, shift if bias is None else bias + shift, scale, **terms)
    sums, with_sink = trace.weights.sum(axis=-1), trace.sinks is not None
    return Violations(
        row_sums=None if with_sink else _largest(_seeing(sums, mask) - 1),
        future=_on_blocked(trace.weights, mask),
        shuffle=_largest(shuffled.context - trace.context),
        shift=None if with_sink else _largest(shifted.weights - trace.weights),
        mean_row_sum=float(sums.mean(dtype=np.float64)),
        tolerance=TOLERANCES[q.dtype.name],
    )


def violations_of(
    name: str,
    q: Float[np.ndarray, "*heads n_q d_head"],
    k: Float[np.ndarray, "*heads n_k d_head"],
    v: Float[np.ndarray, "*heads n_k d_v"],
    mask: Bool[np.ndarray, "*#heads n_q n_k"] | None = None,
    bias: Float[np.ndarray, "*#heads n_q n_k"] | None = None,
    scale: float | None = None,
    angles: Float[np.ndarray, "n_tokens half"] | None = None,
    **terms: Any,
) -> Violations:
    """Of a broken attention, or of the right one (RIGHT).

    The wrong order of RoPE is a mistake of what attention is handed: it is made first, where `angles` say
    how q and k were turned, and then the right attention is measured. Raises ValueError without angles.
    """
    if name == RIGHT:
        return violations(attention, q, k, v, mask, bias, scale, **terms)
    if name == ROPE and angles is not None:
        q, k = in_wrong_order(q, angles), in_wrong_order(k, angles)
        return violations(attention, q, k, v, mask, bias, scale, **terms)
    return violations(function_of(name), q, k, v, mask, bias, scale, **terms)


def _columns(array: np.ndarray | None, order: np.ndarray) -> np.ndarray | None:
    return None if array is None else array[..., order]


def _seeing(
    sums: Float[np.ndarray, "*heads n_q"], mask: np.ndarray | None
) -> Float[np.ndarray, " n_rows"]:
    """The sums of the rows that may see at least one key."""
    if mask is None:
        return sums.ravel()
    return sums[np.broadcast_to(mask.any(axis=-1), sums.shape)]


def _on_blocked(weights: np.ndarray, mask: np.ndarray | None) -> float | None:
    if mask is None or mask.all():
        return None
    return _largest(weights[np.broadcast_to(~mask, weights.shape)])


def _largest(values: np.ndarray) -> float:
    """max |·|, which is nan if one of them is."""
    return float(np.abs(values).max(initial=0.0))
