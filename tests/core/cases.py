"""Random inputs that the tests of the core share; no two sizes are equal, so no swapped axis can hide."""

from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from attention_core.heads import Projections

N_Q, N_K, D_HEAD, D_V = 3, 5, 4, 2
N_TOKENS, D_MODEL, N_HEADS, N_KV_HEADS = 5, 7, 6, 2

seeds = st.integers(0, 2**32 - 1)
both_dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def normals(seed: int, *shapes: tuple[int, ...], dtype: type = np.float64) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def random_qkv(seed: int, *heads: int, dtype: type = np.float64) -> list[np.ndarray]:
    return normals(
        seed, (*heads, N_Q, D_HEAD), (*heads, N_K, D_HEAD), (*heads, N_K, D_V), dtype=dtype
    )


def random_mask(seed: int, *shape: int) -> np.ndarray:
    """About half of the keys allowed, the first one always: no row is fully blocked."""
    mask = np.random.default_rng(seed).random(shape) < 0.5
    mask[..., 0] = True
    return mask


def random_layer(
    seed: int, n_kv_heads: int = N_KV_HEADS, dtype: type = np.float64
) -> tuple[np.ndarray, Projections]:
    """x and a layer of N_HEADS query heads."""
    x, *matrices = normals(
        seed,
        (N_TOKENS, D_MODEL),
        (D_MODEL, N_HEADS * D_HEAD),
        (D_MODEL, n_kv_heads * D_HEAD),
        (D_MODEL, n_kv_heads * D_V),
        (N_HEADS * D_V, D_MODEL),
        dtype=dtype,
    )
    return x, Projections(*matrices, n_heads=N_HEADS, n_kv_heads=n_kv_heads)


def float_dtypes(trace: Any) -> set[np.dtype]:
    """The dtypes of all float arrays in a trace."""
    arrays = [value for value in vars(trace).values() if isinstance(value, np.ndarray)]
    return {array.dtype for array in arrays if array.dtype.kind == "f"}
