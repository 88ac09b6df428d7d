"""Peak memory of attention, in processes of their own: `python -m tests.bench.peak WAY TIMES N …` prints it as JSON.

In megabytes, for each length a list with one number for each repetition: the peak of the resident memory during the
call minus what was there before. Each repetition is a fresh child of a process that has imported what it needs, so
that no call finds memory which another has left. Linux only: other systems have no /proc.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence

from tests.bench.resident import resident_mb
from tests.bench.timing import threads
from tests.bench.ways import WAYS, tensors


def peaks_mb(way: str, times: int, lengths: Sequence[int]) -> dict[int, list[float]]:
    """Of each length, measured in a process that begins anew."""
    command = [sys.executable, "-m", "tests.bench.peak", way, str(times), *map(str, lengths)]
    return {int(n): found for n, found in json.loads(subprocess.check_output(command)).items()}


def _peak_in_a_child(way: str, n_tokens: int) -> float:
    """Fork, compute, and hear through a pipe what it took."""
    q, k, v = tensors(way, n_tokens)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        before = resident_mb("VmRSS")
        WAYS[way](q, k, v)
        os.write(writing, str(resident_mb("VmHWM") - before).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return float(told)


if __name__ == "__main__":
    name, repetitions, *sizes = sys.argv[1], *map(int, sys.argv[2:])
    with threads(1):
        WAYS[name](*tensors(name, 16))  # what a library sets up once is not the call's
        found = {n: [_peak_in_a_child(name, n) for _ in range(repetitions)] for n in sizes}
    print(json.dumps(found))
