"""How numbers travel to the components in the browser: as base64 in JSON, small and exact enough.

Pure functions of arrays; nothing here draws. JSON rather than raw bytes, because Streamlit leaves
a component alone in the browser when its JSON text has not changed.
"""

import base64

import numpy as np

EXACT_CELLS = 1024  # up to here numbers travel as float64, so every digit equals Python's
STEPS = 65534  # above, as 16-bit steps from least to largest; 65535 means blocked
LARGEST = 96  # pixels of a thumbnail; it is shown about 60 wide
SHADES = 254  # 8-bit steps of a thumbnail from 0 to 1; 255 means blocked


def mask_of(blocked: np.ndarray | None, shape: tuple[int, ...]) -> np.ndarray:
    """Which cells are blocked, none if nothing is said. Raises ValueError where it does not fit."""
    mask = np.zeros(shape, dtype=bool) if blocked is None else np.asarray(blocked, dtype=bool)
    if mask.shape != shape:
        raise ValueError(f"blocked {mask.shape} does not fit {shape}")
    return mask


def limits(
    seen: np.ndarray, signed: bool, low: float | None, high: float | None
) -> tuple[float, float]:
    """The values drawn in the first and in the last colour: 0…1, or ±max|v| when `signed`."""
    reach = (float(np.abs(seen).max(initial=0.0)) or 1.0) if signed else 1.0
    start = low if low is not None else (-reach if signed else 0.0)
    end = high if high is not None else reach
    if not start < end:
        raise ValueError(f"low {start} must be below high {end}")
    return float(start), float(end)


def pack(values: np.ndarray, blocked: np.ndarray, exact: bool = False) -> dict[str, object]:
    """The numbers row by row: exact when few or asked for (NaN = blocked), 2 bytes each when many."""
    if exact or values.size <= EXACT_CELLS:
        return {"values": text(np.where(blocked, np.nan, values).astype("<f8")), "range": None}
    seen = values[~blocked]
    start, end = (float(seen.min()), float(seen.max())) if seen.size else (0.0, 0.0)
    steps = (np.where(blocked, start, values) - start) * (STEPS / ((end - start) or 1.0))
    packed = np.where(blocked, STEPS + 1, np.rint(steps)).astype("<u2")
    return {"values": text(packed), "range": [start, end]}


def pack_thumbnails(weights: np.ndarray, blocked: np.ndarray) -> dict[str, object]:
    """(n_heads, n_q, n_k) weights as bytes, max-pooled to at most 96 × 96 cells.

    A block of cells shows its largest weight, and is blocked only where all of it is.
    """
    n_heads, n_q, n_k = weights.shape
    by_q, by_k = -(-n_q // LARGEST), -(-n_k // LARGEST)
    rows, columns = -(-n_q // by_q), -(-n_k // by_k)
    filled = np.zeros((n_heads, rows * by_q, columns * by_k), dtype=np.uint8)  # 0: blocked
    shades = np.nan_to_num(weights.astype(np.float32)).clip(0, 1) * SHADES + 1.5
    filled[:, :n_q, :n_k] = np.where(blocked, 0, shades)
    tall = np.maximum.reduce([filled[:, i::by_q] for i in range(by_q)])
    small = np.maximum.reduce([tall[:, :, i::by_k] for i in range(by_k)])
    wrapped = small - np.uint8(1)  # 0, blocked, becomes 255
    return {"weights": text(wrapped), "shape": list(wrapped.shape)}


def text(array: np.ndarray) -> str:
    """The bytes of an array as base64, to travel in JSON."""
    return base64.b64encode(array.tobytes()).decode()
