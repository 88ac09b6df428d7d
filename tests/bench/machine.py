"""On what the figures were taken: without it no time means anything."""

import os
import platform
import shutil
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_info

PROJECT = Path(__file__).parents[2]
PACKAGES = ("numpy", "torch", "transformers", "streamlit", "playwright")


def facts() -> dict[str, Any]:
    """Taken before the first measurement: the load average is that of whatever else is running."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "load average at start": ", ".join(f"{load:.2f}" for load in os.getloadavg()),
        "system": platform.platform(),
        "python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
        "BLAS": _blas(),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "not set"),
        "browser": _said(shutil.which("chromium") or shutil.which("google-chrome"), "--version"),
    }


def _said(*command: str | None) -> str:
    """What a program prints; "unknown" where it isn't there."""
    words = [word for word in command if word]
    try:
        return subprocess.run(
            words, check=False, capture_output=True, text=True, cwd=PROJECT
        ).stdout.strip()
    except OSError:
        return "unknown"


def _commit() -> str:
    changed = " with changes that are not committed" if _said("git", "status", "--short") else ""
    return f"{_said('git', 'rev-parse', '--short', 'HEAD') or 'unknown'}{changed}"


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor() or platform.machine()
    lines = info.read_text().splitlines()
    found = dict(line.split(":", 1) for line in reversed(lines) if ":" in line)
    return {name.strip(): value.strip() for name, value in found.items()}.get("model name", "?")


def _blas() -> str:
    import numpy  # noqa: F401  # it must be there for threadpoolctl to see what it runs on

    return ", ".join(
        f"{each['internal_api']} {each['version']}, {each['num_threads']} threads"
        for each in threadpool_info()
    )
