"""A real head copied with 0, 1, 2, … numbers per token, and the same for its scores shuffled, as a control."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attention_core.analysis.twin import Twin, first_tokens, shuffled, twins
from attention_core.attention import AttentionTrace
from attention_core.pretrained.layers import Capture
from attention_core.toy.twin import mask_name

MOST_TOKENS = 64
SHUFFLES = 3  # seeds of the control


@dataclass(frozen=True)
class HeadCopies:
    """A head among its first tokens, and its copies, each with one number more on either side."""

    tokens: tuple[str, ...]
    trace: AttentionTrace  # float64
    mask: str  # what a scenario calls it
    twins: tuple[Twin, ...]
    shuffled_variation: tuple[float, ...]  # of the shuffled scores, averaged over `SHUFFLES` seeds


def head_copies(capture: Capture, layer: int, head: int) -> HeadCopies:
    """The layer must have q and k.

    Raises ReaderError where a toy has no such mask, and for scores that are no numbers.
    """
    whole = capture.layers[layer].head_trace(head)
    assert whole is not None
    trace = first_tokens(whole, MOST_TOKENS)
    copies = twins(trace.masked_scores)
    of_shuffled = [
        [twin.variation for twin in twins(shuffled(trace.masked_scores, seed), copies[-1].r)]
        for seed in range(SHUFFLES)
    ]
    tokens = capture.queries(capture.layers[layer])[:MOST_TOKENS]
    return HeadCopies(
        tuple(token.text for token in tokens),
        trace,
        mask_name(trace.mask),
        copies,
        tuple(_mean(of_shuffled, r) for r in range(len(copies))),
    )


def _mean(of_shuffled: list[list[float]], r: int) -> float:
    """A copy that ended early was exact: from there on its error is the last one."""
    return float(np.mean([errors[min(r, len(errors) - 1)] for errors in of_shuffled]))
