"""A model on which passes can be run with our attention inside, whatever its family: text, picture or sequence to sequence."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedModel

from attention_core.errors import ReaderError
from attention_core.pretrained.failures import failing_as
from attention_core.pretrained.seam import (
    NAME,
    AttentionCall,
    Run,
    UnsupportedAttention,
    core_attention,
    running,
)
from attention_core.pretrained.token_types import TokenTypes
from attention_core.pretrained.turns import TURNS

AGREEMENT = 1e-3  # a weight that is further off than this is another formula's, not rounding
Inputs = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Engine:
    """A model on which passes can be run. `through_seam` is False where its family offers only its weights."""

    model: PreTrainedModel
    through_seam: bool
    head_counts: tuple[int, ...]  # the heads of each attention call, in the order of the calls
    module_names: dict[int, str]  # id(module) → its path in the backbone
    token_types: TokenTypes | None = None  # where the model reads pairs of texts

    @property
    def name(self) -> str:
        """The class that the library has for this family."""
        return type(self.model).__name__

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
            return self.backbone(**self._with_types(inputs), **options)

    def predict(self, inputs: Inputs, *runs: Run, **options: Any) -> Any:
        """The same of the whole model, with its prediction head."""
        with self._passing(inputs, runs):
            return self.model(**self._with_types(inputs), **options)

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
    """Read a model with our attention inside or, where its family does not dispatch, with the library's own.

    `read` builds the model with the attention implementation it is given; `probe` makes a short input for it.
    Whether the seam is reached, and the core computes what the library does there, is found out by one
    pass, not by a list of families.
    """
    try:
        engine = _engine(read(NAME), through_seam=True, probe=probe)
        if engine.head_counts:
            return engine
    except (ValueError, KeyError, AttributeError):  # this family does not know our attention's name
        pass
    return _engine(read("eager"), through_seam=False, probe=probe)


def _engine(
    model: PreTrainedModel, through_seam: bool, probe: Callable[[PreTrainedModel], Inputs]
) -> Engine:
    model.eval().requires_grad_(False)
    model.config.use_cache = False  # every pass sees the whole text
    names = {id(module): name for name, module in model.base_model.named_modules()}
    counts: list[int] = []
    engine = Engine(model, through_seam, (), names)

    def count(call: AttentionCall, weights: np.ndarray) -> None:
        if not np.allclose(core_attention(call).weights, weights, atol=AGREEMENT):
            raise UnsupportedAttention("this model's attention has other weights than the core's")
        counts.append(len(call.q))

    if through_seam:
        engine.forward(probe(model), Run(on_layer=count))
    else:
        outputs = engine.forward(probe(model), Run(), output_attentions=True)
        counts.extend(weights.shape[1] for _, weights in all_weights(outputs))
    return Engine(model, through_seam, tuple(counts), names)


def all_weights(outputs: Any) -> list[tuple[str, torch.Tensor]]:
    """The (kind, weights) that the library itself returns with `output_attentions`, layer by layer."""
    fields = (
        ("encoder", "encoder_attentions"),
        ("decoder", "decoder_attentions"),
        ("cross", "cross_attentions"),
        ("encoder", "attentions"),
    )
    return [(kind, w) for kind, field in fields for w in outputs.get(field) or ()]
