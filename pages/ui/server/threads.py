"""How many threads the server computes with: one in each pass, for each core can do a pass (attention_core/pretrained/turns.py).

With two, whose threads spin while they wait for each other, a pass takes ten times as long as soon as anything
else runs. A notebook that imports `attention_core` keeps its own threads: nothing there sets any.
"""

import os
from functools import cache

from threadpoolctl import threadpool_limits


@cache
def one_thread_a_pass() -> None:
    """From now on, unless the host says otherwise. Before torch is imported: `torch.set_num_threads` reaches no thread but its own."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    threadpool_limits(
        1, user_api="blas"
    )  # NumPy's, which is there: its threads and torch's would fight
