"""What a section of the benchmark hands over: figures with all their raw values, and what could not be measured."""

import statistics
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Target:
    """What issue 6 asks: the ratio of a figure, or our own median, is at most this."""

    of: Literal["ratio", "ours"]
    at_most: float


@dataclass(frozen=True)
class Figure:
    """One measurement: all values of ours and, from the same run, of what it is held against."""

    section: str
    name: str
    unit: str  # ms, MB, kB
    ours: list[float]
    against: list[float]  # empty where nothing stands against it
    target: Target | None = None
    is_exact: bool = False  # a count that every repetition would give again

    @property
    def ours_median(self) -> float:
        return statistics.median(self.ours)

    @property
    def against_median(self) -> float | None:
        return statistics.median(self.against) if self.against else None

    @property
    def ratio(self) -> float | None:
        """Of the two medians."""
        return self.ours_median / self.against_median if self.against_median else None

    @property
    def is_held(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is None:
            return None
        value = self.ratio if self.target.of == "ratio" else self.ours_median
        if value is None:
            raise ValueError(f"{self.name}: a target on the ratio, but nothing to divide by")
        return value <= self.target.at_most


@dataclass(frozen=True)
class Missing:
    """A figure that should be here and is not, and why."""

    section: str
    name: str
    why: str


Result = Figure | Missing
