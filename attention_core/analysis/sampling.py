"""From a prediction to one drawn token: temperature, top-k, top-p, and how sure a distribution is.

It knows no model and no words: a prediction is one score for each token of a vocabulary.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from attention_core.softmax import softmax


@dataclass(frozen=True)
class Step:
    """A distribution after one step, and the tokens that are left of it."""

    name: str
    probabilities: Float[np.ndarray, " n_vocabulary"]  # sum to 1; 0 for what is cut off
    kept: Bool[np.ndarray, " n_vocabulary"]


def sampling_steps(
    scores: Float[np.ndarray, " n_vocabulary"],
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float = 1.0,
) -> tuple[Step, Step, Step, Step]:
    """The untouched softmax, then temperature, then top-k, then top-p, each renormalised.

    1. p ∝ exp(score / temperature). 2. Only the k likeliest (Fan et al. 2018; ties go to the smaller
    id). 3. Of these, renormalised, only the fewest likeliest that together reach p (nucleus sampling,
    Holtzman et al. 2020). This is the order of the library's generate(). `top_k` None or larger than
    the vocabulary cuts nothing. Raises ValueError for a temperature ≤ 0, k < 1 or p outside (0, 1].
    """
    if temperature <= 0:
        raise ValueError(f"the temperature must be larger than 0, got {temperature}")
    if top_k is not None and top_k < 1:
        raise ValueError(f"top-k must keep at least 1 token, got {top_k}")
    if not 0 < top_p <= 1:
        raise ValueError(f"top-p must be above 0 and at most 1, got {top_p}")
    scores = scores.astype(np.float64)
    every = np.ones(scores.shape, dtype=bool)
    tempered = softmax(scores, temperature=temperature)
    order = np.argsort(-scores, kind="stable")
    k_kept = _only(order[:top_k], every)
    by_k = _renormalised(tempered, k_kept)
    p_kept = k_kept if top_p == 1 else _only(order[: _enough(by_k[order], top_p)], every)
    return (
        Step("untouched", softmax(scores), every),
        Step("temperature", tempered, every),
        Step("top-k", by_k, k_kept),
        Step("top-p", _renormalised(by_k, p_kept), p_kept),
    )


def entropy_bits(probabilities: Float[np.ndarray, " n"]) -> float:
    """H = −Σ p log₂ p (Shannon 1948), with 0 log 0 = 0: the bits that naming the next token takes on average."""
    p = probabilities[probabilities > 0].astype(np.float64)
    return float(max(0.0, -(p * np.log2(p)).sum()))


def draw(probabilities: Float[np.ndarray, " n"], seed: int, step: int = 0) -> int:
    """One position, drawn as often as its probability says; the same for the same `seed` and `step`.

    The first whose cumulative probability exceeds a uniform random number.
    """
    reached = np.cumsum(probabilities, dtype=np.float64)
    number = np.random.default_rng([seed, step]).random() * reached[-1]
    return int(np.searchsorted(reached, number, side="right"))


def _enough(sorted_probabilities: np.ndarray, top_p: float) -> int:
    """How many of the likeliest it takes to reach `top_p`: one that begins below it still belongs."""
    before = np.cumsum(sorted_probabilities) - sorted_probabilities
    return max(1, int((before < top_p).sum()))


def _only(positions: np.ndarray, every: np.ndarray) -> np.ndarray:
    kept = np.zeros_like(every)
    kept[positions] = True
    return kept


def _renormalised(probabilities: np.ndarray, kept: np.ndarray) -> np.ndarray:
    left = np.where(kept, probabilities, 0.0)
    return left / left.sum()
