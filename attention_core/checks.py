"""What the core is handed must fit: each check raises a ValueError that names the sizes, before any number is computed.

It computes nothing; integers and booleans become float64 here, so that the core only meets floats.
"""

import numpy as np
from jaxtyping import Float, Shaped


def floats(array: Shaped[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """The array as it is, or float64 in place of integers and booleans: exp(−1.5) has no room in an integer."""
    return array if np.issubdtype(array.dtype, np.floating) else array.astype(np.float64)


def check_attention(
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    mask: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    softcap: float | None = None,
    sinks: np.ndarray | None = None,
) -> None:
    """What `attention` is handed. Raises ValueError in words."""
    if min(q.ndim, k.ndim, v.ndim) < 2:
        raise ValueError(f"q, k, v need (tokens, dimensions): got {q.shape}, {k.shape}, {v.shape}")
    if q.shape[-1] != k.shape[-1]:
        raise ValueError(
            f"q has d_head {q.shape[-1]} but k has d_head {k.shape[-1]}: no dot product"
        )
    if k.shape[-2] != v.shape[-2]:
        raise ValueError(
            f"k has {k.shape[-2]} tokens but v has {v.shape[-2]}: each key needs one value"
        )
    heads = q.shape[:-2]
    if not heads == k.shape[:-2] == v.shape[:-2]:
        raise ValueError(
            f"q, k, v need the same heads: got {heads}, {k.shape[:-2]}, {v.shape[:-2]}"
        )
    scores = (*heads, q.shape[-2], k.shape[-2])
    _check_mask_and_bias(mask, bias, scores)
    if softcap is not None and not softcap > 0:
        raise ValueError(f"softcap must be above 0, got {softcap}: None leaves scores uncapped")
    if sinks is not None and not broadcasts(sinks.shape, heads):
        raise ValueError(f"sinks are {sinks.shape} but heads are {heads}: each head has one")


def check_groups(q: np.ndarray, k: np.ndarray, v: np.ndarray) -> None:
    """What `grouped_attention` is handed. Raises ValueError unless query heads share key-value heads evenly."""
    if min(q.ndim, k.ndim, v.ndim) < 3:
        raise ValueError(
            f"q, k, v need (heads, tokens, dimensions): got {q.shape}, {k.shape}, {v.shape}"
        )
    n_heads, n_kv_heads = q.shape[-3], k.shape[-3]
    if v.shape[-3] != n_kv_heads:
        raise ValueError(f"k has {n_kv_heads} heads but v has {v.shape[-3]}")
    check_sharing(n_heads, n_kv_heads)


def check_sharing(n_heads: int, n_kv_heads: int) -> None:
    """Raises ValueError unless each key-value head serves as many query heads as any other, and at least one."""
    if n_heads < 1 or n_kv_heads < 1 or n_heads % n_kv_heads:
        raise ValueError(f"{n_heads} heads cannot share {n_kv_heads} key-value heads evenly")


def check_rule(allowed: np.ndarray, block: tuple[int, int]) -> None:
    """What a rule says of a block of scores. Raises ValueError unless it says yes or no for each."""
    if allowed.dtype != bool or not broadcasts(allowed.shape, block):
        raise ValueError(
            f"the rule must say True or False for {block} scores: got {allowed.dtype} of shape {allowed.shape}"
        )


def check_row(q: np.ndarray, k: np.ndarray) -> None:
    """One query against all keys. Raises ValueError naming the sizes that don't fit."""
    if q.ndim != 1 or k.ndim != 2 or k.shape[1] != len(q):
        raise ValueError(f"q {q.shape} and k {k.shape} have no dot products")


def check_buckets(buckets: np.ndarray, n_buckets: int) -> None:
    """Raises ValueError for a bucket that a table of so many rows does not have."""
    if buckets.size and not 0 <= buckets.min() <= buckets.max() < n_buckets:
        raise ValueError(
            f"buckets go from {buckets.min()} to {buckets.max()}, but the table has {n_buckets} rows"
        )


def check_shape(name: str, array: np.ndarray, expected: tuple[int, ...], of: str) -> None:
    """Raises ValueError naming both shapes where they differ."""
    if array.shape != expected:
        raise ValueError(f"{name} is {array.shape} but {of} is {expected}")


def check_axes(name: str, array: np.ndarray, least: int, axes: str) -> None:
    """Raises ValueError where there are fewer axes than the last ones that `axes` names."""
    if array.ndim < least:
        raise ValueError(f"{name} needs {axes}: got {array.shape}")


def broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    """Whether NumPy would stretch the one shape to the other, and no further."""
    try:
        return np.broadcast_shapes(shape, to) == to
    except ValueError:
        return False


def _check_mask_and_bias(
    mask: np.ndarray | None, bias: np.ndarray | None, scores: tuple[int, ...]
) -> None:
    if mask is not None and mask.dtype != bool:
        raise ValueError(
            f"mask must be boolean, True = may attend, but holds {mask.dtype}: numbers that are added "
            "to the scores, such as 0 and −inf, are handed over as bias="
        )
    if bias is not None and bias.dtype == bool:
        raise ValueError("bias must be numbers, but is boolean: True = may attend is the mask=")
    for name, array in (("mask", mask), ("bias", bias)):
        if array is None:
            continue
        if array.shape[-2:] != scores[-2:] or not broadcasts(array.shape[:-2], scores[:-2]):
            raise ValueError(f"{name} is {array.shape} but scores are {scores}")
