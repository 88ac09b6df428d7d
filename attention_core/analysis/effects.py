"""How far a change inside a model moves what the model says: its prediction, or the vectors it ends in.

Whether that is much is not said here: it takes the same change elsewhere, a control, to tell.
"""

import numpy as np
from jaxtyping import Float, Int

from attention_core.vectors import unit_rows


def log_probabilities(logits: Float[np.ndarray, "*n n_vocabulary"]) -> np.ndarray:
    """log softmax(logits) in float64: s − max − log Σ exp(s − max); nan throughout if one score is nan."""
    scores = logits.astype(np.float64)
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def probabilities(logits: Float[np.ndarray, "*n n_vocabulary"]) -> np.ndarray:
    """softmax(logits) in float64, from the logarithms."""
    return np.exp(log_probabilities(logits))


def kl_bits(
    control: Float[np.ndarray, "*#n n_vocabulary"], changed: Float[np.ndarray, "*#n n_vocabulary"]
) -> Float[np.ndarray, "*n"]:
    """KL(p ‖ q) = Σ p log₂(p / q) in bits, of the control's prediction p and the changed one's q, from their logits.

    What it costs to expect q where p is true (Kullback & Leibler 1951): 0 if nothing moved, infinite where
    q rules out what p does not. A token of score −∞ in p adds nothing (0 log 0 = 0). nan where the changed
    scores are no numbers.
    """
    log_p, log_q = log_probabilities(control), log_probabilities(changed)
    p = np.exp(log_p)
    ratio = np.subtract(log_p, log_q, out=np.zeros(np.broadcast(log_p, log_q).shape), where=p != 0)
    bits = (p * ratio).sum(axis=-1) / np.log(2)
    return np.asarray(np.where(bits < 0, 0.0, bits))  # rounding may leave −1e-16; nan stays


def turned_by(
    control: Float[np.ndarray, "*#n d"], changed: Float[np.ndarray, "*#n d"]
) -> Float[np.ndarray, "*n"]:
    """1 − cos of each vector with what became of it: 0 the same direction, 1 a right angle, 2 the opposite.

    nan where a vector is all zeros or holds no numbers.
    """
    products = unit_rows(control) * unit_rows(changed)
    return np.asarray(1 - np.clip(products.sum(axis=-1), -1, 1))


def mean_turned_by(
    control: Float[np.ndarray, "n_tokens d"], changed: Float[np.ndarray, "n_tokens d"]
) -> float:
    """1 − cos of the mean vector, which stands for the text."""
    return float(turned_by(control.mean(axis=0), changed.mean(axis=0)))


def likeliest_of_both(
    control: Float[np.ndarray, " n_vocabulary"], changed: Float[np.ndarray, " n_vocabulary"], n: int
) -> Int[np.ndarray, " n_shown"]:
    """The n likeliest tokens of either side, the control's first; where the changed side has no numbers, only these."""
    first = np.argsort(-control, kind="stable")[:n]
    second = np.argsort(-changed, kind="stable")[:n] if np.isfinite(changed).all() else first
    return np.concatenate([first, second[~np.isin(second, first)]])


def rank_of(logits: Float[np.ndarray, " n_vocabulary"], token: int) -> int:
    """1 for the likeliest token."""
    return 1 + int((logits > logits[token]).sum())


def n_as_large(effect: float, controls: Float[np.ndarray, " n"]) -> int:
    """How many controls do as much or more, whatever the sign."""
    return int((np.abs(controls) >= abs(effect)).sum())


def share_as_large(effect: float, controls: Float[np.ndarray, " n"]) -> float:
    """How often chance does as much: (1 + #{|control| ≥ |effect|}) / (1 + n), never 0 (Phipson & Smyth 2010)."""
    return (1 + n_as_large(effect, controls)) / (1 + len(controls))
