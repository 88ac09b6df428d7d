"""Attention as lines between two columns of tokens: what each query asks, and of which keys.

Like BertViz's head view (Vig 2019), drawn in the browser (head_lines.js), for one head or several.
It keeps no state: what is chosen comes in as arguments, and a pick only calls `on_pick`.
`head_lines_file` makes one HTML file of the same view: to keep, to hand in, to open without this app or a network.
Page and file run the same script. In the file the weights of every query are at hand, in 16-bit steps, so that any
query can be chosen.
"""

import html
import json
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from attention_core.visible import visible, visible_throughout
from pages.ui.widgets.component import Component, mount, sent
from pages.ui.widgets.packing import SHADES, STEPS, text
from pages.ui.widgets.sources import script, style
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
SCRIPTS = ("base", "palette", "head_lines")
THEME = tomllib.loads((Path(__file__).parents[3] / ".streamlit/config.toml").read_text())["theme"]
COLOURS = {  # names of the theme's options → names of the variables that components read
    option: "--st-" + "".join(f"-{c.lower()}" if c.isupper() else c for c in option)
    for option in THEME["light"]
    if option.endswith("Color")
}
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>{title}</title>
<style>
{css}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{shown}</p>
<noscript><p>The lines and the table are drawn by a script inside this file; scripts are switched off.</p></noscript>
<div id="view">{view}</div>
<h2 id="chosen"></h2>
<div class="rows" tabindex="0" aria-labelledby="chosen"><table></table></div>
<p class="note">{precision}</p>
</main>
<script type="application/json" id="data">{data}</script>
<script type="module">
{script}
</script>
</body>
</html>
"""
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
    data = lines_payload(weights, heads, queries, keys, label, q_pos, k_pos, blocked, floor)

    def picked() -> None:
        q, k = sent(key, "pick")
        if 0 <= q < len(queries) and (k is None or 0 <= k < len(keys)):
            on_pick(q, k)

    mount(HEAD_LINES, data, key=key, numbers=numbers, on_pick_change=picked)


def lines_payload(
    weights: np.ndarray,
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


def head_lines_file(
    weights: np.ndarray,
    *,
    heads: Sequence[int],
    queries: Sequence[str],
    keys: Sequence[str],
    title: str,
    q_pos: int = 0,
    blocked: np.ndarray | None = None,
) -> bytes:
    """The line view of `weights` (n_heads, n_q, n_k) as an HTML page, UTF-8, opened at query `q_pos`.

    A token can hold anything, `</script>` too: texts are escaped, and the page draws them as text.
    Raises ValueError naming the sizes that do not fit.
    """
    title = visible(title)
    label = f"{title}: lines from {len(queries)} queries to {len(keys)} keys."
    payload = lines_payload(weights, heads, queries, keys, label, q_pos, None, blocked, 0.0)
    data = visible_throughout(payload)
    del data["exact"]  # of one query; the file has the rows of all
    numbers = ", ".join(str(head) for head in heads)
    shown = (
        f"Attention weights of {'head' if len(heads) == 1 else 'heads'} {numbers}. Left: {len(queries)} "
        f"queries, the tokens that ask. Right: {len(keys)} keys, the tokens that offer. The thicker and "
        "darker a line, the larger the weight."
    )
    return PAGE.format(
        title=html.escape(title),
        css=_variables() + style(*STYLES, "head_lines_file"),
        shown=html.escape(shown),
        view=HTML,
        precision=(
            f"The weights in the table are stored in steps of 1/{STEPS}: what is shown is within "
            f"{0.5 / STEPS + 0.5e-4:.5f} of the weight. The lines are stored in 254 shades."
        ),
        data=_inscript(data | {"rows": text(pack_rows(np.asarray(weights, float), blocked))}),
        script=script(*SCRIPTS, "head_lines_file"),
    ).encode()


def pack_rows(weights: np.ndarray, blocked: np.ndarray | None) -> np.ndarray:
    """(n_heads, n_q, n_k) weights in 16-bit steps, at most 1/131068 away; 65535 where blocked."""
    hidden = np.zeros(weights.shape[1:], dtype=bool) if blocked is None else blocked
    steps = np.rint(np.where(hidden, 0.0, weights).clip(0, 1) * STEPS)
    return np.where(hidden, STEPS + 1, steps).astype("<u2")


def _inscript(data: dict[str, object]) -> str:
    """JSON that cannot end the script element it stands in: no `<` is left in it."""
    return json.dumps(data).replace("<", "\\u003c")


def _variables() -> str:
    """The app's own theme as CSS variables: light, and dark where the reader's system is dark."""

    def rules(mode: str) -> str:
        return "".join(f"{name}:{THEME[mode][option]};" for option, name in COLOURS.items())

    font = "--st-font:system-ui,sans-serif;"
    dark = f"@media (prefers-color-scheme:dark){{:root{{{rules('dark')}}}}}\n"
    return f":root{{{font}{rules('light')}}}\n{dark}"
