"""A model on which passes can be run with our attention inside, whatever its family: text, picture or sequence to sequence."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

from attention_core.errors import ReaderError
from attention_core.pretrained.failures import ModelFailed, failing_as
from attention_core.pretrained.notes import notes_on
from attention_core.pretrained.own_attention import cover_methods
from attention_core.pretrained.probing import Place, compare_ends, handed_places, reached_places
from attention_core.pretrained.run import Run, UnsupportedAttention
from attention_core.pretrained.seam import NAME, running
from attention_core.pretrained.steady import changed, name_eager, private_copy, remembered
from attention_core.pretrained.token_types import TokenTypes
from attention_core.pretrained.turns import TURNS

Inputs = dict[str, torch.Tensor]
NO_DOOR = "the library lets no other attention into it"
LONGEST_PROBE = 1024
# how arguments begin that are no text
BESIDE_TEXT = {
    "sound": ("input_features", "input_values", "audio_"),
    "pictures": ("pixel_values", "image_"),
}


@dataclass(frozen=True)
class Engine:
    """A model on which passes can be run, and what was measured of it at load. See `probing`."""

    model: PreTrainedModel
    through_seam: bool  # False where its family offers only its weights
    places: tuple[Place, ...] = ()  # its attention layers, in the order of the calls
    notes: tuple[str, ...] = ()  # sentences for readers: what is not offered, and why
    changes_itself: bool = False  # a pass leaves another model behind: each gets a private copy
    most_tokens: int = LONGEST_PROBE  # beyond, it attends otherwise than in its probe
    token_types: TokenTypes | None = None  # where the model reads pairs of texts

    @property
    def name(self) -> str:
        """The class that the library has for this family."""
        return type(self.model).__name__

    @property
    def head_counts(self) -> tuple[int, ...]:
        """The heads of each attention layer, in the order of the calls."""
        return tuple(place.n_heads for place in self.places)

    @property
    def backbone(self) -> nn.Module:
        """The model without its prediction head: all attention happens here."""
        return self.model.base_model

    def forward(self, inputs: Inputs, *runs: Run, **options: Any) -> Any:
        """One pass of the backbone, without gradients, in which every layer does the row's run.

        It waits for its turn among all passes of the process; so does `predict`. Raises ReaderError in both
        where the family's own code fails, and for an id that the model has no embedding for.
        """
        with self._passing(inputs, runs):
            return self._for_a_pass().base_model(**self._with_types(inputs), **options)

    def predict(self, inputs: Inputs, *runs: Run, **options: Any) -> Any:
        """The same of the whole model, with its prediction head."""
        with self._passing(inputs, runs):
            return self._for_a_pass()(**self._with_types(inputs), **options)

    def _for_a_pass(self) -> PreTrainedModel:
        return private_copy(self.model) if self.changes_itself else self.model

    def types_of(self, ids: list[int]) -> list[int] | None:
        """The token types of a text; None where the model's own default says the same: all 0."""
        types = [] if self.token_types is None else self.token_types.of(ids)
        return types if any(types) else None

    def _with_types(self, inputs: Inputs) -> Inputs:
        """Every pass over a pair of texts is told so, whoever makes it."""
        if self.token_types is None or "token_type_ids" in inputs:
            return inputs
        types = [self.token_types.of(ids) for ids in inputs["input_ids"].tolist()]
        if not any(map(any, types)):
            return inputs
        return inputs | {"token_type_ids": torch.tensor(types)}

    @contextmanager
    def _passing(self, inputs: Inputs, runs: tuple[Run, ...]) -> Iterator[None]:
        if "input_ids" in inputs:
            check_ids(inputs["input_ids"], self.model)
        with TURNS.turn(), failing_as(self.name), running(*runs), torch.inference_mode():
            yield


