"""One head and its copies with few numbers, kept for all readers."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from attention_core.analysis.twin import Twin, first_tokens, shuffled, twins
from attention_core.attention import AttentionTrace
from attention_core.toy.twin import mask_name
from pages.ui.server import models
from pages.ui.server.cache import cached

MOST_TOKENS = 64
SHUFFLES = 3  # seeds of the control


@dataclass(frozen=True)
class Copied:
    """A head among its first tokens, its copies with 0, 1, … numbers, and the same for its scores shuffled."""

    tokens: tuple[str, ...]
    trace: AttentionTrace  # float64
    mask: str  # what a scenario calls it
    twins: tuple[Twin, ...]
    shuffled_variation: tuple[float, ...]  # of the shuffled scores, averaged over `SHUFFLES` deals


@cached(max_entries=32)
def copied(model_id: str, text: str, layer: int, head: int) -> Copied:
    """Raises ValueError where a toy has no such mask, and for scores that are no numbers. The layer must have q and k."""
    capture = models.captured(model_id, text)
    whole = capture.layers[layer].head_trace(head)
    assert whole is not None
    tokens = capture.queries(capture.layers[layer])[:MOST_TOKENS]
    trace = first_tokens(whole, MOST_TOKENS)
    name = mask_name(trace.mask)
    of_head = twins(trace.masked_scores)
    deals = [
        [twin.variation for twin in twins(shuffled(trace.masked_scores, seed), of_head[-1].r)]
        for seed in range(SHUFFLES)
    ]
    means = [_mean(deals, r) for r in range(len(of_head))]
    _freeze(trace)
    for twin in of_head:
        _freeze(twin)
    return Copied(tuple(token.text for token in tokens), trace, name, of_head, tuple(means))


def _mean(deals: list[list[float]], r: int) -> float:
    """A deal that ended early was exact: from there on its error is the last one."""
    return float(np.mean([deal[min(r, len(deal) - 1)] for deal in deals]))


def _freeze(record: AttentionTrace | Twin) -> None:
    """Shared by all readers: read only."""
    for field in fields(record):
        array = getattr(record, field.name)
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
