"""Gradients by trying: move one number a little each way and watch the loss. Slow, and hard to get wrong."""

from collections.abc import Callable

import numpy as np

Loss = Callable[[np.ndarray], float]


def numeric_gradient(loss: Loss, x: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """(L(x + h) − L(x − h)) / 2h for every number of x."""
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        nudge = np.zeros_like(x)
        nudge[index] = step
        gradient[index] = (loss(x + nudge) - loss(x - nudge)) / (2 * step)
    return gradient


def is_gradient(grad: np.ndarray, loss: Loss, x: np.ndarray) -> bool:
    """Whether `grad` is ∂L/∂x, as far as finite differences can tell: seven digits."""
    return grad.shape == x.shape and np.allclose(
        grad, numeric_gradient(loss, x), rtol=1e-7, atol=1e-8
    )
