"""How numbers follow their gradients: plain gradient descent (SGD) and Adam. They know no loss and no attention."""

from dataclasses import dataclass

import numpy as np

from attention_core.toy.learner import Parameters, each

KEEP_MEAN, KEEP_SQUARE, SMALLEST = 0.9, 0.999, 1e-8  # β₁, β₂ and ε of the paper


@dataclass(frozen=True, eq=False)
class Memory:
    """What Adam remembers of the gradients so far: their running mean and that of their squares."""

    mean: Parameters
    square: Parameters


def no_memory(parameters: Parameters) -> Memory:
    nothing = each(np.zeros_like, parameters)
    return Memory(nothing, nothing)


def sgd(
    parameters: Parameters, gradients: Parameters, rate: float, memory: Memory, _step: int
) -> tuple[Parameters, Memory]:
    """w − rate · ∂L/∂w. It remembers nothing."""
    return each(lambda w, grad: w - rate * grad, parameters, gradients), memory


def adam(
    parameters: Parameters, gradients: Parameters, rate: float, memory: Memory, step: int
) -> tuple[Parameters, Memory]:
    """w − rate · m̂ / (√v̂ + ε) (Kingma & Ba 2015, algorithm 1): every number moves by about `rate`. `step` is from 0."""
    mean = each(lambda m, g: KEEP_MEAN * m + (1 - KEEP_MEAN) * g, memory.mean, gradients)
    square = each(lambda v, g: KEEP_SQUARE * v + (1 - KEEP_SQUARE) * g**2, memory.square, gradients)
    mean_share, square_share = 1 - KEEP_MEAN ** (step + 1), 1 - KEEP_SQUARE ** (step + 1)

    def moved(w: np.ndarray, m: np.ndarray, v: np.ndarray) -> np.ndarray:
        return w - rate * (m / mean_share) / (np.sqrt(v / square_share) + SMALLEST)

    return each(moved, parameters, mean, square), Memory(mean, square)


OPTIMISERS = {"Adam": adam, "SGD": sgd}
