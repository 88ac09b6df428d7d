"""What a causal model thought of each token of a text before it came. It predicts nothing beyond the text, and runs no layer."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from attention_core.pretrained.engine import Engine
from attention_core.pretrained.head import head_logits

AT_ONCE = 64  # positions whose scores are held together: a thousand would be hundreds of megabytes


@dataclass(frozen=True)
class Surprisals:
    """One number for each token that had something before it: all of a text's tokens but the first."""

    probability: Float[np.ndarray, " n_later"]  # given to the token that came
    rank: Int[np.ndarray, " n_later"]  # 1 = it was the likeliest
    favourite: Int[np.ndarray, " n_later"]  # the likeliest token's id
    favourite_probability: Float[np.ndarray, " n_later"]
    n_vocabulary: int

    @property
    def bits(self) -> Float[np.ndarray, " n_later"]:
        """Surprisal −log₂ p (Shannon 1948): one bit more for every halving of the probability."""
        return -np.log2(np.maximum(self.probability, np.finfo(np.float64).tiny))


def surprisals(
    ids: list[int], states: Float[np.ndarray, "n_tokens d_model"], engine: Engine
) -> Surprisals:
    """p(token i | tokens before i) = softmax(head(state i − 1)) at token i, for i ≥ 1.

    `states` are what left the backbone for `ids`. Raises ValueError where there are not as many, and
    for a model that does not predict the next token.
    """
    if len(states) != len(ids):
        raise ValueError(f"{len(ids)} tokens need as many states, got {len(states)}")
    later = np.array(ids[1:], dtype=np.int64)
    parts = [
        _part(head_logits(states[start:end], engine), later[start:end])
        for start in range(0, len(later), AT_ONCE)
        for end in [min(start + AT_ONCE, len(later))]
    ]
    n_vocabulary = head_logits(states[-1:], engine).shape[1]
    if not parts:
        none = np.empty(0)
        return Surprisals(none, none.astype(int), none.astype(int), none, n_vocabulary)
    chances, ranks, best, best_chances = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Surprisals(chances, ranks, best, best_chances, n_vocabulary)


def _part(
    scores: Float[np.ndarray, "n n_vocabulary"], came: Int[np.ndarray, " n"]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What came and the favourite, of some positions; only the few numbers asked for leave the scores."""
    best = scores.argmax(axis=1)
    top = np.take_along_axis(scores, best[:, None], axis=1)
    own = np.take_along_axis(scores, came[:, None], axis=1)
    total = np.exp(scores - top).sum(axis=1, dtype=np.float64)
    chance = np.exp((own - top)[:, 0].astype(np.float64)) / total
    return chance, 1 + (scores > own).sum(axis=1), best, 1 / total
