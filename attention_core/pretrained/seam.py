"""The seam: our NumPy attention as one of Hugging Face's attention implementations.

Every layer of a model loaded with `attn_implementation=NAME` calls `attend_here` with its q, k, v (after
RoPE). What that call does is said by a `Run` in a context variable, so one shared model serves many
readers at once, each with a run of their own, and is never switched or changed. Several runs go through
the model together, as one batch: each row of it does a run of its own.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import AttentionInterface
from transformers.masking_utils import AttentionMaskInterface, eager_mask

from attention_core.attention import AttentionTrace
from attention_core.pretrained.run import LIBRARY, AttentionCall, Run, UnsupportedAttention, ignore

NAME = "numpy_core"


@dataclass
class _Pass:
    """The runs of one forward pass, a row of the batch for each, and how many layers have called."""

    runs: tuple[Run, ...]
    n_calls: int = 0


_pass: ContextVar[_Pass | None] = ContextVar("attention pass", default=None)


@contextmanager
def running(*runs: Run) -> Iterator[None]:
    """The forward pass of this thread (or task) inside the block does `runs`, row by row of its batch.

    A run of the library's own attention goes alone.
    """
    if len(runs) > 1 and any(run.attend is None for run in runs):
        raise ValueError("the library's own attention runs alone, not as one of several")
    token = _pass.set(_Pass(runs))
    try:
        yield
    finally:
        _pass.reset(token)


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

    def own() -> tuple[Tensor, Tensor]:
        return _library_attention(module)(
            module, query, key, value, attention_mask, scaling=scaling, dropout=dropout, **kwargs
        )

    def call_of(row: int, layer: int) -> AttentionCall:
        return _as_call(module, layer, row, query, key, value, attention_mask, scaling, kwargs)

    return dispatched(query.shape[0], call_of, own)


def dispatched(
    n_texts: int,
    call_of: Callable[[int, int], AttentionCall],
    own: Callable[[], tuple[Tensor, Tensor]],
) -> tuple[Tensor, Tensor]:
    """What this pass does in the layer that calls: (batch, n_q, n_heads, d_v) and the weights.

    `call_of(row, layer)` reads one row of the batch; `own` is the library's own attention.
    """
    this_pass = _pass.get() or _Pass((LIBRARY,))
    layer = this_pass.n_calls
    this_pass.n_calls += 1
    if n_texts != len(this_pass.runs):
        raise UnsupportedAttention(f"{n_texts} texts for {len(this_pass.runs)} runs")
    run = this_pass.runs[0]
    if run.attend is None:
        context, weights = own()
        if run.on_layer is not ignore:
            run.on_layer(call_of(0, layer), weights[0].numpy())
        if run.on_context is not None:
            run.on_context(call_of(0, layer), weights[0].numpy(), context[0].numpy())
        return context, weights
    traces = [_attended(each, call_of(row, layer)) for row, each in enumerate(this_pass.runs)]
    return (
        _batch([np.ascontiguousarray(trace.context.swapaxes(0, 1)) for trace in traces]),
        _batch([trace.weights for trace in traces]),
    )


def _attended(run: Run, call: AttentionCall) -> AttentionTrace:
    assert run.attend is not None
    trace = run.attend(call)
    run.on_layer(call, trace.weights)
    return trace


def _batch(rows: list[np.ndarray]) -> Tensor:
    """One row is not copied: the weights of a thousand tokens are large."""
    return torch.from_numpy(rows[0][None] if len(rows) == 1 else np.stack(rows))


def _library_attention(module: nn.Module) -> Callable[..., tuple[Tensor, Tensor]]:
    """What the library itself would run: `eager_attention_forward` of the file that defines the layer."""
    function = getattr(sys.modules[type(module).__module__], "eager_attention_forward", None)
    if function is None:
        raise UnsupportedAttention(
            f"the library has no attention of its own for {type(module).__name__} to compare with"
        )
    return function


def _as_call(
    module: nn.Module,
    layer: int,
    row: int,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None,
    kwargs: dict[str, Any],
) -> AttentionCall:
    mask, bias = _mask_and_bias(attention_mask, row, key.shape[-2])
    position_bias = kwargs.get("position_bias")  # T5's relative positions; zeros in cross-attention
    if position_bias is not None and position_bias.any():
        learned = _of_row(position_bias, row).numpy()
        bias = learned if bias is None else learned + bias
    q, k, v = query[row].numpy(), key[row].numpy(), value[row].numpy()
    sinks = kwargs.get("s_aux")
    return AttentionCall(
        module, layer, q, k, v, mask, bias, scaling or q.shape[-1] ** -0.5,
        kwargs.get("softcap"), None if sinks is None else sinks.numpy(),
    )  # fmt: skip


def _of_row(tensor: Tensor, row: int) -> Tensor:
    """One row of the batch; the common one where the library made it for all."""
    return tensor[row if tensor.shape[0] > 1 else 0]


def _mask_and_bias(
    attention_mask: Tensor | None, row: int, n_k: int
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Split the library's additive mask: its −∞ stand-ins become False, any other number is a bias."""
    if attention_mask is None:
        return None, None
    additive = _of_row(attention_mask, row)[..., :n_k].numpy()
    additive = additive[0] if additive.shape[0] == 1 else additive
    mask = additive > np.finfo(additive.dtype).min / 2
    rest = np.where(mask, additive, 0)
    return (None if mask.all() else mask), (rest if rest.any() else None)


AttentionInterface.register(NAME, attend_here)
# without a mask function of the same name the library silently passes no mask at all
AttentionMaskInterface.register(NAME, eager_mask)
