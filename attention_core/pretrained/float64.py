"""The same model in float64, to tell rounding from a mistake, and torch's own attention as a second control there.

The shared model stays as it is: a private skin shares its numbers and converts those of one layer at a time.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from attention_core.attention import AttentionTrace
from attention_core.pretrained.loading import LoadedModel
from attention_core.pretrained.run import AttentionCall, core_attention


@contextmanager
def in_float64(loaded: LoadedModel) -> Iterator[LoadedModel]:
    """A private model that computes in float64. Its memory is given back when the block ends.

    Each layer is converted when it begins and dropped when it ends; of an embedding, exact as it is, only the
    vectors that were looked up. What stands outside of layers (the prediction head, a bias) is converted at once.
    """
    shared = loaded.engine.model
    tensors = {id(parameter): parameter for parameter in shared.parameters()}
    model = copy.deepcopy(shared, tensors)  # the same tensors in other modules
    if model._can_set_experts_implementation():
        model.set_experts_implementation("eager")  # the fast one computes in float32 alone
    units = _units(model)
    for unit in units:
        if _is_lookup(unit):
            unit.register_forward_hook(lambda module, args, found: found.double())
        else:
            _converted_while_running(unit)
    _convert([module for module in model.modules() if not _is_inside(module, units)])
    for module in model.modules():
        _convert_buffers(module)
    yield replace(loaded, engine=replace(loaded.engine, model=model))


def bytes_in_float64(loaded: LoadedModel) -> int:
    """The most that it takes at a time: the largest layer, and what stands outside of layers."""
    model = loaded.engine.model
    units = _units(model)
    outside = sum(_n_own(module) for module in model.modules() if not _is_inside(module, units))
    layers = [sum(map(_n_own, unit.modules())) for unit in units if not _is_lookup(unit)]
    return 8 * (outside + max(layers, default=0))


def by_torch(call: AttentionCall) -> AttentionTrace:
    """torch's own fused attention, which computes in the precision it is given, in the place of the library's.

    It hands out no weights; but where each key's value is a one-hot vector, the weights are what comes out.
    It knows neither soft cap nor sinks: there torch's single operations compute.
    """
    trace = core_attention(call)
    if trace.softcap is not None or trace.sinks is not None:
        return _step_by_step(trace)
    q, k, v = (torch.from_numpy(np.ascontiguousarray(x)) for x in (trace.q, trace.k, trace.v))
    n_k, d_v = v.shape[-2:]
    with_one_hots = torch.cat([v, torch.eye(n_k, dtype=v.dtype).expand(len(v), n_k, n_k)], dim=-1)
    out = functional.scaled_dot_product_attention(
        q[None], k[None], with_one_hots[None], _additive(trace), scale=trace.scale
    )[0].numpy()
    return replace(trace, context=out[..., :d_v], weights=out[..., d_v:])


def _step_by_step(trace: AttentionTrace) -> AttentionTrace:
    q, k, v = (torch.from_numpy(np.ascontiguousarray(x)) for x in (trace.q, trace.k, trace.v))
    scores = q @ k.mT * trace.scale
    if trace.softcap is not None:
        scores = trace.softcap * torch.tanh(scores / trace.softcap)
    additive = _additive(trace)
    scores = scores if additive is None else scores + additive
    if trace.sinks is not None:
        sinks = torch.from_numpy(np.array(trace.sinks, dtype=trace.q.dtype)).reshape(-1, 1, 1)
        scores = torch.cat([scores, sinks.expand(*scores.shape[:2], 1)], dim=-1)
    weights = scores.softmax(dim=-1)[..., : k.shape[-2]]
    return replace(trace, context=(weights @ v).numpy(), weights=weights.numpy())


def _additive(trace: AttentionTrace) -> torch.Tensor | None:
    if trace.mask is None and trace.bias is None:
        return None
    bias = np.zeros(1) if trace.bias is None else trace.bias
    blocked = bias if trace.mask is None else np.where(trace.mask, bias, -np.inf)
    return torch.from_numpy(np.asarray(blocked, dtype=trace.q.dtype))


def _units(model: nn.Module) -> list[nn.Module]:
    """The layers of each stack, and the smallest modules beside them; the prediction head is not among them."""
    head = getattr(model, "get_output_embeddings", lambda: None)()
    return [unit for unit in _parts(model, in_list=False) if unit is not head]


def _parts(module: nn.Module, in_list: bool) -> Iterator[nn.Module]:
    if in_list or not list(module.children()):
        yield module
        return
    for child in module.children():
        yield from _parts(child, isinstance(module, nn.ModuleList))


def _is_lookup(unit: nn.Module) -> bool:
    return type(unit) is nn.Embedding


def _is_inside(module: nn.Module, units: list[nn.Module]) -> bool:
    return any(module is part for unit in units for part in unit.modules())


def _n_own(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters(recurse=False))


def _converted_while_running(unit: nn.Module) -> None:
    kept: list[tuple[nn.Module, dict[str, Any]]] = []

    def begin(module: nn.Module, args: Any) -> None:
        kept.extend((part, dict(part._parameters)) for part in module.modules())
        _convert(module.modules())

    def end(module: nn.Module, args: Any, found: Any) -> None:
        for part, parameters in kept:
            part._parameters.update(parameters)
        kept.clear()

    unit.register_forward_pre_hook(begin)
    unit.register_forward_hook(end)


def _convert(modules: Any) -> None:
    for module in modules:
        for name, parameter in module.named_parameters(recurse=False):
            module._parameters[name] = nn.Parameter(_double(parameter), requires_grad=False)


def _convert_buffers(module: nn.Module) -> None:
    for name, buffer in module.named_buffers(recurse=False):
        module._buffers[name] = _double(buffer)


def _double(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().double() if tensor.is_floating_point() else tensor.detach()
