"""One number for each head of a layer: how widely it spreads its weight, where it puts it, how much of the output it makes.

A number describes a head on one text; each comes with what a uniform head, one without any preference, would get.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from attention_core.analysis.head_search import best_first
from attention_core.analysis.masking import even_weights
from attention_core.analysis.patterns import share_on, spread, targets
from attention_core.analysis.sinks import weight_on

PATTERNS = ("itself", "previous", "next", "first")  # of `patterns.targets`
NAMES = ("entropy", "entropy share", "largest", *PATTERNS, "special", "output")

Mask = Bool[np.ndarray, "*#heads n_q n_k"] | None
PerHead = dict[str, Float[np.ndarray, " n_heads"]]


def points_at(
    tokens: Sequence[str] | None, n_q: int, n_k: int
) -> dict[str, Bool[np.ndarray, "n_q n_k"]]:
    """Where each pattern points, True in row and column, as `patterns.targets` has it.

    `tokens` are those of rows and columns alike; None in cross-attention, where only the first key means
    something. Raises ValueError naming the sizes that don't fit.
    """
    if tokens is None:
        return {"first": np.tile(np.arange(n_k) == 0, (n_q, 1))}
    if (n_q, n_k) != (len(tokens), len(tokens)):
        raise ValueError(f"{len(tokens)} tokens do not fit {n_q} queries and {n_k} keys")
    found = targets(tokens)
    return {name: found[name] for name in PATTERNS}


def head_statistics(
    weights: Float[np.ndarray, "n_heads n_q n_k"],
    points: Mapping[str, Bool[np.ndarray, "n_rows n_columns"]],
    special: Sequence[int] = (),
    mask: Mask = None,
    norms: Float[np.ndarray, "n_adding n_asking"] | None = None,
) -> PerHead:
    """Every statistic of `NAMES` for each head, nan where it means nothing.

    `points` is what `points_at` gives, `special` are the keys that the model added to the text, `norms`
    what `output_norms` gives. Entropy is in bits, everything else a share from 0 to 1. Raises
    ValueError naming the sizes that don't fit.
    """
    n_heads, n_q, n_k = weights.shape
    if norms is not None and norms.shape != (n_heads, n_q):
        raise ValueError(f"norms {norms.shape} do not fit weights {weights.shape}")
    bits = entropy_bits(weights, mask)
    unknown = np.full(n_heads, np.nan)
    return {
        "entropy": bits,
        "entropy share": bits / most_bits(n_q, n_k, mask),
        "largest": mean_largest(weights, mask),
        **{
            name: share_on(weights, points[name], mask) if name in points else unknown
            for name in PATTERNS
        },
        "special": weight_on(weights, special, mask) if len(special) else unknown,
        "output": unknown if norms is None else output_share(norms),
    }


def even_statistics(
    n_heads: int,
    n_q: int,
    n_k: int,
    points: Mapping[str, Bool[np.ndarray, "n_rows n_columns"]],
    special: Sequence[int] = (),
    mask: Mask = None,
) -> PerHead:
    """The same statistics of heads without preference: each row even over the keys its mask allows.

    Of the output, each of n heads would make 1/n.
    """
    even = even_weights(n_q, n_k, mask).reshape(-1, n_q, n_k)  # one, or one a head's own mask
    found = head_statistics(even, points, special, mask)
    found["output"] = np.array([1 / n_heads])
    return {name: np.broadcast_to(values, n_heads).copy() for name, values in found.items()}


def entropy_bits(
    weights: Float[np.ndarray, "n_heads n_q n_k"], mask: Mask = None
) -> Float[np.ndarray, " n_heads"]:
    """Mean over queries of H = −Σ_k a_k log₂ a_k: 0 for one key, n for 2ⁿ equal ones. nan without a choice."""
    return np.log2(spread(weights, mask))


def most_bits(n_q: int, n_k: int, mask: Mask = None) -> Float[np.ndarray, " n_masks"]:
    """The largest entropy that is possible: mean over queries of log₂ of the number of keys that are allowed."""
    n_allowed = np.full((1, n_q), n_k) if mask is None else mask.sum(axis=-1).reshape(-1, n_q)
    bits = np.log2(n_allowed, out=np.zeros(n_allowed.shape), where=n_allowed > 1)
    n_rows = (n_allowed > 1).sum(axis=-1)
    return np.where(n_rows > 0, bits.sum(axis=-1) / np.maximum(n_rows, 1), np.nan)


def mean_largest(
    weights: Float[np.ndarray, "n_heads n_q n_k"], mask: Mask = None
) -> Float[np.ndarray, " n_heads"]:
    """Mean over queries of max_k a_k. Queries with a single key to look at do not count; nan if none counts."""
    n_heads, n_q, n_k = weights.shape
    n_allowed = n_k if mask is None else mask.sum(axis=-1)
    counted = np.broadcast_to(n_allowed > np.ones(n_q), (n_heads, n_q))
    n_rows = counted.sum(axis=-1)
    total = np.where(counted, weights.max(axis=-1), 0).sum(axis=-1, dtype=np.float64)
    return np.where(n_rows > 0, total / np.maximum(n_rows, 1), np.nan)


def output_norms(
    context: Float[np.ndarray, "n_heads n_q d_v"], W_O: Float[np.ndarray, "o_size d_model"]
) -> Float[np.ndarray, "n_heads n_q"]:
    """‖context_h W_O,h‖ of each query: the length of what head h adds to the layer's output.

    Head by head, so that the vectors themselves are never all there. Raises ValueError naming the
    sizes that don't fit.
    """
    n_heads, _, d_v = context.shape
    if len(W_O) != n_heads * d_v:
        raise ValueError(f"W_O {W_O.shape} does not fit {n_heads} heads of {d_v} dimensions")
    blocks = W_O.reshape(n_heads, d_v, -1)
    return np.stack([np.linalg.norm(c @ W, axis=-1) for c, W in zip(context, blocks, strict=True)])


def output_share(norms: Float[np.ndarray, "n_heads n_q"]) -> Float[np.ndarray, " n_heads"]:
    """Mean over queries of ‖o_h‖ / Σ_h' ‖o_h'‖ (norms as in Kobayashi et al. 2020, here of whole heads).

    The shares sum to 1 over the heads. Vectors of different heads may cancel, which norms don't see.
    Queries that get nothing from any head do not count; nan if none counts.
    """
    total = norms.sum(axis=0, dtype=np.float64)
    if not total.any():
        return np.full(len(norms), np.nan)
    return (norms[:, total > 0] / total[total > 0]).mean(axis=-1)


@dataclass(frozen=True)
class Survey:
    """The statistics of all heads of some layers. nan where there is no such head, or no value."""

    layers: tuple[int, ...]  # their places among all layers of the model, one a row
    n_heads: tuple[int, ...]  # of each
    values: Mapping[str, Float[np.ndarray, "n_layers most_heads"]]
    even: Mapping[str, Float[np.ndarray, "n_layers most_heads"]]  # what a uniform head would get


def survey(
    layers: Sequence[int],
    values: Sequence[Mapping[str, np.ndarray]],
    even: Sequence[Mapping[str, np.ndarray]],
) -> Survey:
    """Put layer by layer together. Raises ValueError unless there are as many of each."""
    if not len(layers) == len(values) == len(even):
        raise ValueError(
            f"{len(layers)} layers, {len(values)} statistics, {len(even)} of uniform heads"
        )
    n_heads = tuple(len(per_head["entropy"]) for per_head in values)
    return Survey(tuple(layers), n_heads, _stacked(values, n_heads), _stacked(even, n_heads))


def _stacked(
    found: Sequence[Mapping[str, np.ndarray]], n_heads: Sequence[int]
) -> dict[str, np.ndarray]:
    stacked = {name: np.full((len(found), max(n_heads)), np.nan) for name in NAMES}
    for row, per_head in enumerate(found):
        for name in NAMES:
            stacked[name][row, : n_heads[row]] = per_head[name]
    return stacked


def ranked(values: Float[np.ndarray, "n_layers n_heads"]) -> list[tuple[int, int]]:
    """Row and column of every head that has a value, the largest first; ties in the order of layers and heads."""
    return [divmod(int(place), values.shape[1]) for place in best_first(values.ravel())]
