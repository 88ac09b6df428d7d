"""A survey cut into batches of sentences, and what one batch comes to on a worker. It knows nothing of a cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import numpy as np
from jaxtyping import Int

from attention_core.pretrained import loading, tokens
from attention_core.pretrained import together as texts_together
from attention_core.pretrained.files import locate
from attention_core.pretrained.token import TokenizedText
from attention_core.survey.corpus import Corpus
from attention_core.survey.fingerprint import model_sha256
from attention_core.survey.measure import Measured, measure, side_by_side
from attention_core.survey.moments import Moments, moments

SIZE = 64  # sentences of a batch: what a killed worker costs
AT_ONCE = 16  # sentences of one pass
MOST_TOKENS = (
    128  # of a sentence; what follows is not read. All weights of a pass are held in memory
)


@dataclass(frozen=True)
class Batch:
    """Some sentences, with their places in the corpus: they seed the untrained heads."""

    number: int
    places: tuple[int, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class BatchResult:
    """What a batch comes to."""

    layers: Int[np.ndarray, " n_heads"]
    heads: Int[np.ndarray, " n_heads"]
    moments: Moments
    n_sentences: int  # that were read; one in which the model sees no token is not
    n_tokens: int


def batches(corpus: Corpus, size: int = SIZE) -> list[Batch]:
    """The corpus by length, shortest first, cut into batches: sentences of equally many tokens come together."""
    order = sorted(range(len(corpus.sentences)), key=lambda i: (len(corpus.sentences[i]), i))
    cuts = [order[begin : begin + size] for begin in range(0, len(order), size)]
    return [
        Batch(number, tuple(places), tuple(corpus.sentences[i] for i in places))
        for number, places in enumerate(cuts)
    ]


@lru_cache(maxsize=1)
def model(model_id: str, sha256: str) -> loading.LoadedModel:
    """The model of this process. Raises ValueError if its files are others than those the survey was begun with."""
    found = model_sha256(locate(model_id)[0])
    if found != sha256:
        raise ValueError(
            f"“{model_id}” has other files here (SHA-256 {found[:12]}…, expected {sha256[:12]}…)"
        )
    return loading.load(model_id)


def measure_batch(batch: Batch, model_id: str, sha256: str) -> BatchResult | None:
    """All sentences of a batch; None if the model can read none of them."""
    loaded = model(model_id, sha256)
    read = [
        (place, text)
        for place, sentence in zip(batch.places, batch.sentences, strict=True)
        if (text := _tokenized(sentence, loaded)) is not None
    ]
    if not read:
        return None
    measured: dict[int, Measured] = {}
    for together in _of_one_length(read):
        layers = _weights([text for _, text in together], loaded)
        for (place, text), found in zip(together, layers, strict=True):
            measured[place] = measure_sentence(text, found, place)
    return BatchResult(
        np.concatenate([np.full(len(each.weights), each.layer) for each in layers[0]]),
        np.concatenate([np.arange(len(each.weights)) for each in layers[0]]),
        moments([measured[place] for place, _ in read]),
        len(read),
        sum(len(text.ids) for _, text in read),
    )


def measure_sentence(
    text: TokenizedText, layers: Sequence[texts_together.LayerWeights], seed: int
) -> Measured:
    """All heads of a sentence. Neighbouring layers with the same mask are measured as one: one call costs less."""
    tokens = [token.text for token in text.tokens]
    special = [i for i, token in enumerate(text.tokens) if token.is_special]
    groups = [list(group) for _, group in groupby(layers, key=_mask_bytes)]
    return side_by_side(
        [
            measure(
                np.concatenate([each.weights for each in group]),
                group[0].mask,
                tokens,
                special,
                seed * len(layers) + i,
            )
            for i, group in enumerate(groups)
        ]
    )


def _mask_bytes(layer: texts_together.LayerWeights) -> bytes | int | None:
    if layer.mask is None:
        return None
    return layer.mask.tobytes() if layer.mask.ndim == 2 else layer.layer  # a mask a head: alone


def _tokenized(sentence: str, loaded: loading.LoadedModel) -> TokenizedText | None:
    try:
        return tokens.tokenize(sentence, loaded.tokenizer, min(loaded.max_tokens, MOST_TOKENS))
    except ValueError:  # no token, or half a character
        return None


def _of_one_length(
    read: Sequence[tuple[int, TokenizedText]],
) -> Iterator[list[tuple[int, TokenizedText]]]:
    by_length = sorted(read, key=lambda each: len(each[1].ids))
    for _, group in groupby(by_length, key=lambda each: len(each[1].ids)):
        same = list(group)
        yield from (same[begin : begin + AT_ONCE] for begin in range(0, len(same), AT_ONCE))


def _weights(
    texts: Sequence[TokenizedText], loaded: loading.LoadedModel
) -> list[list[texts_together.LayerWeights]]:
    return texts_together.weights_of([text.ids for text in texts], loaded.engine)
