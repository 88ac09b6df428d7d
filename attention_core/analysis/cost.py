"""What attention costs on this machine, at growing length: time and memory, measured in a process of its own.

`python -m attention_core.analysis.cost` measures and prints JSON; `measure` runs that and reads it. Apart
from the caller, because memory is counted for a whole process, and because a server has other readers.
"""

import json
import os
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np

from attention_core.attention import attention
from attention_core.long_attention import attention_in_blocks

PROJECT = Path(__file__).resolve().parents[2]
WHOLE, BLOCKS = "all n × n at once", "in blocks"  # as the charts call them
LENGTHS = (128, 256, 512, 1024, 2048, 4096)
LONGEST_WHOLE = 2048  # beyond, all matrices of one head would take more than a small server has
D_HEAD, TIMES = 64, 5
PATIENCE = 60  # seconds, after which a machine is too busy to measure on
# one thread each, so that lengths and ways can be compared
ALONE = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Cost:
    """One head of `D_HEAD` dimensions on `n_tokens` tokens, in float32."""

    way: str  # WHOLE or BLOCKS
    n_tokens: int
    seconds: float  # the median of `TIMES` runs
    peak_bytes: int  # the most that was held at once beside q, k and v


def measure() -> tuple[Cost, ...]:
    """All lengths, both ways, measured now. Raises RuntimeError in words if that takes too long or fails."""
    command = [sys.executable, "-m", "attention_core.analysis.cost"]
    try:
        done = subprocess.run(
            command, cwd=PROJECT, env={**os.environ, **ALONE}, capture_output=True,
            timeout=PATIENCE, check=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"this machine is too busy: no figures after {PATIENCE} s") from error
    except subprocess.CalledProcessError as error:
        raise RuntimeError(f"measuring ended with code {error.returncode}") from error
    return tuple(Cost(**cost) for cost in json.loads(done.stdout))


def matrix_bytes(n_tokens: int, n_heads: int = 1, itemsize: int = 4) -> int:
    """n² numbers for each head: what one matrix of scores or weights takes."""
    return n_tokens**2 * n_heads * itemsize


@dataclass(frozen=True)
class Growth:
    """What one way takes at the longest text that was measured both ways, against a quarter of it."""

    shorter: Cost
    longer: Cost

    @property
    def memory(self) -> float:
        return self.longer.peak_bytes / self.shorter.peak_bytes

    @property
    def time(self) -> float:
        return self.longer.seconds / self.shorter.seconds


def growth(costs: Sequence[Cost], way: str) -> Growth:
    """The last two doublings of the length: one alone could drown in what else the machine does."""
    longest = max(cost.n_tokens for cost in costs if cost.way == WHOLE)
    shorter, longer = (
        next(cost for cost in costs if (cost.way, cost.n_tokens) == (way, n))
        for n in (longest // 4, longest)
    )
    return Growth(shorter, longer)


def costs(lengths: tuple[int, ...] = LENGTHS) -> list[Cost]:
    """Both ways at each length, in this very process."""
    found = []
    for n_tokens in lengths:
        rng = np.random.default_rng(n_tokens)
        q, k, v = (rng.standard_normal((n_tokens, D_HEAD), dtype=np.float32) for _ in range(3))
        for way, function in ((WHOLE, attention), (BLOCKS, attention_in_blocks)):
            if way == BLOCKS or n_tokens <= LONGEST_WHOLE:
                run = partial(function, q, k, v)
                found.append(Cost(way, n_tokens, _seconds(run), _peak_bytes(run)))
    return found


def _seconds(run: Callable[[], object]) -> float:
    return statistics.median(_once(run) for _ in range(TIMES))


def _once(run: Callable[[], object]) -> float:
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def _peak_bytes(run: Callable[[], object]) -> int:
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


if __name__ == "__main__":
    print(json.dumps([asdict(cost) for cost in costs()]))
