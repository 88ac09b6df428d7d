"""What a notebook prints of an object that holds a whole run: names, sizes and shapes, no numbers."""

from dataclasses import fields
from typing import Any

import numpy as np

LONGEST = 60  # characters of one field


def short_repr(thing: Any) -> str:
    """A dataclass in a few lines: arrays as type and shape, long sequences as their length, all else cut."""
    parts = [f"{field.name}={_short(getattr(thing, field.name))}" for field in fields(thing)]
    return f"{type(thing).__name__}({', '.join(parts)})"


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{value.shape}"
    if isinstance(value, tuple | list | dict) and len(repr(value)) > LONGEST:
        return f"<{len(value)} in a {type(value).__name__}>"
    said = repr(value).replace("\n", " ")
    return said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"
