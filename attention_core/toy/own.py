"""The reader's own sentence as a toy: from a model's word vectors, or from made-up numbers.

It loads no model; the vectors are handed in. Either way the result is the reader's to edit.
"""

import hashlib

import numpy as np
from jaxtyping import Float

from attention_core.toy.scenario import Scenario

D_MODEL = 4
CONTRAST = (
    2.0  # W_Q = W_K = 2·identity: scaled scores reach 2² · 1² / √4 = 2 per dimension, e² ≈ 7 times
)
NOTHING = 1e-12  # relative size below which a spread is rounding noise
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
    if not np.isfinite(vectors).all():
        raise ValueError("the word vectors hold something that is not a number")
    coordinates, share = _principal_components(vectors.astype(np.float64))
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
    x = np.array([_made_up(sentence[start:end].lower()) for start, end in spans], dtype=float)
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


def _principal_components(
    vectors: Float[np.ndarray, "n_words d"],
) -> tuple[Float[np.ndarray, "n_words 4"], float]:
    """X − mean = U S Vᵀ; coordinates U S, share = Σ_{i≤4} s_i² / Σ s_i² (Pearson 1901, by SVD).

    The sign of each component makes its largest loading positive, so the result is one and only one.
    """
    coordinates = np.zeros((len(vectors), D_MODEL))
    if not len(vectors):
        return coordinates, 1.0
    centred = vectors - vectors.mean(axis=0)
    u, s, loadings = np.linalg.svd(centred, full_matrices=False)
    if not s.size or s[0] <= NOTHING * np.abs(vectors).max():
        return coordinates, 1.0
    n_kept = min(D_MODEL, int((s > NOTHING * s[0]).sum()))
    largest = np.abs(loadings[:n_kept]).argmax(axis=1)
    signs = np.sign(loadings[np.arange(n_kept), largest])
    coordinates[:, :n_kept] = u[:, :n_kept] * s[:n_kept] * signs
    return coordinates, min(1.0, float((s[:n_kept] ** 2).sum() / (s**2).sum()))


def _made_up(word: str) -> list[float]:
    """Two bytes of the word's SHA-256 per number: 0…65535 becomes −1.00…1.00."""
    digest = hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()
    pairs = np.frombuffer(digest[: 2 * D_MODEL], dtype=">u2")
    return [round(float(pair) / 65535 * 2 - 1, 2) + 0.0 for pair in pairs]
