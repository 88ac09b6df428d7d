"""The mass filter: how few keys carry most of a row. It says how concentrated a row is, not which keys matter."""

import numpy as np
from jaxtyping import Float, Int


def smallest_set(amounts: Float[np.ndarray, " n"], share: float) -> Int[np.ndarray, " n_kept"]:
    """The fewest positions whose amounts reach `share` of the sum of all, in their order.

    The largest are taken first, which is why no smaller set can do; ties go to the earlier position.
    A row of zeros needs none. Raises ValueError unless 0 < share ≤ 1 and no amount is negative.
    """
    order = np.argsort(-amounts, kind="stable")
    return np.sort(order[: n_to_cover(amounts, share)])


def n_to_cover(
    amounts: Float[np.ndarray, "*rows n"], share: float
) -> Int[np.ndarray, "*rows"] | np.int64:
    """How many positions `smallest_set` takes in each row."""
    if not 0 < share <= 1:
        raise ValueError(f"a share lies above 0 and at most at 1, got {share}")
    if (amounts < 0).any():
        raise ValueError("only amounts can be covered: none may be negative")
    falling = -np.sort(-amounts.astype(np.float64), axis=-1)
    reached = falling.cumsum(axis=-1)
    total = reached[..., -1:]  # of the very sums it is compared with, so that all of them reach 1
    missing = (reached < share * total) & (falling > 0)
    return np.where(total[..., 0] > 0, missing.sum(axis=-1) + 1, 0)[()]


def even_number(n: int, share: float) -> int:
    """How many of `n` equal amounts it takes: what a row without any preference needs."""
    return int(n_to_cover(np.ones(n), share)) if n else 0
