"""How far two predictions agree in the order of their tokens. It weighs no probabilities."""

import numpy as np
from jaxtyping import Float


def same_order(
    control: Float[np.ndarray, " n_vocabulary"], changed: Float[np.ndarray, " n_vocabulary"]
) -> int:
    """How many of the likeliest tokens come in the same order in both, counted from the first to the first that differs."""
    orders = [np.argsort(-scores, kind="stable") for scores in (control, changed)]
    differ = np.flatnonzero(orders[0] != orders[1])
    return int(differ[0]) if len(differ) else len(control)
