"""What a model's attention really does, measured on one short text before anybody reads with it. Nothing goes by name."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from attention_core.pretrained.handed_over import (
    ROUNDING,
    all_weights,
    checked_weights,
    has_shape,
    shape_of,
)
from attention_core.pretrained.run import AttentionCall, Run, UnsupportedAttention, core_attention

AGREEMENT = 1e-3  # of the largest number: what is further off is another formula, not rounding
NOT_HANDED = (
    "no matrix of the layer is handed the heads' merged values as they are: "
    "a gate or a norm stands between, or the matrix is no plain one"
)
ONLY_WEIGHTS = "the library hands over its weights, but neither values nor an output matrix"
Forward = Callable[..., Any]  # of inputs, a run and options


@dataclass(frozen=True)
class OutputProjection:
    """Where a layer's W_O is: a module of the backbone, with its weight as (in, out) or, transposed, (out, in)."""

    name: str
    transposed: bool

    def of(self, backbone: nn.Module) -> np.ndarray:
        """W_O as (in, out): a view of the model's own memory."""
        weight = backbone.get_submodule(self.name).get_parameter("weight").numpy()
        return weight.T if self.transposed else weight

    def bias_of(self, backbone: nn.Module) -> np.ndarray | None:
        """What the module adds behind W_O, as a view too; None where it adds nothing."""
        bias = getattr(backbone.get_submodule(self.name), "bias", None)
        return None if bias is None else bias.numpy()


@dataclass(frozen=True)
class Place:
    """One attention layer as the probe found it; the order of places is the order of the calls."""

    kind: str  # "encoder", "decoder" or "cross": whose tokens ask, and whose are asked
    name: str  # its path in the backbone, or its number where only weights are known
    n_heads: int
    projection: OutputProjection | str  # or why none is offered
    number: int  # among the weights that the library hands over


@dataclass(frozen=True)
class Sizes:
    """How many tokens ask and are asked; one text alone has no target."""

    source: int
    target: int | None

    def shape(self, kind: str) -> tuple[int, int]:
        """(n_q, n_k) of a layer of this kind."""
        target = self.source if self.target is None else self.target
        return {
            "encoder": (self.source, self.source),
            "decoder": (target, target),
            "cross": (target, self.source),
        }[kind]


def sizes_of(inputs: dict[str, torch.Tensor], outputs: Any) -> Sizes:
    """The lengths of a pass; those of a picture's patches are read off what comes out."""
    ids, target = inputs.get("input_ids"), inputs.get("decoder_input_ids")
    source = outputs["last_hidden_state"] if ids is None else ids
    return Sizes(source.shape[1], None if target is None else target.shape[1])


@dataclass
class _Seen:
    """One call of the seam during the probe, and what became of its context."""

    call: AttentionCall
    name: str
    weights: np.ndarray
    merged: torch.Tensor  # (n_q, n_heads · d_v)
    projection: OutputProjection | None = None


def reached_places(backbone: nn.Module, forward: Forward, inputs: Any) -> list[Place]:
    """The attention layers that call the seam; none where no layer does.

    Raises UnsupportedAttention, saying why, unless the core computes weights and context of every call
    and all layers whose weights the library knows are among the calls.
    """
    seen: list[_Seen] = []

    def note(call: AttentionCall, weights: np.ndarray, context: np.ndarray) -> None:
        trace = core_attention(call)
        _agree(trace.weights, weights, "weights")
        _agree(trace.context.swapaxes(0, 1), context, "context")
        name = next(name for name, m in backbone.named_modules() if m is call.module)
        merged = torch.from_numpy(context.reshape(len(context), -1))
        seen.append(_Seen(call, name, weights, merged))

    with _watched(backbone, seen):
        outputs = forward(inputs, Run(on_context=note), output_attentions=True)
    if not seen:
        return []
    sizes = sizes_of(inputs, outputs)
    places = [_place(i, each, sizes) for i, each in enumerate(seen)]
    _compare_with_handed(places, seen, all_weights(outputs), sizes)
    return places


def compare_ends(named_ours: Forward, named_eager: Forward, inputs: Any) -> None:
    """Raises UnsupportedAttention where the library itself ends elsewhere because another attention may come in.

    Some families leave out a part of their mask unless they were read with an attention that they know.
    """
    ours, theirs = (each(inputs, Run()) for each in (named_ours, named_eager))
    for name in ("last_hidden_state", "logits"):
        if ours.get(name) is not None and not _is_close(ours[name].numpy(), theirs[name].numpy()):
            raise UnsupportedAttention(
                "the library ends elsewhere where it lets another attention in"
            )


def _agree(ours: np.ndarray, theirs: np.ndarray, what: str) -> None:
    if not _is_close(ours, theirs):
        raise UnsupportedAttention(f"its attention has other {what} than the core computes")


def _is_close(ours: np.ndarray, theirs: np.ndarray) -> bool:
    """Up to a share of the largest number, which is 1 or less for weights."""
    size = float(np.abs(theirs).max())
    return ours.shape == theirs.shape and np.allclose(ours, theirs, rtol=0, atol=AGREEMENT * size)


