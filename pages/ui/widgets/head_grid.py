"""All heads of a layer as small pictures; a click chooses one.

Thumbnails are for recognising a pattern, not for reading values: 8 bits a weight, and sentences
of more than 96 tokens are max-pooled so that a lone strong weight stays visible.
"""

from collections.abc import Callable, Sequence

import numpy as np

from pages.ui.widgets.component import Component, mount, sent
from pages.ui.widgets.packing import pack_thumbnails

HEAD_GRID = Component(
    "head_grid",
    '\n<div class="heads" role="group"></div>\n<!-- filled by head_grid.js -->\n',
    css=("head_grid",),
    js=("palette", "head_grid"),
)


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
    data = pack_thumbnails(weights, hidden) | {
        "selected": selected,
        "label": label,
        "titles": [str(title) for title in titles or [""] * n_heads],
    }

    def picked() -> None:
        head = sent(key, "pick")
        if 0 <= head < n_heads:
            on_pick(head)

    mount(HEAD_GRID, data, key=key, on_pick_change=picked)
