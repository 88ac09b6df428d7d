"""The resident memory of a process, as Linux tells it."""

from pathlib import Path
from typing import Literal


def resident_mb(field: Literal["VmRSS", "VmHWM"], pid: int | str = "self") -> float:
    """VmRSS (now) or VmHWM (its peak) in megabytes. Not getrusage's `ru_maxrss`, which begins at the parent's."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError(f"/proc/{pid}/status says nothing of {field}")
