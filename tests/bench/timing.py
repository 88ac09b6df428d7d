"""How everything is timed: turn about, so that all meet the same moments of a busy machine."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import torch
from threadpoolctl import threadpool_limits


def milliseconds(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - begin)


def turn_about(times: int, *actions: Callable[[], object]) -> list[list[float]]:
    """Milliseconds of each action, so many times A B C A B C …, after one round that does not count."""
    return in_turn(times, *(partial(milliseconds, action) for action in actions))


def warm(action: Callable[[], object]) -> float:
    """Milliseconds of an action that has just been done, untimed, for 30 ms at least.

    torch's threads (GNU OpenMP's) wait for more work at full speed for 10 ms or so, and take half of two cores
    from whatever comes after torch; and a thread that was asleep is slow to begin.
    """
    begin = time.perf_counter()
    while time.perf_counter() - begin < 0.03:
        action()
    return milliseconds(action)


def in_turn(times: int, *measured: Callable[[], float]) -> list[list[float]]:
    """The same for what takes its own measure of itself."""
    for each in measured:
        each()
    gc.collect()
    rounds = [[each() for each in measured] for _ in range(times)]
    return [list(column) for column in zip(*rounds, strict=True)]


@contextmanager
def threads(n: int) -> Iterator[None]:
    """So many threads for torch. NumPy's BLAS has one, as in the app: the threads of both would wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        with threadpool_limits(1, user_api="blas"):
            yield
    finally:
        torch.set_num_threads(before)