def check_ids(ids: torch.Tensor, model: PreTrainedModel) -> None:
    """Raises ReaderError naming an id beyond the embedding table: a tokenizer may know tokens that its model was never given."""
    try:
        table = model.get_input_embeddings()
    except NotImplementedError:  # a family that hashes its ids
        return
    if isinstance(table, nn.Embedding) and int(ids.max()) >= table.num_embeddings:
        raise ReaderError(
            f"The tokenizer makes token {int(ids.max())} of this text, but {type(model).__name__} has embeddings "
            f"for {table.num_embeddings} tokens only: the two do not belong together."
        )


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
    alone = _ready(read("eager"))
    if reason == NO_DOOR and cover_methods(alone):
        try:
            return _probed(Engine(alone, True), probe)
        except UnsupportedAttention as error:
            reason, alone = str(error), _ready(read("eager"))
    try:
        engine = _probed(Engine(alone, False), probe)
    except ModelFailed as error:
        others = _read_beside_text(alone)
        if not others:
            raise
        raise UnsupportedAttention(
            f"it reads {' and '.join(others)} as well, and does not run on text alone"
        ) from error
    told = f"Our attention does not run inside this model: {reason}." if engine.places else ""
    return replace(engine, notes=(told, *engine.notes)) if told else engine


def _read_beside_text(model: PreTrainedModel) -> list[str]:
    """What else the model can be given, told by the names of its arguments."""
    names = inspect.signature(model.forward).parameters
    return [
        what for what, starts in BESIDE_TEXT.items() if any(n.startswith(starts) for n in names)
    ]


def _ready(model: PreTrainedModel) -> PreTrainedModel:
    model.eval().requires_grad_(False)
    model.config.use_cache = False  # every pass sees the whole text
    return model


def _probed(engine: Engine, probe: Callable[[PreTrainedModel], Inputs]) -> Engine:
    """The engine with what its probe shows; of a model that a short text changes, also up to which length it holds."""
    inputs = probe(engine.model)
    found = _looked_at(engine, inputs)
    most = _most_tokens(engine, inputs, found.places) if found.changed else LONGEST_PROBE
    notes = notes_on(found.places, engine.backbone, engine.through_seam, found.left_out)
    return replace(
        engine,
        places=found.places,
        notes=notes,
        changes_itself=found.changed,
        most_tokens=most,
    )


@dataclass(frozen=True)
class _Found:
    places: tuple[Place, ...]
    left_out: str  # a sentence on layers that can't be shown
    changed: bool  # whether the pass has left another model behind


def _looked_at(engine: Engine, inputs: Inputs) -> _Found:
    """What one pass shows. A private copy runs, so that the model gets no hooks and stays what it is."""
    private = replace(engine, model=private_copy(engine.model))
    memory = remembered(private.model)
    if engine.through_seam:
        places, left_out = reached_places(private.backbone, private.forward, inputs), ""
        eager = replace(engine, model=private_copy(engine.model))
        name_eager(eager.model)
        compare_ends(private.forward, eager.forward, inputs)
    else:
        places, left_out = handed_places(private.forward, inputs)
    return _Found(tuple(places), left_out, changed(memory))


def _most_tokens(engine: Engine, inputs: Inputs, places: tuple[Place, ...]) -> int:
    """The longest text on which the model attends as in its probe, found by halving."""

    def is_same(n_tokens: int) -> bool:
        try:
            return _looked_at(engine, _repeated(inputs, n_tokens)).places == places
        except ReaderError:  # it attends otherwise, or knows fewer positions
            return False

    known, beyond = inputs["input_ids"].shape[1], LONGEST_PROBE + 1
    if is_same(LONGEST_PROBE):
        return LONGEST_PROBE
    while beyond - known > 1:
        middle = (known + beyond) // 2
        known, beyond = (middle, beyond) if is_same(middle) else (known, middle)
    return known


def _repeated(inputs: Inputs, n_tokens: int) -> Inputs:
    """The same text over and over, up to so many tokens."""
    ids = inputs["input_ids"]
    times = -(-n_tokens // ids.shape[1])
    return inputs | {"input_ids": ids.repeat(1, times)[:, :n_tokens]}
