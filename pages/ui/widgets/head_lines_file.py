"""One self-contained HTML file of the line view: to keep, to hand in, to open without this app or a network.

It is not a second implementation: page and file run the same script. In the file the weights of
every query are at hand, in 16-bit steps, so that any query can be chosen.
"""

import html
import json
import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from attention_core.visible import visible, visible_throughout
from pages.ui.widgets.head_lines import HTML, SCRIPTS, STYLES, lines_payload
from pages.ui.widgets.packing import STEPS, text
from pages.ui.widgets.sources import script, style

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
    payload = lines_payload(
        weights,
        heads=heads,
        queries=queries,
        keys=keys,
        label=label,
        q_pos=q_pos,
        k_pos=None,
        blocked=blocked,
        floor=0.0,
    )
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
