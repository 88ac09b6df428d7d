"""Three ways to tell attention where a token stands: added waves, rotated q and k, biased scores.

Positions count from 0. Where earlier tokens' keys are kept and only the last n_q of n_k tokens ask, as in
`masks.causal_mask`, their rows are the last n_q: `rope_angles(n_k, d_head)[-n_q:]`.
Without one of them attention sees a bag of tokens; none of them is learned here but T5's table, which is handed in.
"""

import numpy as np
from jaxtyping import Float, Int, Shaped

from attention_core.checks import check_axes, check_buckets, floats


def sinusoidal_positions(
    n_tokens: int, d_model: int, base: float = 10_000.0
) -> Float[np.ndarray, "n_tokens d_model"]:
    """PE[pos, 2i] = sin(pos / base^(2i/d)), PE[pos, 2i+1] = cos(same) (Vaswani et al. 2017, §3.5).

    Added to the embeddings. Raises ValueError if d_model is odd.
    """
    angles = _angles(n_tokens, d_model, base)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(n_tokens, d_model)


def rope_angles(
    n_tokens: int, d_head: int, base: float = 10_000.0
) -> Float[np.ndarray, "n_tokens half"]:
    """θ[pos, i] = pos / base^(2i/d_head), one angle in radians per rotated pair (Su et al. 2021, eq. 15).

    Raises ValueError if d_head is odd.
    """
    return _angles(n_tokens, d_head, base)


def apply_rope(
    x: Shaped[np.ndarray, "*heads n_tokens d_head"], angles: Float[np.ndarray, "n_tokens half"]
) -> Float[np.ndarray, "*heads n_tokens d_head"]:
    """Rotate each pair (x_i, x_{i+d/2}) of q or k by its angle: the half-split layout of Llama-like models.

    A rotation keeps lengths, so q·k then depends only on how far apart the two tokens are.
    Apply with −angles to undo it. Raises ValueError naming the sizes that don't fit.
    """
    half = x.shape[-1] // 2
    if x.ndim < 2 or angles.shape != (x.shape[-2], half) or x.shape[-1] % 2:
        raise ValueError(f"angles {angles.shape} don't fit x {x.shape}: one per token and pair")
    x = floats(x)
    cos, sin = np.cos(angles).astype(x.dtype), np.sin(angles).astype(x.dtype)
    first, second = x[..., :half], x[..., half:]
    return np.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1)


def relative_buckets(
    n_q: int, n_k: int, n_buckets: int = 32, max_distance: int = 128, bidirectional: bool = True
) -> Int[np.ndarray, "n_q n_k"]:
    """T5's bucket of k_pos − q_pos: one each for near distances, log-spaced for far ones (Raffel et al. 2020, §2.1).

    Bidirectional (encoder): half the buckets look ahead. Otherwise every key ahead falls into bucket 0.
    The queries are the last n_q of n_k tokens. Raises ValueError for fewer buckets than near and far need,
    and where max_distance is one of the near distances.
    """
    exact = n_buckets // (4 if bidirectional else 2)
    if exact < 1 or max_distance <= exact:
        raise ValueError(
            f"{n_buckets} buckets with max_distance {max_distance} can't hold near and far distances"
        )
    offset = np.arange(n_k)[None, :] - np.arange(n_k - n_q, n_k)[:, None]
    if bidirectional:
        n_buckets //= 2
        first = np.where(offset > 0, n_buckets, 0)
        distance = np.abs(offset)
    else:
        first = np.zeros_like(offset)
        distance = np.maximum(-offset, 0)
    growth = np.log(np.maximum(distance, 1) / exact) / np.log(max_distance / exact)
    far = exact + (growth * (n_buckets - exact)).astype(int)
    return first + np.where(distance < exact, distance, np.minimum(far, n_buckets - 1))


def relative_bias(
    table: Float[np.ndarray, "n_buckets n_heads"], buckets: Int[np.ndarray, "n_q n_k"]
) -> Float[np.ndarray, "n_heads n_q n_k"]:
    """The learned bias of each bucket and head, ready to be added to the scaled scores.

    Raises ValueError for a bucket that the table does not have.
    """
    check_axes("table", table, 2, "(buckets, heads)")
    check_buckets(buckets, len(table))
    return np.moveaxis(table[buckets], -1, 0)


def _angles(n_tokens: int, d: int, base: float) -> Float[np.ndarray, "n_tokens half"]:
    if d % 2:
        raise ValueError(f"positions rotate pairs of dimensions, so d must be even, got {d}")
    frequencies = base ** (-np.arange(0, d, 2) / d)
    return np.arange(n_tokens)[:, None] * frequencies[None, :]
