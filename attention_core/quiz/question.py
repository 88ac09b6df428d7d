"""What a question is: words, the tables it is decided from, the one right answer, and the reason.

All texts are markdown of ours; nothing in them was typed by a reader.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from attention_core.quiz.wording import fixed, number

Role = Literal["query", "key", "value", "weights", "output"]
TOLERANCE = 0.01  # a reader may round to two decimals on the way
NOISE = 1e-9  # of binary arithmetic: 0.1 + 0.2 is not quite 0.3


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers to show, exactly as many `decimals` as the reader needs. Raises ValueError if names don't fit."""

    title: str
    values: Float[np.ndarray, "n_rows n_columns"]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    role: Role | None = None  # whose colour it wears
    decimals: int = 0
    heatmap: bool = False  # coloured cells: rows ask, columns offer, unless `axes` says otherwise
    axes: tuple[str, str] = ("query (asks)", "key (offers)")

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.rows), len(self.columns)):
            raise ValueError(
                f"values {self.values.shape} need names for {len(self.rows)} rows "
                f"and {len(self.columns)} columns"
            )
        values = self.values.copy()
        values.setflags(write=False)
        object.__setattr__(self, "values", values)

    @property
    def texts(self) -> list[list[str]]:
        """The numbers as the reader sees them."""
        return [[fixed(value, self.decimals) for value in row] for row in self.values.tolist()]


@dataclass(frozen=True)
class Choice:
    """One of several options is right. An answer is its position."""

    options: tuple[str, ...]
    right: int

    @property
    def text(self) -> str:
        return self.options[self.right]

    def accepts(self, given: float | int) -> bool:
        return given == self.right


@dataclass(frozen=True)
class Number:
    """A number is right if it is near enough."""

    value: float
    tolerance: float = TOLERANCE

    @property
    def text(self) -> str:
        return number(self.value)

    @property
    def is_endless(self) -> bool:
        """Whether two decimals cannot write it, so that a reader must round: 1/3, but not 24 or 0.25."""
        return abs(self.value - round(self.value, 2)) > NOISE

    def accepts(self, given: float | int) -> bool:
        return abs(given - self.value) <= self.tolerance + NOISE


@dataclass(frozen=True, eq=False)
class Question:
    """One question. `kind` says in words what it practises, `lesson` is the address of the page that teaches it."""

    kind: str
    lesson: str
    prompt: str
    shown: tuple[Table, ...]
    answer: Choice | Number
    reason: str
