"""From what the readers noted to figures: times of each kind of step, memory over the minutes, and whether the targets hold."""

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.load.lesson import EDIT, KINDS, Step

EDITS_WITHIN = 1.5  # seconds, of 95 in 100 toy edits
VIEWS_WITHIN = 3.0  # … of everything that waits for the model
FLAT = 0.05  # that memory may grow by from the second third of the lesson to the last


@dataclass(frozen=True)
class Times:
    """Of one kind of step, in seconds; 0 where there was none."""

    count: int
    errors: int
    median: float
    p95: float
    longest: float


@dataclass(frozen=True)
class Sample:
    """What the server was at one moment of the lesson."""

    at: float  # seconds since it began
    megabytes: float
    passes: int
    cpu: float  # seconds of computing since its start


def times(steps: Sequence[Step]) -> Times:
    seconds = sorted(step.seconds for step in steps) or [0.0]
    p95 = seconds[max(0, math.ceil(0.95 * len(seconds)) - 1)]
    n_errors = sum(bool(step.error) for step in steps)
    return Times(len(steps), n_errors, statistics.median(seconds), p95, seconds[-1])


def by_kind(steps: Sequence[Step]) -> dict[str, Times]:
    """Each kind, then all that waits for the model, then everything."""
    found = {kind: times([step for step in steps if step.kind == kind]) for kind in KINDS}
    views = [step for step in steps if step.kind != EDIT]
    return found | {"all model views": times(views), "everything": times(steps)}


def growth(samples: Sequence[Sample], seconds: float) -> float:
    """By what share the mean memory of the last third of the lesson exceeds that of the second."""
    second, last = (
        [s.megabytes for s in samples if third * seconds <= 3 * s.at < (third + 1) * seconds]
        for third in (1, 2)
    )
    return statistics.mean(last) / statistics.mean(second) - 1


def errors(steps: Sequence[Step]) -> Counter[str]:
    return Counter(f"{step.kind}: {step.error}"[:300] for step in steps if step.error)


def near(samples: Sequence[Sample], at: float) -> Sample:
    return min(samples, key=lambda sample: abs(sample.at - at))


def times_table(found: dict[str, Times]) -> str:
    lines = ["| step | n | errors | median s | p95 s | max s |", "|---|--:|--:|--:|--:|--:|"]
    lines += [
        f"| {kind} | {t.count} | {t.errors} | {t.median:.2f} | {t.p95:.2f} | {t.longest:.2f} |"
        for kind, t in found.items()
    ]
    return "\n".join(lines)


def memory_table(moments: dict[str, Sample]) -> str:
    lines = ["| moment | memory MB | passes so far | CPU s so far |", "|---|--:|--:|--:|"]
    lines += [
        f"| {name} | {s.megabytes:.0f} | {s.passes} | {s.cpu:.0f} |" for name, s in moments.items()
    ]
    return "\n".join(lines)
