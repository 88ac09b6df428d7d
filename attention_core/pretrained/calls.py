"""Which module handed what to which in one pass. The pass runs on a private copy, so the shared model gets no hooks."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_flatten, tree_leaves, tree_map
from transformers.utils import output_capturing

from attention_core.pretrained.engine import Engine, Inputs
from attention_core.pretrained.run import LIBRARY
from attention_core.pretrained.steady import private_copy

# what a forward pass can raise when it, or a part of it, was given what it does not expect
CANNOT_RUN = (
    AssertionError, AttributeError, IndexError, KeyError, NotImplementedError, RuntimeError, TypeError, ValueError,
)  # fmt: skip


@dataclass(eq=False)
class Call:
    """A module's call."""

    path: str
    depth: int  # 0 for the model's own
    inputs: list[Tensor]
    output: Any = None
    n_inside: int = 0  # calls made on the way

    @property
    def container(self) -> str:
        """The path of what holds the module: its list of layers, for one."""
        return self.path.rpartition(".")[0]

    def takes(self, state: Tensor) -> bool:
        return any(_same(each, state) for each in self.inputs)

    def gives(self, state: Tensor) -> bool:
        place = place_of(state.shape, self.output)
        return place is not None and _same(tree_leaves(self.output)[place], state)


def recorded(engine: Engine, inputs: Inputs) -> tuple[Any, list[Call]]:
    """The outputs of a pass of the library's own attention, and all calls in the order in which they began."""
    private = private_copy(engine.model)
    calls: list[Call] = []
    running: list[Call] = []

    def begin(path: str) -> Callable[..., None]:
        def hook(_: nn.Module, args: Any, kwargs: Any) -> None:
            calls.append(Call(path, len(running), [_kept(x) for x in _tensors((args, kwargs))]))
            running.append(calls[-1])

        return hook

    def end(_: nn.Module, args: Any, output: Any) -> None:
        call = running.pop()
        call.output = tree_map(_kept, output)
        call.n_inside = len(calls) - 1 - calls.index(call)

    for path, module in private.named_modules():
        _forget_listeners(module)
        module.register_forward_pre_hook(begin(path), with_kwargs=True)
        module.register_forward_hook(end)
    outputs = replace(engine, model=private).predict(inputs, LIBRARY, output_hidden_states=True)
    return outputs, calls


def _forget_listeners(module: nn.Module) -> None:
    """The library installs its own when first asked for states: another thread may be half-way through it."""
    for key, hook in list(module._forward_hooks.items()):
        if hook.__module__ == output_capturing.__name__:
            del module._forward_hooks[key]
    module.__dict__.pop("_output_capturing_hooks_installed", None)


def place_of(shape: torch.Size, output: Any) -> int | None:
    """Which of the leaves of an output is the first tensor of this shape."""
    leaves, _ = tree_flatten(output)
    found = (i for i, x in enumerate(leaves) if isinstance(x, Tensor) and x.shape == shape)
    return next(found, None)


def _tensors(given: Any) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(given) if isinstance(leaf, Tensor)]


def _kept(leaf: Any) -> Any:
    """As it was then: some layers add to what they were given in its place."""
    return leaf.clone() if isinstance(leaf, Tensor) else leaf


def _same(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and bool(torch.equal(a, b))
