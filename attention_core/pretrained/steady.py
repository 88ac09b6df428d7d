"""A model that is the same after a pass as before: some families switch their attention for good on a short text."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn

PLAIN = (str, int, float, bool, type(None))
PARTS = ("_modules", "_parameters", "_buffers")
Memory = list[tuple[Any, dict[str, Any]]]


def remembered(model: nn.Module) -> Memory:
    """Every module and configuration of the model, each with a shallow copy of what it holds; no tensor is copied."""
    modules = list(model.modules())
    configs = {
        id(config): config
        for module in modules
        if (config := getattr(module, "config", None)) is not None and hasattr(config, "__dict__")
    }
    return [(each, _held(each)) for each in (*modules, *configs.values())]


def changed(memory: Memory) -> bool:
    """Whether a module was replaced, or a plain attribute has another value. Numbers in a buffer are not compared."""
    return any(_differs(before, _held(each)) for each, before in memory)


def restore(memory: Memory) -> None:
    """Put everything back to what was remembered. What a pass has added stays: the library marks its hooks so."""
    for each, before in memory:
        now: dict[str, Any] = each.__dict__
        for name, value in before.items():
            if name in PARTS:
                now[name].clear()
                now[name].update(value)
            else:
                now[name] = value


@contextmanager
def unchanged(model: nn.Module) -> Iterator[None]:
    """Whatever the block does to the model's structure or attributes, it is undone at its end."""
    memory = remembered(model)
    try:
        yield
    finally:
        restore(memory)


def _held(each: Any) -> dict[str, Any]:
    return {name: dict(v) if name in PARTS else v for name, v in vars(each).items()}


def _differs(before: dict[str, Any], now: dict[str, Any]) -> bool:
    for name, value in before.items():
        other = now.get(name)
        if name == "_modules":
            if any(other is None or other.get(part) is not m for part, m in value.items()):
                return True
        elif isinstance(value, PLAIN) and isinstance(other, PLAIN) and value != other:
            return True
    return False
