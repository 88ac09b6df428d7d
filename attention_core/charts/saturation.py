"""What ÷ √d repairs, for growing size d: the spread of the scores, and the largest weight of the softmax."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
from jaxtyping import Float

PLAIN, SCALED = "q·k as it is", "q·k ÷ √d"


def sizes_frame(
    d_heads: Sequence[int],
    plain: Float[np.ndarray, " n_sizes"],
    scaled: Float[np.ndarray, " n_sizes"],
    chosen: int | None = None,
) -> pd.DataFrame:
    """Two rows per size: what was measured without and with ÷ √d; whether it is the `chosen` size.

    Raises ValueError unless there are as many of each.
    """
    if not len(d_heads) == len(plain) == len(scaled):
        raise ValueError(f"{len(d_heads)} sizes, but {len(plain)} and {len(scaled)} values")
    sizes = np.tile(np.array(d_heads, dtype=np.int16), 2)
    return pd.DataFrame(
        {
            "d": sizes,
            "scores": np.repeat([PLAIN, SCALED], len(d_heads)),
            "value": np.concatenate([plain, scaled]).astype(float),
            "chosen": sizes == chosen,
        }
    )


def spread() -> alt.LayerChart | alt.FacetChart:
    """Dots for the measured variances, lines for what is to be expected: d, and 1. Data is shipped apart."""
    y = alt.Y(
        "value:Q",
        title="variance",
        scale=alt.Scale(type="log", base=2),
        axis=alt.Axis(tickCount=6, format="d"),
    )
    expected = (
        _base()
        .transform_calculate(expected=f"datum.scores == '{PLAIN}' ? datum.d : 1")
        .mark_line(strokeDash=[4, 4], strokeWidth=1.5)
        .encode(y="expected:Q")
    )
    return _layered(expected, _dots(y), title="How widely the scores spread")


def sharpness() -> alt.LayerChart | alt.FacetChart:
    """The largest weight of a row: towards 1 the softmax is all or nothing. Data is shipped apart."""
    y = alt.Y("value:Q", title="largest weight", scale=alt.Scale(domain=[0, 1]))
    line = _base().mark_line(strokeWidth=2).encode(y=y)
    return _layered(line, _dots(y), title="How much the strongest key takes")


def _base() -> alt.Chart:
    return alt.Chart().encode(
        x=alt.X(
            "d:Q",
            title="d, how many numbers a vector has",
            scale=alt.Scale(type="log", base=2, nice=False),
            axis=alt.Axis(values=[2**n for n in range(1, 13)], format="d"),
        ),
        color=alt.Color(
            "scores:N",
            title=None,
            # the theme's colours in their order, of which the violet and the last are meant
            scale=alt.Scale(domain=["query", "key", "value", SCALED, "output", PLAIN]),
            legend=alt.Legend(values=[PLAIN, SCALED], orient="bottom"),
        ),
    )


def _dots(y: alt.Y) -> alt.Chart:
    return (
        _base()
        .mark_circle(opacity=1)
        .encode(
            y=y,
            size=alt.condition("datum.chosen", alt.value(220), alt.value(55)),
            tooltip=[
                alt.Tooltip("d:Q"),
                alt.Tooltip("scores:N"),
                alt.Tooltip("value:Q", format=".3f"),
            ],
        )
    )


def _layered(*layers: alt.Chart, title: str) -> alt.LayerChart | alt.FacetChart:
    return alt.layer(*layers, data=alt.NamedData("sizes")).properties(title=title)
