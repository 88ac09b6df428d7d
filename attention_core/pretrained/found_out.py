"""Facts about a model that only a pass can tell: found out once for each model, and kept as long as it is."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from torch import nn
from transformers import PreTrainedModel

from attention_core.pretrained.engine import Engine

Fact = TypeVar("Fact")
N_PROBED = 6  # tokens
FAR = 1000.0  # times the usual largest number of a token's vector


def found_out_once(find: Callable[[Engine], Fact]) -> Callable[[Engine], Fact]:
    """The function, which asks each model only once. Two threads may ask at the same time, and find the same."""
    known: WeakKeyDictionary[PreTrainedModel, Fact] = WeakKeyDictionary()

    @wraps(find)
    def fact(engine: Engine) -> Fact:
        if engine.model not in known:
            known[engine.model] = find(engine)
        return known[engine.model]

    return fact


def probe_ids(model: PreTrainedModel, n: int = N_PROBED) -> list[int]:
    """At most n different tokens from all over the vocabulary, none of which its config gives a part (padding, end …).

    A vector that is out of all proportion would spoil the numbers of all others: such tokens are left out.
    """
    config = model.config.to_dict()
    special = [
        value
        for name, value in config.items()
        if name.endswith(("_token_id", "_index")) and isinstance(value, int)
    ]
    try:
        table = model.get_input_embeddings()
    except NotImplementedError:  # CANINE has no table: it reads the codes of characters
        return list(range(ord("a"), ord("a") + n))
    vectors = table.get_parameter("weight") if isinstance(table, nn.Module) else table
    usual = [i for i in range(len(vectors)) if i not in special]
    some = usual[:: max(1, len(usual) // (2 * n))][: 2 * n]
    largest = vectors[some].abs().amax(dim=-1)
    sound = [i for i, each in zip(some, largest, strict=True) if each <= FAR * largest.median()]
    return sound[:: max(1, len(sound) // n)][:n]
