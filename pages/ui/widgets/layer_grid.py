"""All heads of all layers on one canvas, layers down, heads across: coloured by a number, or as thumbnails.

It draws in the browser (layer_grid.js) and keeps no state: the chosen head comes in, a pick calls `on_pick`.
"""

import base64
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from attention_core.analysis.thumbnails import BLOCKED
from pages.ui.widgets.component import Component, mount
from pages.ui.widgets.delivery import delivery
from pages.ui.widgets.packing import text
from pages.ui.widgets.sources import script, style
from pages.ui.widgets.takeaway import Numbers

LAYER_GRID = Component(
    "layer_grid",
    html="""
<figure>
  <div class="titles"><span>layer ↓</span><span>head →</span></div>
  <div class="stage"><canvas class="plot"></canvas><canvas class="pointer"></canvas></div>
  <figcaption>
    <div class="reading" role="status" aria-live="polite"></div>
    <div class="legend"></div>
  </figcaption>
</figure>
""",
    css=style("corner", "layer_grid"),
    js=script("corner", "palette", "delivery", "layer_grid_draw", "layer_grid"),
)


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
    data = {
        "values": text(values.astype("<f8")),
        "name": name,
        "texts": [list(row) for row in texts],
        "layers": [str(layer) for layer in layers],
        "nHeads": n_heads,
        "high": high,
        "highText": high_text,
        "even": even,
        "label": label,
        "selected": selected,
        "pictures": None if pictures is None else packed(pictures),
        "ownScale": own_scale,
        "diverging": diverging,
        "out": [list(each) for each in out],
        "unknown": unknown,
        "hint": hint,
    }

    def picked(at: Any) -> None:
        match at:
            case [int(row), int(head)] if 0 <= row < n_layers and 0 <= head < n_heads:
                on_pick(row, head)

    told, arrived = delivery(key, "pick", picked, layers)
    mount(LAYER_GRID, data | told, key=key, numbers=numbers, on_pick_change=arrived)


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
