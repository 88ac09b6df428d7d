"""Every setting of the server process, each with the figure that justifies it. Streamlit's own are in .streamlit/config.toml.

A notebook that imports `attention_core` gets none of them.
"""

import ctypes
import gc
import os
import platform
from functools import cache

from threadpoolctl import threadpool_limits

# Models
HEAD_START = 3.0  # seconds for pages to paint before torch is imported, which slows them (make bench shows it)
MODEL_LOADERS = 4  # models that are read at a time
MOST_MODELS = 3  # in memory, the default one included

# Memory that a reader's click may take for some seconds
MOST_BYTES_IN_FLOAT64 = 4e9  # of a model's largest layer: beyond, a server would rather stop
MOST_BYTES_UNTRAINED = 1e9  # of random weights: beyond, a server would rather not make them

# Texts that are too long for a link (reader/page_link.py)
MOST_BYTES_OF_LINKS = 16_000_000  # together: 80 of the longest; the one used longest ago goes first

# Results of all readers (cache.py)
MOST_BYTES = 256_000_000  # two captures of SmolLM2's longest text, or hundreds of usual sentences
MOST_RESULTS = 2000  # of whatever size: readers' texts never end, and the list of them must

# Memory: glibc keeps freed blocks of up to 32 MB, in up to eight heaps a core, and a server whose threads
# come and go with every click fills them all
LARGE = 1 << 20  # bytes: from here on a block is the system's own, and goes back at once
SPARE = 16 * LARGE  # that a heap may keep at its end: small blocks come and go all the time
HEAPS = 2
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # the names of glibc's malloc.h


@cache
def apply_to_process() -> None:
    """From now on, once a process. Before torch is imported."""
    compute_with_one_thread()
    give_back_large_blocks()


def compute_with_one_thread() -> None:
    """One thread in each pass, unless the host says otherwise: each core can do a pass (attention_core/pretrained/turns.py).

    With two, whose threads spin while they wait for each other, a pass takes ten times as long as soon as
    anything else runs. `torch.set_num_threads` would reach no thread but its own.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # NumPy's, which is there: its threads and torch's would fight
    threadpool_limits(1, user_api="blas")


def give_back_large_blocks() -> bool:
    """Memory that is free again goes back to the system. Whether the C library listens: only glibc does."""
    libc = _glibc()
    settings = ((M_MMAP_THRESHOLD, LARGE), (M_TRIM_THRESHOLD, SPARE), (M_ARENA_MAX, HEAPS))
    return libc is not None and all(libc.mallopt(*each) for each in settings)


def give_back_all() -> None:
    """What is free now: worth a moment after a model was read or has gone."""
    libc = _glibc()
    if libc:
        libc.malloc_trim(0)


def tidy_after_loading() -> None:
    """Give back what reading a model took, and take what stays out of the garbage collector's sight.

    Streamlit collects after every run: 300 ms a click with torch's objects in sight, 20 ms without.
    """
    gc.collect()
    give_back_all()
    gc.freeze()


def _glibc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
