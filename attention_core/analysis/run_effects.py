"""How one changed run of a model ends beside the control, in numbers few enough to keep for every head of a model.

What was changed, and how a model is run, is not known here.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from attention_core.analysis.effects import kl_bits, mean_turned_by, turned_by


@dataclass(frozen=True)
class Effect:
    """Arrays are read-only."""

    turned: Float[np.ndarray, " n_tokens"]  # 1 − cos of each token's last vector
    turned_mean: float  # 1 − cos of the mean of these vectors, which stands for the text
    bits: float | None  # KL from the control's prediction; None where the model predicts nothing
    state: Float[np.ndarray, " d_model"] | None  # what the prediction is made from


def effect_of(
    control: Float[np.ndarray, "n_tokens d_model"],
    changed: Float[np.ndarray, "n_tokens d_model"],
    control_logits: Float[np.ndarray, " n_vocabulary"] | None = None,
    changed_logits: Float[np.ndarray, " n_vocabulary"] | None = None,
    predicted_at: int | None = None,
) -> Effect:
    """From the last states of both runs and, where the model predicts, the logits of both and the position they are made from."""
    bits = None
    if control_logits is not None and changed_logits is not None:
        bits = float(kl_bits(control_logits, changed_logits))
    turned = turned_by(control, changed)
    turned.setflags(write=False)
    state = None if predicted_at is None else changed[predicted_at].copy()
    if state is not None:
        state.setflags(write=False)
    return Effect(turned, mean_turned_by(control, changed), bits, state)
