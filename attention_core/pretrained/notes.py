"""What a reader should know of a model before trusting its pictures: which layers attend, and what is not offered."""

from collections.abc import Sequence
from typing import Any

from torch import nn

from attention_core.pretrained.probing import ONLY_WEIGHTS, Place


def notes_on(
    places: Sequence[Place], backbone: nn.Module, through_seam: bool, left_out: str
) -> tuple[str, ...]:
    """Sentences about what the probe found, none where there is nothing to say."""
    notes = [left_out, _which_attend(places, backbone) if through_seam else "", _no_output(places)]
    return tuple(note for note in notes if note)


def _which_attend(places: Sequence[Place], backbone: nn.Module) -> str:
    """The blocks of the model that attend, where others don't: hybrids mix tokens in other ways as well."""
    blocks = [block for place in places if (block := _block(place.name, backbone))]
    lists = dict.fromkeys(name for name, _ in blocks)
    n_blocks = sum(len(_list(name, backbone)) for name in lists)
    attending = sorted(set(blocks), key=blocks.index)
    if len(attending) == n_blocks:
        return ""
    numbers = [str(number) for _, number in attending]
    which = ", ".join(numbers[:-1]) + (" and " if numbers[1:] else "") + numbers[-1]
    ours = "it is layer 0" if len(places) == 1 else f"they are layers 0 to {len(places) - 1}"
    return (
        f"Attention works in {len(attending)} of this model's {n_blocks} layers: {which}. "
        f"Here {ours}; the others have no attention weights."
    )


def _block(name: str, backbone: nn.Module) -> tuple[str, int] | None:
    """The outermost list of modules on the way to one, and its number there."""
    parts = name.split(".")
    for i, part in enumerate(parts):
        if part.isdigit() and isinstance(_list(".".join(parts[:i]), backbone), nn.ModuleList):
            return ".".join(parts[:i]), int(part)
    return None


def _list(name: str, backbone: nn.Module) -> Any:
    return backbone.get_submodule(name)


def _no_output(places: Sequence[Place]) -> str:
    """Why some layers offer no head outputs; of weights alone this goes without saying."""
    reasons = [place.projection for place in places if isinstance(place.projection, str)]
    reasons = [reason for reason in reasons if reason != ONLY_WEIGHTS]
    if not reasons:
        return ""
    where = "" if len(reasons) == len(places) else f" in {len(reasons)} of {len(places)} layers"
    return f"What each head adds to the output is not offered{where}: {reasons[0]}."
