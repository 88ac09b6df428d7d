"""The reader's own sentence as a toy: from a model's word vectors, or from made-up numbers.

It loads no model; the vectors are handed in. Either way the result is the reader's to edit.
"""

import hashlib

import numpy as np
from jaxtyping import Float

from attention_core.toy.scenario import Scenario
from attention_core.vectors import principal_components

D_MODEL = 4
CONTRAST = (
    2.0  # W_Q = W_K = 2·identity: scaled scores reach 2² · 1² / √4 = 2 per dimension, e² ≈ 7 times
)
SMALLEST = 1e-300  # divides where all coordinates are 0

Spans = tuple[tuple[int, int], ...]


def from_vectors(
    sentence: str, spans: Spans, vectors: Float[np.ndarray, "n_words d"]
) -> tuple[Scenario, float]:
    """The first four principal components of the word vectors, and the share of variance they keep.

    One common factor brings the largest coordinate to ±1, so directions and relative lengths stay.
    Without variance (one word, equal words) all coordinates are 0 and the share is 1.
    Raises ValueError if the vectors don't fit the words or hold something that is not a number.
    """
    if len(vectors) != len(spans):
        raise ValueError(f"{len(spans)} words need as many vectors, got {len(vectors)}")
    coordinates, share = principal_components(vectors, D_MODEL)
    notes = (
        "Each word's vector was shortened to the four directions along which the words of this "
        "sentence differ most, then all were scaled together so that the largest number is 1. "
        "The matrices are plain: every word asks for words like itself and hands over what it is."
    )
    names = tuple(f"pc {i}" for i in range(1, D_MODEL + 1))
    x = coordinates / np.abs(coordinates).max(initial=SMALLEST)
    return _plain(sentence, spans, names, x, notes), share


def from_random(sentence: str, spans: Spans) -> Scenario:
    """Made-up embeddings: each distinct word, in lower case, has its own four numbers in [−1, 1].

    They come from a hash of the word, so the same word gets the same numbers on every machine.
    """
    x = np.array([made_up(sentence[start:end].lower()) for start, end in spans], dtype=float)
    notes = (
        "These numbers are made up: they depend on the spelling of each word and mean nothing. "
        "Change them, and give each dimension a meaning of your own."
    )
    names = tuple(f"dim {i}" for i in range(1, D_MODEL + 1))
    return _plain(sentence, spans, names, x.reshape(-1, D_MODEL), notes)


def _plain(
    sentence: str,
    spans: Spans,
    dimensions: tuple[str, ...],
    x: Float[np.ndarray, "n_tokens 4"],
    notes: str,
) -> Scenario:
    """A scenario without a story: W_Q = W_K = 2·identity, W_V = W_O = identity."""
    identity = np.eye(D_MODEL)
    asks = CONTRAST * identity
    return Scenario("", sentence, spans, dimensions, x, asks, asks, identity, identity, notes=notes)


def made_up(word: str) -> list[float]:
    """Two bytes of the word's SHA-256 per number: 0…65535 becomes −1.00…1.00."""
    digest = hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()
    pairs = np.frombuffer(digest[: 2 * D_MODEL], dtype=">u2")
    return [round(float(pair) / 65535 * 2 - 1, 2) + 0.0 for pair in pairs]
