"""The ways to compute one attention that the section `core` holds against each other, on the same random numbers."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor

from attention_core.attention import attention
from attention_core.long_attention import attention_in_blocks

N_HEADS, D_HEAD = 12, 64


def torch_eager(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """softmax(q kᵀ / √d_head) v in plain torch operations."""
    return torch.softmax(q @ k.transpose(-1, -2) * D_HEAD**-0.5, dim=-1) @ v


TORCH = ("eager", "fused")
WAYS: dict[str, Callable[[Any, Any, Any], object]] = {
    "eager": torch.inference_mode()(torch_eager),
    "fused": torch.inference_mode()(torch.nn.functional.scaled_dot_product_attention),
    "blocks": lambda q, k, v: attention_in_blocks(q, k, v).context,
    "attention": lambda q, k, v: attention(q, k, v).context,
}


@contextmanager
def shared_out(way: str, n_threads: int) -> Iterator[Callable[[Any, Any, Any], object]]:
    """The way on so many threads: torch has its own, ours gives each a share of the heads. NumPy's BLAS must have one."""
    function = WAYS[way]
    if n_threads == 1 or way in TORCH:
        yield function
        return

    def in_shares(*arrays: np.ndarray) -> object:
        shares = (np.array_split(array, n_threads) for array in arrays)
        return np.concatenate(list(pool.map(function, *shares)))

    with ThreadPoolExecutor(n_threads) as pool:
        yield in_shares


def tensors(way: str, n_tokens: int) -> list[Any]:
    """q, k, v in float32: arrays for our own ways, tensors with a batch axis for torch's."""
    normal = np.random.default_rng(n_tokens).standard_normal
    arrays = [normal((N_HEADS, n_tokens, D_HEAD), dtype=np.float32) for _ in range(3)]
    if way in TORCH:
        return [torch.from_numpy(array)[None] for array in arrays]
    return arrays


def largest_difference(n_tokens: int) -> float:
    """max |blocks − eager| of the context."""
    ours, theirs = (np.asarray(WAYS[way](*tensors(way, n_tokens))) for way in ("blocks", "eager"))
    return float(np.abs(ours - theirs).max())
