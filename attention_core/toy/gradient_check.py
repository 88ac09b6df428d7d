"""One gradient checked by trying: the loss with one number a little larger and a little smaller, beside the backward pass.

It reads the toy's loss and gradient; it trains nothing.
"""

from dataclasses import dataclass, replace

from attention_core.toy.learner import Parameters, gradients, read
from attention_core.toy.tasks import Sequences, Task

H = 1e-4  # larger bends the curve, smaller loses digits in the subtraction


@dataclass(frozen=True)
class Check:
    """The same ∂L/∂w twice: from two losses, and from the backward pass."""

    value: float  # w
    loss_above: float  # L(w + h)
    loss_below: float  # L(w − h)
    numeric: float  # (L(w + h) − L(w − h)) / 2h
    by_hand: float

    @property
    def relative(self) -> float:
        """|difference| / the larger of the two; 0 where both are 0."""
        largest = max(abs(self.numeric), abs(self.by_hand))
        return abs(self.numeric - self.by_hand) / largest if largest else 0.0


def check(
    parameters: Parameters,
    n_heads: int,
    task: Task,
    sequences: Sequences,
    table: str,
    cell: tuple[int, int],
) -> Check:
    """(L(w + h) − L(w − h)) / 2h for one cell of one table, and the gradient by hand of the same cell."""
    by_hand = gradients(parameters, n_heads, sequences, read(parameters, n_heads, task, sequences))

    def loss(change: float) -> float:
        matrix = getattr(parameters, table).copy()
        matrix[cell] += change
        return read(replace(parameters, **{table: matrix}), n_heads, task, sequences).loss

    above, below = loss(H), loss(-H)
    return Check(
        float(getattr(parameters, table)[cell]),
        above,
        below,
        (above - below) / (2 * H),
        float(getattr(by_hand, table)[cell]),
    )
