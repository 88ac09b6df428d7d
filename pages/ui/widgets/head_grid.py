"""All heads of a layer as small pictures, or of all layers on one canvas; a click chooses one.

Thumbnails are for recognising a pattern, not for reading values: 8 bits a weight, and sentences
of more than 96 tokens are max-pooled so that a lone strong weight stays visible.
"""

import base64
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from attention_core.analysis.thumbnails import BLOCKED
from pages.ui.widgets.component import Component, mount, sent
from pages.ui.widgets.delivery import delivery
from pages.ui.widgets.figure import MATRIX
from pages.ui.widgets.packing import mask_of, pack_thumbnails, text
from pages.ui.widgets.takeaway import Numbers

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
) -> None:
    """Show `weights` (n_heads, n_q, n_k) as thumbnails that wrap, the `selected` head outlined.

    A click, or Enter on a focused thumbnail, calls `on_pick(head)` before the page reruns.
    `blocked` (n_q, n_k), True = not allowed, is the same for all heads.
    """
    weights = np.asarray(weights, dtype=float)
    if weights.ndim != 3:
        raise ValueError(f"weights {weights.shape} must be (n_heads, n_q, n_k)")
    mask = mask_of(blocked, weights.shape[1:])
    data = pack_thumbnails(weights, mask) | {"selected": selected, "label": label}

    def picked() -> None:
        head = sent(key, "pick")
        if 0 <= head < len(weights):
            on_pick(head)

    mount(HEAD_GRID, data, key=key, on_pick_change=picked)


def layer_grid(
    values: np.ndarray,
    *,
    key: str,
    layers: Sequence[int],
    name: str,
    texts: Sequence[Sequence[str]],
    high: float,
    high_text: str,
    label: str,
    on_pick: Callable[[int, int], None],
    even: str | None = None,
    selected: tuple[int, int] | None = None,
    pictures: Sequence[np.ndarray] | None = None,
    own_scale: bool = False,
    diverging: bool = False,
    out: Sequence[tuple[int, int]] = (),
    unknown: str | None = None,
    hint: str = "open the head",
    numbers: Numbers | None = None,
) -> None:
    """Show `values` (n_layers, n_heads) from paper (0) to violet (`high`), nan hatched, or `pictures` instead.

    `texts` are the values as they are read aloud after their `name`, `layers` the names of the rows, `even` what an even
    head gives, `high_text` the end of the scale. `pictures` are thumbnails, (n_heads, rows, columns) of
    shades for each layer; with `own_scale` each has a strongest colour of its own. `diverging` values run
    from ochre (−`high`) over paper to petrol. Heads that are `out` wear a cross. nan is plain where it is
    only `unknown`, and read so. A click, or Enter on the focused grid, calls `on_pick(row, head)` before
    the page reruns; the `hint` says what it does.
    """
    n_layers, n_heads = values.shape
    if len(layers) != n_layers or any(len(row) != n_heads for row in texts):
        raise ValueError(f"values {values.shape} need {len(layers)} layers and a text each")
    end = f"+{high_text}" if diverging else high_text
    if pictures:
        end = "its largest weight" if own_scale else "weight 1"
    data = {
        "values": text(values.astype("<f8")),
        "low": -high if diverging else 0.0,
        "high": high,
        "rows": [str(layer) for layer in layers],
        "columns": [str(head) for head in range(n_heads)],
        "rowTitle": "layer",
        "columnTitle": "head",
        "role": "diverging" if diverging else "weights",
        "cell": selected,
        "label": label,
        "decimals": 1,  # the texts are printed as they are
        "numbers": True,
        "pick": True,
        "texts": [list(row) for row in texts],
        "spoken": ["layer ", "head ", f"{name} "],
        "ends": [f"−{high_text}" if diverging else "0", end],
        "legend": _legend(values, pictures, even, out, unknown),
        "pictures": None if pictures is None else packed(pictures),
        "ownScale": own_scale,
        "out": [list(each) for each in out],
        "unknown": unknown is not None,
        "hint": hint,
    }

    def picked(at: Any) -> None:
        match at:
            case [int(row), int(head)] if 0 <= row < n_layers and 0 <= head < n_heads:
                on_pick(row, head)

    delivered, arrived = delivery(key, "pick", picked, layers)
    mount(MATRIX, data | delivered, key=key, numbers=numbers, on_pick_change=arrived)


def _legend(
    values: np.ndarray,
    pictures: Sequence[np.ndarray] | None,
    even: str | None,
    out: Sequence[tuple[int, int]],
    unknown: str | None,
) -> list[tuple[str | None, str]]:
    """What stands after the colours: the class of a swatch, if there is one, and its words."""
    shown: list[tuple[str | None, str]] = []
    if pictures is None and even is not None:
        shown.append((None, f"· a uniform head: {even}"))
    if out:
        shown.append(("out", "knocked out"))
    if pictures is not None and any((each == BLOCKED).any() for each in pictures):
        shown.append(("blocked", "blocked"))
    if pictures is None and np.isnan(values).any():
        shown.append(("unknown", unknown) if unknown else ("blocked", "no value"))
    return shown


def packed(pictures: Sequence[np.ndarray]) -> dict[str, object]:
    """Shades as deflated bytes: half of what a PNG of 256 greys takes, and no picture for a browser to alter."""
    if any(each.shape[1:] != pictures[0].shape[1:] for each in pictures):
        raise ValueError(f"pictures of different sizes: {[each.shape for each in pictures]}")
    shades = zlib.compress(b"".join(each.tobytes() for each in pictures), 9)
    return {
        "shades": base64.b64encode(shades).decode(),
        "heads": [len(each) for each in pictures],
        "size": list(pictures[0].shape[1:]),
        "blocked": BLOCKED,
    }
