"""A model on which passes can be run with our attention inside, whatever its family: text, picture or sequence to sequence."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import RLock
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

from attention_core.pretrained.probing import Place, handed_places, reached_places
from attention_core.pretrained.seam import NAME, Run, UnsupportedAttention, running
from attention_core.pretrained.steady import changed, remembered, restore, unchanged
from attention_core.pretrained.told import notes_on, positions_of
from attention_core.pretrained.turns import TURNS

Inputs = dict[str, torch.Tensor]
NO_DOOR = "the library lets no other attention into it"
LONGEST_PROBE = 1024
_alone = RLock()  # a model that changes itself does one pass at a time, and is put right after each


@dataclass(frozen=True)
class Engine:
    """A model on which passes can be run, and what was measured of it at load. See `probing`."""

    model: PreTrainedModel
    through_seam: bool  # False where its family offers only its weights
    places: tuple[Place, ...] = ()  # its attention layers, in the order of the calls
    notes: tuple[str, ...] = ()  # sentences for readers: what is not offered, and why
    changes_itself: bool = False  # a pass leaves another model behind, unless it is put right
    most_tokens: int = (
        LONGEST_PROBE  # beyond, its attention is another one than the probe has shown
    )

    @property
    def backbone(self) -> nn.Module:
        """The model without its prediction head: all attention happens here."""
        return self.model.base_model

    @property
    def head_counts(self) -> tuple[int, ...]:
        """The heads of each attention layer, in the order of the calls."""
        return tuple(place.n_heads for place in self.places)

    def forward(self, inputs: Inputs, *runs: Run, **options: Any) -> Any:
        """One pass of the backbone, without gradients, in which every layer does the row's run.

        It waits for its turn among all passes of the process; so does `predict`.
        """
        return self._pass(self.backbone, inputs, runs, options)

    def predict(self, inputs: Inputs, *runs: Run, **options: Any) -> Any:
        """The same of the whole model, with its prediction head."""
        return self._pass(self.model, inputs, runs, options)

    def _pass(
        self, module: nn.Module, inputs: Inputs, runs: tuple[Run, ...], options: dict[str, Any]
    ) -> Any:
        with TURNS.turn(), self._steady(), running(*runs), torch.inference_mode():
            return module(**inputs, **options)

    @contextmanager
    def _steady(self) -> Iterator[None]:
        if not self.changes_itself:
            yield
            return
        with _alone, unchanged(self.model):
            yield


def start(
    read: Callable[[str], PreTrainedModel], probe: Callable[[PreTrainedModel], Inputs]
) -> Engine:
    """Read a model with our attention inside or, where that can't be, with the library's own.

    `read` builds the model with the attention implementation it is given; `probe` makes a short input for it.
    Whether every layer reaches the seam, and the core computes what the library does there, is found
    out by a pass, not by a list of families. Raises UnsupportedAttention where neither our attention
    nor the library's weights can be had.
    """
    reason = NO_DOOR
    try:
        engine = _probed(Engine(_ready(read(NAME)), True), probe)
        if engine.places:
            return engine
    except UnsupportedAttention as error:
        reason = str(error)
    except (ValueError, KeyError, AttributeError):  # this family does not know our attention's name
        pass
    alone = _probed(Engine(_ready(read("eager")), False), probe)
    told = f"Our attention does not run inside this model: {reason}." if alone.places else ""
    return replace(alone, notes=(told, *alone.notes)) if told else alone


def _ready(model: PreTrainedModel) -> PreTrainedModel:
    model.eval().requires_grad_(False)
    model.config.use_cache = False  # every pass sees the whole text
    return model


def _probed(engine: Engine, probe: Callable[[PreTrainedModel], Inputs]) -> Engine:
    """The engine with what its probe shows; of a model that a short text changes, also up to which length it holds."""
    inputs = probe(engine.model)
    memory = remembered(engine.model)
    try:
        places, left_out = _places(engine, inputs)
        changes = changed(memory)
    finally:
        restore(memory)
    engine = replace(engine, changes_itself=changes)
    if changes:
        engine = replace(engine, most_tokens=_most_tokens(engine, inputs, places))
    notes = notes_on(places, engine.backbone, engine.through_seam, left_out)
    return replace(engine, places=tuple(places), notes=notes)


def _most_tokens(engine: Engine, inputs: Inputs, places: list[Place]) -> int:
    """The longest text on which the model attends as in its probe, found by halving."""

    def is_same(n_tokens: int) -> bool:
        try:
            return _places(engine, _repeated(inputs, n_tokens))[0] == places
        except UnsupportedAttention:
            return False

    known = inputs["input_ids"].shape[1]
    beyond = 1 + min(LONGEST_PROBE, positions_of(engine.model.config) or LONGEST_PROBE)
    if is_same(beyond - 1):
        return beyond - 1
    while beyond - known > 1:
        middle = (known + beyond) // 2
        known, beyond = (middle, beyond) if is_same(middle) else (known, middle)
    return known


def _places(engine: Engine, inputs: Inputs) -> tuple[list[Place], str]:
    if not engine.through_seam:
        return handed_places(engine.forward, inputs)
    return reached_places(engine.backbone, engine.forward, inputs), ""


def _repeated(inputs: Inputs, n_tokens: int) -> Inputs:
    """The same text over and over, up to so many tokens."""
    ids = inputs["input_ids"]
    times = -(-n_tokens // ids.shape[1])
    return inputs | {"input_ids": ids.repeat(1, times)[:, :n_tokens]}
