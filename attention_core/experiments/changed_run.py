"""One run of a model with another attention inside, and how far its end is from that of the unchanged run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from attention_core.analysis.effects import kl_bits, mean_turned_by
from attention_core.pretrained import loading, outcome
from attention_core.pretrained.interventions import Attend
from attention_core.pretrained.run import AttentionCall, Outcome, Run


@dataclass(frozen=True)
class ChangedRun:
    """What the run ends in, and the weights of one head as they were in it. Arrays are read-only."""

    outcome: Outcome
    weights: Float[np.ndarray, "n_q n_k"]


def changed_run(
    ids: list[int], loaded: loading.LoadedModel, attend: Attend, layer: int, head: int
) -> ChangedRun:
    """Run the text with `attend` in every layer; the weights are those of this head."""
    weights: list[np.ndarray] = []

    def listen(call: AttentionCall, of_layer: np.ndarray) -> None:
        if call.layer == layer:
            weights.append(of_layer[head].copy())

    (end,) = outcome.outcomes(ids, loaded, [Run(attend, listen)])
    weights[0].setflags(write=False)
    return ChangedRun(end, weights[0])


def moved(control: Outcome, changed: Outcome) -> float:
    """Bits of KL divergence where the model predicts; else 1 − cos of the sentence's mean vector."""
    if control.logits is None or changed.logits is None:
        return mean_turned_by(control.states, changed.states)
    return float(kl_bits(control.logits, changed.logits))
