"""How long a text a model takes: what its configs say, and what its tables of positions hold."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from transformers import PreTrainedConfig

from attention_core.pretrained.calls import CANNOT_RUN
from attention_core.pretrained.engine import Engine
from attention_core.pretrained.found_out import probe_ids
from attention_core.pretrained.run import LIBRARY
from attention_core.pretrained.steady import private_copy

aten = torch.ops.aten
# tokens of the probe: which text a table belongs to is told by how many were looked up
N_SOURCE, N_TARGET = 6, 4
BOTH = ("max_position_embeddings", "max_seq_len")
SOURCE = (*BOTH, "max_encoder_position_embeddings", "max_source_positions")
TARGET = (*BOTH, "max_decoder_position_embeddings", "max_target_positions")


def longest_texts(engine: Engine, usual: int) -> tuple[int, int]:
    """The most tokens of a text, and of the target that a decoder reads beside it; `usual` where nothing is known.

    A config may name a limit that means none (XLNet: −1). A table of positions gives as many rows as it
    has, less those before the first token's (RoBERTa's and OPT's begin later).
    """
    config = engine.model.config
    source, target = _of_tables(engine)
    source += _declared(config, SOURCE, "decoder")
    target += _declared(config, TARGET, "encoder")
    return min(source, default=usual), min(target, default=usual)


def _declared(config: PreTrainedConfig, names: tuple[str, ...], other: str) -> Iterator[int]:
    """The limits in a config and in its sub-configs of texts, except the `other` stack's."""
    for name in names:
        limit = getattr(config, name, None)
        if isinstance(limit, int) and limit > 0:
            yield limit
    for name in config.sub_configs:
        sub = getattr(config, name, None)
        if sub is not None and name != other and getattr(sub, "vocab_size", None):
            yield from _declared(sub, names, other)


def _of_tables(engine: Engine) -> tuple[list[int], list[int]]:
    """The limits of the tables in which a pass looked up one row after the other: for the text, and for the target."""
    # descending, so that words are not taken for positions
    ids = probe_ids(engine.model)[:N_SOURCE][::-1]
    inputs = {"input_ids": torch.tensor([ids])}
    if engine.model.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = torch.arange(N_TARGET, 0, -1)[None]
    private = replace(engine, model=private_copy(engine.model))
    # of a pass that breaks off, what was looked up before counts all the same
    with suppress(*CANNOT_RUN), (found := _LookUps(inputs.values())):
        private.forward(inputs, LIBRARY)
    return found.of(len(ids)), found.of(N_TARGET)


class _LookUps(TorchDispatchMode):
    """Listens to every look-up of rows in a table, whoever asks for it: (rows of the table, rows asked for).

    What was computed from the text is no table: experts pick their tokens' vectors out of all of them.
    """

    def __init__(self, texts: Iterable[Tensor]) -> None:
        super().__init__()
        self.seen: list[tuple[int, Tensor]] = []
        self.of_text = {_memory(text) for text in texts}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        rows = _asked_for(func, args)
        if rows is not None and _memory(args[0]) not in self.of_text:
            self.seen.append((len(args[0]), rows))
        output = func(*args, **(kwargs or {}))
        given, made = _memories((args, kwargs)), _memories(output)
        if given & self.of_text:
            self.of_text |= made
        else:
            self.of_text -= made  # memory that another tensor had before
        return output

    def of(self, n_tokens: int) -> list[int]:
        """How many tokens each table has a row for, of those that gave `n_tokens` rows in a row."""
        asked = [(n_rows, rows.flatten()) for n_rows, rows in self.seen if rows.numel() == n_tokens]
        return [n_rows - int(rows[0]) for n_rows, rows in asked if bool((rows.diff() == 1).all())]


def _asked_for(func: Any, args: Any) -> Tensor | None:
    """The numbers of the rows that an operation takes out of its first argument."""
    if func is aten.embedding.default:
        return args[1]
    if func is aten.index_select.default and args[1] == 0:
        return args[2]
    if func is aten.index.Tensor and args[0].ndim == 2:
        return args[1][0]
    return None


def _memories(given: Any) -> set[int]:
    tensors = (leaf for leaf in tree_leaves(given) if isinstance(leaf, Tensor))
    return {_memory(each) for each in tensors if each.numel()}


def _memory(tensor: Tensor) -> int:
    """Where its numbers are: a view has those of the tensor that it was taken from."""
    return tensor.untyped_storage().data_ptr()
