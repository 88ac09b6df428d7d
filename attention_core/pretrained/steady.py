"""A model that is the same after a pass as before: some families switch their attention for good on a short text."""

import copy
from typing import Any

from torch import nn
from transformers import PreTrainedModel

PLAIN = (str, int, float, bool, type(None))
PARTS = "_modules"
Memory = list[tuple[Any, dict[str, Any]]]


def private_copy(
    model: PreTrainedModel, instead: dict[nn.Module, nn.Module] | None = None
) -> PreTrainedModel:
    """The same model with the same tensors in modules of its own; some may have others in their place.

    It hands out only what it is asked for: its config may ask for router scores, of which a part of the
    model has none.
    """
    config = copy.deepcopy(model.config)
    for name in vars(config):
        if name.startswith("output_") and getattr(config, name) is True:
            setattr(config, name, False)
    memo: dict[int, Any] = {id(each): each for each in (*model.parameters(), *model.buffers())}
    memo[id(model.config)] = config
    memo.update({id(old): new for old, new in (instead or {}).items()})
    return copy.deepcopy(model, memo)


def name_eager(model: PreTrainedModel) -> None:
    """Let a private copy believe that it was read with the library's plain attention: some families ask for the name."""
    for config in _configs(model):
        if hasattr(config, "_attn_implementation"):
            config._attn_implementation = "eager"


def _configs(model: nn.Module) -> list[Any]:
    configs = (getattr(module, "config", None) for module in model.modules())
    return list({id(each): each for each in configs if hasattr(each, "__dict__")}.values())


def remembered(model: nn.Module) -> Memory:
    """Every module and configuration of the model, each with a shallow copy of what it holds; no tensor is copied."""
    return [(each, _held(each)) for each in (*model.modules(), *_configs(model))]


def changed(memory: Memory) -> bool:
    """Whether a module was replaced, or a plain attribute has another value. Numbers in a buffer are not compared."""
    return any(_differs(before, _held(each)) for each, before in memory)


def _held(each: Any) -> dict[str, Any]:
    return {name: dict(v) if name == PARTS else v for name, v in vars(each).items()}


def _differs(before: dict[str, Any], now: dict[str, Any]) -> bool:
    for name, value in before.items():
        other = now.get(name)
        if name == PARTS:
            if any(other is None or other.get(part) is not m for part, m in value.items()):
                return True
        elif isinstance(value, PLAIN) and isinstance(other, PLAIN) and value != other:
            return True
    return False
