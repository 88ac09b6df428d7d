"""How long the toy takes to learn: the default task, on one core. Prints nothing by itself; `tests.bench` calls it."""

import statistics
import time

from threadpoolctl import threadpool_limits

from attention_core.toy.training import Settings, start, train

TIMES = 5


def training_ms(steps: int) -> float:
    """Median wall time of so many training steps of the default task, in milliseconds, BLAS on one thread."""
    begun = start(Settings())
    taken = []
    with threadpool_limits(1):
        train(begun, steps)  # does not count
        for _ in range(TIMES):
            begin = time.perf_counter()
            train(begun, steps)
            taken.append(time.perf_counter() - begin)
    return 1000 * statistics.median(taken)


if __name__ == "__main__":
    print(f"200 training steps of the default task: {training_ms(200):.0f} ms")
