"""PyTorch's own attention under the core's argument names: what the core must equal in float64."""

import numpy as np
import torch
from torch.nn import functional

from attention_core.heads import Projections


def torch_attention(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    mask: np.ndarray | None = None,
    bias: torch.Tensor | None = None,
    scale: float | None = None,
    temperature: float = 1.0,
) -> torch.Tensor:
    """scaled_dot_product_attention; key-value heads may be fewer; it has no temperature, so scale and bias carry it."""
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    added = torch.zeros(q.shape[-2], k.shape[-2], dtype=q.dtype) if bias is None else bias
    if mask is not None:
        added = added.masked_fill(~torch.from_numpy(mask), -torch.inf)
    return functional.scaled_dot_product_attention(
        q, k, v, attn_mask=added / temperature, scale=scale / temperature, enable_gqa=q.ndim > 2
    )


def torch_layer(
    x: torch.Tensor,
    W_Q: torch.Tensor,
    W_K: torch.Tensor,
    W_V: torch.Tensor,
    W_O: torch.Tensor,
    projections: Projections,
    **options,
) -> torch.Tensor:
    """A whole multi-head layer; of `projections` only the numbers of heads are read."""
    q = (x @ W_Q).unflatten(-1, (projections.n_heads, -1)).movedim(1, 0)
    k = (x @ W_K).unflatten(-1, (projections.kv_heads, -1)).movedim(1, 0)
    v = (x @ W_V).unflatten(-1, (projections.kv_heads, -1)).movedim(1, 0)
    return torch_attention(q, k, v, **options).movedim(0, 1).flatten(1) @ W_O


def matrices(projections: Projections) -> dict[str, np.ndarray]:
    return {name: getattr(projections, name) for name in ("W_Q", "W_K", "W_V", "W_O")}
