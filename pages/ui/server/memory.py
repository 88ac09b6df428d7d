"""Memory that is free again goes back to the system, so that a class leaves the server as large as it found it.

glibc keeps freed blocks of up to 32 MB for itself, in up to eight heaps a core; a server whose threads come and go with
every click fills them all. It is told otherwise here. Other C libraries are left as they are.
"""

import ctypes
import platform

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # the names of glibc's malloc.h
LARGE = 1 << 20  # bytes: from here on a block is the system's own, and goes back at once
SPARE = 16 * LARGE  # that a heap may keep at its end: small blocks come and go all the time
HEAPS = 2


def _glibc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None


def give_back_large_blocks() -> bool:
    """From now on. Whether the C library listens."""
    libc = _glibc()
    said = ((M_MMAP_THRESHOLD, LARGE), (M_TRIM_THRESHOLD, SPARE), (M_ARENA_MAX, HEAPS))
    return libc is not None and all(libc.mallopt(*each) for each in said)


def give_back_all() -> None:
    """What is free now: worth a moment after a model was read or has gone."""
    libc = _glibc()
    if libc:
        libc.malloc_trim(0)
