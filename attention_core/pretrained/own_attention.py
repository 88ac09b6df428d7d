"""The second door: families whose layers call an attention method of their own, `_attn(query, key, value, attention_mask)`.

The method of each layer is covered by one that asks the seam. The library's own still says what it masks
and, in the library's own run, what it computes; nothing of a family is written anew.
"""

import inspect
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from attention_core.pretrained.run import AttentionCall
from attention_core.pretrained.seam import dispatched

METHOD = "_attn"
ARGUMENTS = ["self", "query", "key", "value", "attention_mask"]
SCALE = "scale_attn"  # what some of them divide by; without it scores are not scaled (GPT-Neo)


def cover_methods(model: nn.Module) -> bool:
    """Let every such method ask the seam; whether there is any. Only for a model that nobody reads with yet."""
    covered = [module for module in model.modules() if _has_method(module)]
    for module in covered:
        setattr(module, METHOD, partial(_attend, module))
    return bool(covered)


def _has_method(module: nn.Module) -> bool:
    method = getattr(type(module), METHOD, None)
    return callable(method) and list(inspect.signature(method).parameters) == ARGUMENTS


def _attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """(batch, n_heads, n, d) in; the context in the same order, and the weights."""
    own_method = getattr(type(module), METHOD)

    def own() -> tuple[Tensor, Tensor]:
        context, weights = own_method(module, query, key, value, attention_mask)
        return context.transpose(1, 2), weights

    def call_of(row: int, layer: int) -> AttentionCall:
        q, k, v = (x[row].numpy() for x in (query, key, value))
        divisor: Any = getattr(module, SCALE, 1.0)
        return AttentionCall(module, layer, q, k, v, sees(row), None, 1 / float(divisor))

    def sees(row: int) -> np.ndarray | None:
        """With queries of zeros all scores are equal, so a weight of 0 is the mask's doing."""
        of_row = slice(row, row + 1)
        given = attention_mask
        if given is not None and len(given) > 1:
            given = given[of_row]
        nothing = torch.zeros_like(query[of_row, :1])
        one = (nothing, key[of_row, :1], value[of_row, :1], given)
        mask: np.ndarray = own_method(module, *one)[1][0, 0].numpy() > 0
        return None if mask.all() else mask

    context, weights = dispatched(len(query), call_of, own)
    return context.transpose(1, 2), weights
