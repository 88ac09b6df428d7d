"""What the stepper follows and what one step consists of, with the way their arithmetic is written."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attention_core.attention import AttentionTrace
from attention_core.heads import MultiHeadTrace
from attention_core.toy.scenario import Scenario
from pages.ui.widgets.matrix import Role
from pages.ui.widgets.wording import number


@dataclass(frozen=True)
class Flow:
    """One head of the toy from end to end, and the query, key and dimension that the reader follows."""

    scenario: Scenario
    layer: MultiHeadTrace
    trace: AttentionTrace  # of the head alone
    head: int
    q_pos: int
    k_pos: int
    dimension: int  # of embedding and output

    @property
    def in_head(self) -> int:
        """The dimension as the head counts it: each head has its share of them."""
        return self.dimension % self.trace.v.shape[-1]

    @property
    def column(self) -> int:
        """Which column of W_Q, W_K and W_V makes it."""
        return self.head * self.trace.v.shape[-1] + self.in_head

    def pair(self, name: str) -> float:
        """The chosen query's number for the chosen key in one of the trace's matrices."""
        return float(getattr(self.trace, name)[self.q_pos, self.k_pos])


@dataclass(frozen=True)
class Picture:
    """A matrix with a row for each token: keys and values have the chosen key's row marked, others the query's."""

    name: str  # what the source calls it
    values: np.ndarray
    role: Role = "diverging"
    columns: Sequence[str] | None = None  # names of dimensions; None: each column is a key
    marked: int = 0  # the column that is followed, where it is a dimension
    first: int = 0  # which of the model's dimensions the first column is
    reach: float | None = None  # the size that has the deepest colour; None: the largest there is


@dataclass(frozen=True)
class Step:
    """What a reader sees of one step."""

    says: str
    pictures: list[Picture]
    arithmetic: str


def products(a: np.ndarray, b: np.ndarray, colour_a: str, colour_b: str) -> str:
    """a₀ · b₀ + a₁ · b₁ + …, each factor in its colour; lines break only between the products."""
    return " + ".join(
        f"{_ink(i, colour_a)}\u00a0·\u00a0{_ink(j, colour_b)}" for i, j in zip(a, b, strict=True)
    )


def _ink(value: float, colour: str) -> str:
    return f":{colour}[{number(value)}]" if colour else number(value)
