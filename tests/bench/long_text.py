"""One attention of a long text in a process that does nothing else: `python -m tests.bench.long_text N`.

Prints its milliseconds and the peak memory of the whole process in megabytes as JSON. On one thread; torch is not imported.
"""

import json
import subprocess
import sys
import time

import numpy as np
from threadpoolctl import threadpool_limits

from attention_core.long_attention import attention_in_blocks
from tests.bench.resident import resident_mb


def long_text(n_tokens: int) -> tuple[float, float]:
    """Milliseconds and megabytes, of a process that begins anew."""
    command = [sys.executable, "-m", "tests.bench.long_text", str(n_tokens)]
    milliseconds, megabytes = json.loads(subprocess.check_output(command))
    return milliseconds, megabytes


if __name__ == "__main__":
    normal = np.random.default_rng(0).standard_normal
    q, k, v = (normal((12, int(sys.argv[1]), 64), dtype=np.float32) for _ in range(3))
    with threadpool_limits(1):
        begin = time.perf_counter()
        attention_in_blocks(q, k, v)
        print(json.dumps([1000 * (time.perf_counter() - begin), resident_mb("VmHWM")]))
