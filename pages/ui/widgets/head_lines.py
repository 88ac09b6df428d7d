"""Attention as lines between two columns of tokens: what each query asks, and of which keys.

Like BertViz's head view (Vig 2019), drawn in the browser (head_lines.js), for one head or several.
It keeps no state: what is chosen comes in as arguments, and a pick only calls `on_pick`.
`head_lines_file` makes the same view as a file to take away.
"""

from collections.abc import Callable, Sequence

import numpy as np

from pages.ui.widgets.component import Component, mount, sent
from pages.ui.widgets.packing import SHADES, text
from pages.ui.widgets.takeaway import Numbers

MOST_LINES = 40  # per query and head: further weights are at most 1/41, too faint to tell apart
FAINTEST = 0.5 / SHADES  # a weight below rounds to none of the 254 shades

HTML = """
<figure>
  <div class="shown" role="group"></div>
  <div class="titles"><b class="asks"></b><b class="offers"></b></div>
  <div class="stage"><div class="long">
    <canvas role="img"></canvas>
    <div class="side asks" role="listbox"></div>
    <div class="side offers" role="listbox"></div>
  </div></div>
  <figcaption>
    <div class="reading" role="status" aria-live="polite"></div>
    <div class="note"></div>
  </figcaption>
</figure>
"""
STYLES = ("base", "head_lines")
SCRIPTS = ("base", "palette", "head_lines_draw", "head_lines")
HEAD_LINES = Component("head_lines", HTML, css=STYLES, js=SCRIPTS)


def head_lines(
    weights: np.ndarray,
    *,
    key: str,
    heads: Sequence[int],
    queries: Sequence[str],
    keys: Sequence[str],
    label: str,
    q_pos: int,
    on_pick: Callable[[int, int | None], None],
    k_pos: int | None = None,
    blocked: np.ndarray | None = None,
    floor: float = 0.0,
    numbers: Numbers | None = None,
) -> None:
    """Show `weights` (n_heads, n_q, n_k) of the numbered `heads` as lines from queries to keys.

    The lines of query `q_pos` are strong, the others faint; pointing at a token leaves only its
    lines. A click or Enter calls `on_pick(q, None)` on a query and `on_pick(q_pos, k)` on a key,
    before the page reruns. Weights below `floor`, and beyond a query's 40 largest, have no line;
    the caption counts them. `blocked` (n_q, n_k), True = not allowed, is the same for all heads.
    `label` is the text read in place of the picture.
    """
    data = lines_payload(
        weights,
        heads=heads,
        queries=queries,
        keys=keys,
        label=label,
        q_pos=q_pos,
        k_pos=k_pos,
        blocked=blocked,
        floor=floor,
    )

    def picked() -> None:
        q, k = sent(key, "pick")
        if 0 <= q < len(queries) and (k is None or 0 <= k < len(keys)):
            on_pick(q, k)

    mount(HEAD_LINES, data, key=key, numbers=numbers, on_pick_change=picked)


def lines_payload(
    weights: np.ndarray,
    *,
    heads: Sequence[int],
    queries: Sequence[str],
    keys: Sequence[str],
    label: str,
    q_pos: int,
    k_pos: int | None,
    blocked: np.ndarray | None,
    floor: float,
) -> dict[str, object]:
    """All that the view needs: the lines in 8 bits, and the weights of the chosen query exactly.

    Raises ValueError naming the sizes that do not fit.
    """
    weights = np.asarray(weights, dtype=float)
    shape = (len(heads), len(queries), len(keys))
    if weights.shape != shape or not all(shape):
        raise ValueError(
            f"weights {weights.shape} need {shape[0]} heads, {shape[1]} queries and {shape[2]} keys"
        )
    if len(set(heads)) != len(heads):
        raise ValueError(f"heads {list(heads)} must differ")
    if not 0 <= q_pos < shape[1] or not (k_pos is None or 0 <= k_pos < shape[2]):
        raise ValueError(f"query {q_pos} and key {k_pos} are not among {shape[1]} and {shape[2]}")
    hidden = np.zeros(shape[1:], dtype=bool) if blocked is None else np.asarray(blocked, dtype=bool)
    if hidden.shape != shape[1:]:
        raise ValueError(f"blocked {hidden.shape} does not fit weights {weights.shape}")
    allowed = weights[:, ~hidden]
    if (
        not np.isfinite(allowed).all()
        or allowed.min(initial=0) < 0
        or allowed.max(initial=0) > 1.001
    ):
        raise ValueError("weights must be numbers from 0 to 1")
    return pack_lines(weights, hidden, floor) | {
        "exact": text(np.where(hidden[q_pos], np.nan, weights[:, q_pos]).astype("<f8")),
        "heads": [int(head) for head in heads],
        "slots": colour_slots(heads),
        "queries": [str(token) for token in queries],
        "keys": [str(token) for token in keys],
        "label": label,
        "q": int(q_pos),
        "k": None if k_pos is None else int(k_pos),
    }


def pack_lines(weights: np.ndarray, blocked: np.ndarray, floor: float) -> dict[str, object]:
    """The lines to draw from (n_heads, n_q, n_k) weights: of each query the keys of its largest
    weights and their shades, 1…254; shade 0 means no line.

    `drawn` counts the lines of each head, `mass` sums their weights, and `total` all its weights.
    """
    n_k = weights.shape[2]
    weights = np.where(blocked, 0.0, weights)
    width, least = min(MOST_LINES, n_k), max(floor, FAINTEST)
    largest = np.argpartition(weights, n_k - width, axis=2)[:, :, n_k - width :]
    kept = np.take_along_axis(weights, largest, axis=2)
    line = kept >= least
    shades = np.where(line, np.rint(kept * SHADES).clip(1, SHADES), 0).astype(np.uint8)
    return {
        "ends": text(largest.astype(np.uint8 if n_k <= 256 else "<u2")),
        "shades": text(shades),
        "width": width,
        "least": least,
        "allowed": int((~blocked).sum()),
        "drawn": line.sum(axis=(1, 2)).tolist(),
        "mass": np.where(line, kept, 0).sum(axis=(1, 2)).tolist(),
        "total": weights.sum(axis=(1, 2)).tolist(),
    }


def colour_slots(heads: Sequence[int]) -> list[list[int]]:
    """[slot, number of slots] of each head: its number where free, so that a head keeps its colour."""
    n_slots = max(12, len(heads))
    free = list(range(n_slots))
    slots = []
    for head in heads:
        slot = min(free, key=lambda slot: (slot - head) % n_slots)
        free.remove(slot)
        slots.append([slot, n_slots])
    return slots
