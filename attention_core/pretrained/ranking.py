"""Many changed runs of one text, for instance each without another head; of each only what effects are measured by is kept.

What the runs change is in `interventions`; how large an effect is beside others is in `analysis`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from jaxtyping import Float

from attention_core.analysis.effects import kl_bits, log_probabilities, turned_by
from attention_core.pretrained.head import head_logits
from attention_core.pretrained.interventions import Attend, without_heads
from attention_core.pretrained.layers import frozen
from attention_core.pretrained.loading import LoadedModel
from attention_core.pretrained.outcome import Outcome, outcomes, predicted_at
from attention_core.pretrained.seam import Run

T = TypeVar("T")
MOST_TOKENS_AT_ONCE = 256  # of all rows of a batch: more gains no time and takes much memory


@dataclass(frozen=True)
class Effect:
    """How one changed run ends beside the control. Arrays are read-only."""

    turned: Float[np.ndarray, " n_tokens"]  # 1 − cos of each token's last vector
    turned_mean: float  # 1 − cos of the mean of these vectors, which stands for the text
    bits: float | None  # KL from the control's prediction; None where the model predicts nothing
    state: Float[np.ndarray, " d_model"] | None  # what the prediction is made from


def of_each(
    ids: list[int],
    loaded: LoadedModel,
    attends: Sequence[Attend],
    reduce: Callable[[Outcome], T],
) -> list[T]:
    """What `reduce` keeps of the outcome of each run; as many at once as a batch may hold."""
    at_once = max(1, MOST_TOKENS_AT_ONCE // len(ids))
    kept: list[T] = []
    for start in range(0, len(attends), at_once):
        runs = [Run(attend) for attend in attends[start : start + at_once]]
        kept += [reduce(outcome) for outcome in outcomes(ids, loaded, runs)]
    return kept


def effects(
    ids: list[int], loaded: LoadedModel, attends: Sequence[Attend], control: Outcome
) -> tuple[Effect, ...]:
    """The effect of each changed run; `control` is the outcome of the unchanged one."""
    at = predicted_at(ids, loaded)
    mean = control.states.mean(axis=0)

    def reduce(changed: Outcome) -> Effect:
        bits = None
        if control.logits is not None and changed.logits is not None:
            bits = float(kl_bits(control.logits, changed.logits))
        return Effect(
            frozen(turned_by(control.states, changed.states)),
            float(turned_by(mean, changed.states.mean(axis=0))),
            bits,
            None if at is None else frozen(changed.states[at].copy()),
        )

    return tuple(of_each(ids, loaded, attends, reduce))


def without_each_head(
    layer: int, n_heads: int, instead: str, means: Sequence[np.ndarray] = ()
) -> list[Attend]:
    """The runs that rank the heads of a layer: each head is out in one of them."""
    return [without_heads([(layer, head)], instead, means) for head in range(n_heads)]


def token_chances(
    found: Sequence[Effect], token: int, loaded: LoadedModel
) -> Float[np.ndarray, " n_runs"]:
    """The probability of one token in each changed run, from the kept states: no layer runs again.

    Raises ValueError where the model predicts nothing.
    """
    states = [effect.state for effect in found if effect.state is not None]
    if len(states) < len(found):
        raise ValueError("the model predicts no token here, so none has a probability")
    logits = head_logits(np.stack(states), loaded.engine)
    return np.exp(log_probabilities(logits)[:, token])
