"""The seam: our NumPy attention as one of Hugging Face's attention implementations.

Every layer of a model loaded with `attn_implementation=NAME` calls `attend_here` with its q, k, v (after
RoPE). What that call does is said by a `Run` in a context variable, so one shared model serves many
readers at once, each with a run of their own, and is never switched or changed.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from transformers import AttentionInterface
from transformers.masking_utils import AttentionMaskInterface, eager_mask

from attention_core.attention import AttentionTrace
from attention_core.heads import grouped_attention

NAME = "numpy_core"


class UnsupportedAttention(ValueError):
    """A layer asks for something that softmax(q kᵀ · scale + bias) v does not do."""


@dataclass(frozen=True)
class AttentionCall:
    """What one layer hands to attention: arrays, without the batch axis."""

    module: nn.Module
    q: Float[np.ndarray, "n_heads n_q d_head"]
    k: Float[np.ndarray, "n_kv_heads n_k d_head"]
    v: Float[np.ndarray, "n_kv_heads n_k d_v"]
    mask: Bool[np.ndarray, "*#heads n_q n_k"] | None
    bias: Float[np.ndarray, "*#heads n_q n_k"] | None
    scale: float


def core_attention(call: AttentionCall) -> AttentionTrace:
    """The hand-written core on what a real layer was about to compute."""
    return grouped_attention(call.q, call.k, call.v, call.mask, call.bias, call.scale)


def ignore(call: AttentionCall, weights: np.ndarray) -> None:
    """The listener that listens to nothing."""


@dataclass(frozen=True)
class Run:
    """What one forward pass does in every layer: whose attention computes, and who is told of it."""

    attend: Callable[[AttentionCall], AttentionTrace] | None = None  # None: the library's own
    on_layer: Callable[[AttentionCall, np.ndarray], None] = ignore


LIBRARY = Run()
_run: ContextVar[Run] = ContextVar("attention run", default=LIBRARY)


@contextmanager
def running(run: Run) -> Iterator[None]:
    """Forward passes of this thread (or task) do `run` until the block ends."""
    token = _run.set(run)
    try:
        yield
    finally:
        _run.reset(token)


def attend_here(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **kwargs: Any,
) -> tuple[Tensor, Tensor]:
    """Hugging Face's attention signature: (batch, n_heads, n, d_head) in, (batch, n_q, n_heads, d_v) and weights out."""
    run = _run.get()
    if run.attend is None:
        context, weights = _library_attention(module)(
            module, query, key, value, attention_mask, scaling=scaling, dropout=dropout, **kwargs
        )
        if run.on_layer is not ignore:
            call = _as_call(module, query, key, value, attention_mask, scaling, kwargs)
            run.on_layer(call, weights[0].numpy())
        return context, weights
    call = _as_call(module, query, key, value, attention_mask, scaling, kwargs)
    trace = run.attend(call)
    run.on_layer(call, trace.weights)
    context = torch.from_numpy(np.ascontiguousarray(trace.context.swapaxes(0, 1)))[None]
    return context, torch.from_numpy(trace.weights)[None]


def _library_attention(module: nn.Module) -> Callable[..., tuple[Tensor, Tensor]]:
    """What the library itself would run: `eager_attention_forward` of the file that defines the layer."""
    return sys.modules[type(module).__module__].eager_attention_forward


def _as_call(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None,
    kwargs: dict[str, Any],
) -> AttentionCall:
    for name in ("softcap", "s_aux"):
        if kwargs.get(name) is not None:
            raise UnsupportedAttention(f"this model's attention uses {name}, which the core lacks")
    if query.shape[0] != 1:
        raise UnsupportedAttention(f"one text at a time, got a batch of {query.shape[0]}")
    mask, bias = _mask_and_bias(attention_mask, key.shape[-2])
    position_bias = kwargs.get("position_bias")  # T5's relative positions; zeros in cross-attention
    if position_bias is not None and position_bias.any():
        learned = position_bias[0].numpy()
        bias = learned if bias is None else learned + bias
    q, k, v = query[0].numpy(), key[0].numpy(), value[0].numpy()
    return AttentionCall(module, q, k, v, mask, bias, scaling or q.shape[-1] ** -0.5)


def _mask_and_bias(
    attention_mask: Tensor | None, n_k: int
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Split the library's additive mask: its −∞ stand-ins become False, any other number is a bias."""
    if attention_mask is None:
        return None, None
    additive = attention_mask[0, ..., :n_k].numpy()
    additive = additive[0] if additive.shape[0] == 1 else additive
    mask = additive > np.finfo(additive.dtype).min / 2
    rest = np.where(mask, additive, 0)
    return (None if mask.all() else mask), (rest if rest.any() else None)


AttentionInterface.register(NAME, attend_here)
# without a mask function of the same name the library silently passes no mask at all
AttentionMaskInterface.register(NAME, eager_mask)
