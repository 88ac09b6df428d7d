"""What a model does to its embeddings before its first layer, found out by watching one pass. Nothing goes by a module's name."""

from typing import Any

import torch
from torch import nn

from attention_core.pretrained.capture import as_tensors
from attention_core.pretrained.engine import Engine
from attention_core.pretrained.found_out import found_out_once, probe_ids
from attention_core.pretrained.layers import NORM, POSITION, SEGMENT
from attention_core.pretrained.run import Run
from attention_core.pretrained.steady import private_copy
from attention_core.pretrained.target import decoder_start

PARTS = (POSITION, SEGMENT, NORM)
SAME = 0.05  # of the largest output: a norm's epsilon counts a little more for small vectors


@found_out_once
def before_first_layer(engine: Engine) -> tuple[str, ...]:
    """Which of `PARTS` the model uses on the way from its table of tokens to layer 0, in the order of `PARTS`.

    A table that gives every token the same row holds segments; one with other rows than the tokens' holds positions.
    What gives the same for vectors twice as long, and not for their opposites, is a norm.
    """
    model = private_copy(engine.model)
    embed = model.get_input_embeddings()
    table = embed.get_parameter("weight") if isinstance(embed, nn.Module) else embed
    found: set[str] = set()
    is_before = True

    def enter(*_: Any) -> None:
        nonlocal is_before
        is_before = False

    def note(module: nn.Module, given: tuple[Any, ...], output: Any) -> None:
        if is_before and (part := _part(module, given, output, table)):
            found.add(part)

    for module in model.modules():
        module.register_forward_hook(note)
        if isinstance(module, nn.ModuleList):
            for layer in module:
                layer.register_forward_pre_hook(enter)
    ids = {"input_ids": probe_ids(model)}
    if model.config.is_encoder_decoder:
        ids["decoder_input_ids"] = [decoder_start(model)]
    Engine(model, engine.through_seam).forward(as_tensors(ids), Run())
    return tuple(part for part in PARTS if part in found)


def _part(
    module: nn.Module, given: tuple[Any, ...], output: Any, table: torch.Tensor
) -> str | None:
    if isinstance(module, nn.Embedding):
        if module.weight is table:
            return None
        rows = output.reshape(-1, output.shape[-1])
        return SEGMENT if torch.equal(rows, rows[:1].expand_as(rows)) else POSITION
    return NORM if _is_norm(module, given, output) else None


def _is_norm(module: nn.Module, given: tuple[Any, ...], output: Any) -> bool:
    if len(given) != 1 or not isinstance(output, torch.Tensor):
        return False
    (vectors,) = given
    if not isinstance(vectors, torch.Tensor) or not vectors.is_floating_point():
        return False

    def changes(factor: float) -> bool:
        other = module.forward(factor * vectors)  # `forward` calls no hook
        return bool((other - output).abs().max() > SAME * output.abs().max())

    return changes(-1.0) and not changes(2.0)