@contextmanager
def _watched(backbone: nn.Module, seen: list[_Seen]) -> Iterator[None]:
    """While it lasts, each call's W_O is looked for: the matrix that is handed the merged context."""

    def watch(module: nn.Module, handed: tuple[Any, ...], output: Any) -> None:
        output = output[0] if isinstance(output, tuple) else output
        if not seen or not isinstance(output, torch.Tensor):
            return
        last = seen[-1]
        if last.projection is None and handed and _is_merged(handed[0], last.merged):
            last.projection = _projection(backbone, module, last.merged, output)

    hooks = [module.register_forward_hook(watch) for module in backbone.modules()]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _is_merged(handed: Any, merged: torch.Tensor) -> bool:
    return (
        isinstance(handed, torch.Tensor)
        and handed.shape[-1:] == merged.shape[-1:]
        and handed.numel() == merged.numel()
        and torch.equal(handed.reshape(merged.shape), merged)
    )


def _projection(
    backbone: nn.Module, module: nn.Module, merged: torch.Tensor, output: torch.Tensor
) -> OutputProjection | None:
    """The module, if it multiplies by a matrix of its own (and adds a bias), one way round or the other."""
    weight, bias = getattr(module, "weight", None), getattr(module, "bias", None)
    if not isinstance(weight, torch.Tensor) or weight.ndim != 2:
        return None
    for transposed in (True, False):
        W_O = weight.T if transposed else weight
        if (W_O.shape[0], W_O.shape[1]) == (merged.shape[1], output.shape[-1]):
            expected = merged @ W_O + (0 if bias is None else bias)
            close = AGREEMENT * float(output.abs().max())
            if torch.allclose(output.reshape(expected.shape), expected, rtol=0, atol=close):
                name = next(name for name, m in backbone.named_modules() if m is module)
                return OutputProjection(name, transposed)
    return None


def _place(number: int, seen: _Seen, sizes: Sizes) -> Place:
    n_heads, n_q, n_k = seen.weights.shape
    kind = _kind(seen.weights, sizes)
    if kind is None:
        raise UnsupportedAttention(
            f"a layer of it has {n_q} queries and {n_k} keys for a text of {sizes.source} tokens"
        )
    return Place(kind, seen.name, n_heads, seen.projection or NOT_HANDED, number)


def _kind(weights: np.ndarray, sizes: Sizes) -> str | None:
    """Whose tokens ask and whose are asked, told by their numbers; one text alone, by whether any sees the future."""
    shape = weights.shape[1:]
    if sizes.target is None:
        causal = shape[0] > 1 and not np.triu(weights, 1).any()
        return ("decoder" if causal else "encoder") if shape == sizes.shape("encoder") else None
    kinds = ("encoder", "decoder", "cross")
    return next((kind for kind in kinds if shape == sizes.shape(kind)), None)


def _compare_with_handed(
    places: Sequence[Place], seen: Sequence[_Seen], handed: list[tuple[str, Any]], sizes: Sizes
) -> None:
    """Raises UnsupportedAttention unless the calls are all the attention that the library itself names."""
    if not handed:
        return
    for stack in ("encoder", "decoder", "cross"):
        theirs = [w for name, w in handed if name == stack and _may_be_attention(w)]
        ours = [
            each.weights
            for place, each in zip(places, seen, strict=True)
            if (place.kind if sizes.target is not None else "encoder") == stack
        ]
        if len(ours) != len(theirs):
            where = "" if sizes.target is None else f" ({stack})"
            raise UnsupportedAttention(
                f"its layers call attention {len(ours)} times{where}, "
                f"and the library names {len(theirs)} layers of weights"
            )
        for mine, other in zip(ours, theirs, strict=True):
            if not has_shape(other, *mine.shape[1:]) or not np.allclose(
                mine, other[0].numpy(), rtol=0, atol=AGREEMENT
            ):
                raise UnsupportedAttention(
                    "the library hands over other weights than its attention has computed"
                )


def _may_be_attention(handed: Any) -> bool:
    """Not the state of a layer of another sort, which some families hand over in the same list."""
    if not isinstance(handed, torch.Tensor):
        return True
    return bool((handed >= 0).all() and (handed.sum(dim=-1) <= 1 + ROUNDING).all())


def handed_places(forward: Forward, inputs: Any) -> tuple[list[Place], str]:
    """The attention layers whose weights the library hands over, and a sentence on those that cannot be shown.

    Raises UnsupportedAttention where what it hands over is no attention between the tokens of the text.
    """
    outputs = forward(inputs, Run(), output_attentions=True)
    handed, sizes = all_weights(outputs), sizes_of(inputs, outputs)
    fitting = [
        (i, stack, w) for i, (stack, w) in enumerate(handed) if has_shape(w, *sizes.shape(stack))
    ]
    if handed and not any(stack == "encoder" for _, stack, _ in fitting):
        stack, first = next((s, w) for s, w in handed if not has_shape(w, *sizes.shape(s)))
        checked_weights(first, *sizes.shape(stack))
    places, count = [], Counter[str]()
    for i, stack, each in fitting:
        weights = checked_weights(each, *sizes.shape(stack))
        kind = stack if sizes.target is not None else _kind(weights, sizes) or stack
        places.append(Place(kind, f"{kind} {count[kind]}", len(weights), ONLY_WEIGHTS, i))
        count[kind] += 1
    return places, _left_out(
        [w for i, (_, w) in enumerate(handed) if i not in {f[0] for f in fitting}]
    )


def _left_out(others: Sequence[Any]) -> str:
    if not others:
        return ""
    shapes = ", ".join(dict.fromkeys(map(shape_of, others)))
    return (
        f"{len(others)} more attention layers can't be shown: "
        f"they don't attend from token to token (the library hands over {shapes})."
    )
