"""Two heads: which layers and which words can be compared, and how far all heads of a run are from one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from attention_core.analysis.differences import Distances, distances
from attention_core.analysis.matched_words import BetweenWords, Matching, between_words, match_words
from attention_core.analysis.words import Span, tokens_of
from attention_core.heads import of_head
from attention_core.pretrained.layers import Capture


def comparable_layers(capture: Capture, layer: int) -> list[int]:
    """The layers with the same rows and columns: all, but where two stacks read two texts."""
    chosen = capture.layers[layer]
    return [
        i
        for i, other in enumerate(capture.layers)
        if capture.queries(other) is capture.queries(chosen)
        and capture.keys(other) is capture.keys(chosen)
    ]


def allowed_pairs(capture: Capture, layer: int, head: int | None) -> np.ndarray:
    """(n_q, n_k): which key a query may see, in one head or (None) in any head of the layer."""
    chosen = capture.layers[layer]
    shape = (len(capture.queries(chosen)), len(capture.keys(chosen)))
    mask = chosen.mask
    if mask is None:
        return np.ones(shape, dtype=bool)
    if head is None and mask.ndim == 3:
        return np.asarray(mask.any(axis=0))
    return np.asarray(of_head(mask, head or 0))


def distances_to_all(capture: Capture, layer: int, head: int) -> Distances:
    """From one head to every head of the layers like its own. Two numbers a row are kept, no weights."""
    return distances(_one_head(capture, layer, head), _all_heads(capture, layer))


def _all_heads(capture: Capture, layer: int) -> Iterator[tuple[tuple[int, int], np.ndarray]]:
    for i in comparable_layers(capture, layer):
        for head in range(capture.layers[i].n_heads):
            yield (i, head), _one_head(capture, i, head)


def _one_head(capture: Capture, layer: int, head: int) -> np.ndarray:
    chosen = capture.layers[layer]
    trace = chosen.head_trace(head)
    return chosen.weights[head] if trace is None else trace.weights


@dataclass(frozen=True)
class HeadOnText:
    """One head on one text, with the words of the text as a person reads them."""

    capture: Capture
    layer: int
    head: int
    spans: Sequence[Span]

    @property
    def words(self) -> list[str]:
        return [self.capture.text[start:end] for start, end in self.spans]

    @property
    def read(self) -> list[int]:
        """The words that the model has read: a cut loses some, a tokenizer without places all."""
        places = self.capture.places
        return [i for i, span in enumerate(self.spans) if tokens_of(span, places)]

    def between(self, weights: np.ndarray, words: Sequence[int]) -> BetweenWords:
        """This head's `weights` from token to token, between these words."""
        allowed = allowed_pairs(self.capture, self.layer, self.head)
        return between_words(weights, allowed, self.capture.places, self.spans, words)


def matched_words(a: HeadOnText, b: HeadOnText) -> Matching:
    """The words that both models have read, by their positions in each text."""
    read_a, read_b, words_a, words_b = a.read, b.read, a.words, b.words
    found = match_words([words_a[i] for i in read_a], [words_b[j] for j in read_b])
    return Matching(
        tuple((read_a[i], read_b[j]) for i, j in found.pairs),
        tuple(read_a[i] for i in found.only_a),
        tuple(read_b[j] for j in found.only_b),
    )
