"""How far two runs of a model are apart, layer by layer, on a scale of powers of ten. Its data is shipped apart."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd
from jaxtyping import Float

from attention_core.charts.colours import ROLE_COLOURS

OURS, WRONG = "our core", "a wrong core"
SINGLE, DOUBLE = "float32", "float64"
FLOOR = 1e-18  # where a difference of exactly 0 is drawn: it has no place among powers of ten
Line = tuple[str, str]  # whose core, in which precision


def rounding_frame(lines: Mapping[Line, Float[np.ndarray, " n_layers"]]) -> pd.DataFrame:
    """One row for each line and layer: the difference, and where it is drawn."""
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "layer": np.arange(len(values), dtype=np.int16),
                    "core": core,
                    "precision": precision,
                    "line": f"{core}, {precision}",
                    "difference": values.astype(float),
                    "drawn": np.maximum(values.astype(float), FLOOR),
                }
            )
            for (core, precision), values in lines.items()
        ],
        ignore_index=True,
    )


def rounding(normal: float, title: str, role: str) -> alt.LayerChart | alt.FacetChart:
    """Our core in the colour of `role`, a wrong one in ink; float64 dashed. The rule says what is `normal` in float32."""
    base = alt.Chart().encode(
        x=alt.X(
            "layer:Q",
            title="layer",
            scale=alt.Scale(nice=False),
            axis=alt.Axis(format="d", tickMinStep=1),
        ),
        y=alt.Y(
            "drawn:Q",
            title=title,
            scale=alt.Scale(type="log"),
            axis=alt.Axis(format=".0e", tickCount=6),
        ),
        color=alt.Color(
            "core:N",
            title=None,
            # the theme's colours in their order, of which the role's and the last are meant
            scale=alt.Scale(domain=[{role: OURS, "none": WRONG}.get(r, r) for r in ROLE_COLOURS]),
            legend=alt.Legend(values=[OURS, WRONG], orient="bottom", symbolStrokeWidth=0),
        ),
    )
    line = base.mark_line(strokeWidth=2).encode(
        detail="line:N",
        strokeDash=alt.StrokeDash(
            "precision:N",
            title=None,
            scale=alt.Scale(domain=[SINGLE, DOUBLE], range=[[1, 0], [6, 4]]),
            legend=None,  # two legends would not fit a phone; the page says which is which
        ),
    )
    dots = base.mark_circle(opacity=1, size=40).encode(
        tooltip=[
            alt.Tooltip("layer:Q"),
            alt.Tooltip("line:N", title="run"),
            alt.Tooltip("difference:Q", format=".1e", title=title),
        ]
    )
    rule = (
        alt.Chart()
        .transform_aggregate(n="count()")  # drawn once, not once for each difference
        .encode(y=alt.datum(normal), color=alt.datum(WRONG))
    )
    limit = rule.mark_rule(strokeWidth=1.5, strokeDash=[2, 3], aria=False)  # the text names it
    name = rule.mark_text(align="right", dx=-4, dy=10).encode(
        x=alt.value("width"), text=alt.datum("rounding in float32 stays below")
    )
    return alt.layer(limit, name, line, dots, data=alt.NamedData("rounding"))
