"""All heads of a layer as small pictures; a click chooses one.

Thumbnails are for recognising a pattern, not for reading values: 8 bits a weight, and sentences
of more than 96 tokens are max-pooled so that a lone strong weight stays visible.
"""

import base64
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import streamlit as st

_ASSETS = Path(__file__).parent / "assets"
_component = st.components.v2.component(
    "head_grid",
    html='\n<div class="heads" role="group"></div>\n<!-- filled by head_grid.js -->\n',
    css=(_ASSETS / "head_grid.css").read_text(),
    js="".join((_ASSETS / f"{name}.js").read_text() for name in ("palette", "head_grid")),
)
_LARGEST = 96  # pixels of a thumbnail; it is shown about 60 wide
_LEVELS = 254  # 8-bit steps from 0 to 1; 255 means blocked


def head_grid(
    weights: np.ndarray,
    *,
    key: str,
    selected: int,
    label: str,
    on_pick: Callable[[int], None],
    blocked: np.ndarray | None = None,
    titles: Sequence[str] | None = None,
) -> None:
    """Show `weights` (n_heads, n_q, n_k) as thumbnails that wrap, the `selected` head outlined.

    A click, or Enter on a focused thumbnail, calls `on_pick(head)` before the page reruns.
    `blocked` (n_q, n_k), True = not allowed, is the same for all heads. `titles` says a few words
    about each head, shown on hover and read by screen readers.
    """
    weights = np.asarray(weights, dtype=float)
    if weights.ndim != 3:
        raise ValueError(f"weights {weights.shape} must be (n_heads, n_q, n_k)")
    n_heads, n_q, n_k = weights.shape
    if titles is not None and len(titles) != n_heads:
        raise ValueError(f"{len(titles)} titles for {n_heads} heads")
    hidden = np.zeros((n_q, n_k), dtype=bool) if blocked is None else np.asarray(blocked, bool)
    if hidden.shape != (n_q, n_k):
        raise ValueError(f"blocked {hidden.shape} does not fit weights {weights.shape}")
    small = _pool(np.where(hidden, -1.0, np.nan_to_num(weights).clip(0, 1)))
    levels = np.where(small < 0, _LEVELS + 1, np.rint(small * _LEVELS)).astype(np.uint8)
    data = {
        "weights": base64.b64encode(levels.tobytes()).decode(),
        "shape": levels.shape,
        "selected": selected,
        "label": label,
        "titles": [str(title) for title in titles or [""] * n_heads],
    }

    def picked() -> None:
        head = st.session_state[key].pick
        if 0 <= head < n_heads:
            on_pick(head)

    _component(key=key, data=data, on_pick_change=picked)


def _pool(weights: np.ndarray) -> np.ndarray:
    """The largest weight of each block, so that no side has more than 96; −1 is blocked."""
    n_heads, n_q, n_k = weights.shape
    by_q, by_k = -(-n_q // _LARGEST), -(-n_k // _LARGEST)
    rows, columns = -(-n_q // by_q), -(-n_k // by_k)
    filled = np.full((n_heads, rows * by_q, columns * by_k), -1.0)
    filled[:, :n_q, :n_k] = weights
    return filled.reshape(n_heads, rows, by_q, columns, by_k).max(axis=(2, 4))
