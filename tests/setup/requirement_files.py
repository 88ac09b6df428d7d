"""The packages that a requirements file names."""

from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement

PROJECT = Path(__file__).parents[2]


def requirements(lines: Iterable[str]) -> list[Requirement]:
    """Every line's requirement; a comment begins at the line's start or after a space, as pip reads it."""
    stripped = (f" {line}".split(" #")[0].strip() for line in lines)
    return [Requirement(line) for line in stripped if line]
