"""One number through the layers of a model, in two sentences: a line for each. Its data is shipped apart."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
from jaxtyping import Float

FIRST, SECOND = "first sentence", "second sentence"
BETWEEN, OTHERS = "its two vectors", "with the other words"


def layers_frame(
    lines: Sequence[Float[np.ndarray, " n_states"]], names: Sequence[str] = (FIRST, SECOND)
) -> pd.DataFrame:
    """One row per line and state: how many layers it has passed, whose line it is, the number.

    Raises ValueError unless there is a name for each line and all lines are equally long.
    """
    if len(lines) != len(names) or len({len(line) for line in lines}) > 1:
        raise ValueError(f"{len(names)} names for lines of {[len(line) for line in lines]} states")
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "layers": np.arange(len(line), dtype=np.int16),
                    "line": name,
                    "value": line.astype(float),
                }
            )
            for line, name in zip(lines, names, strict=True)
        ],
        ignore_index=True,
    )


def cosine_between() -> alt.LayerChart | alt.FacetChart:
    """Cosines of a word with itself elsewhere, and with others: up to 1, below 0 only as far as they go."""
    return _lines("cosine", alt.Scale(domainMax=1, zero=True), [BETWEEN, OTHERS])


def cosines() -> alt.LayerChart | alt.FacetChart:
    """Cosines in the two sentences."""
    return _lines("cosine", alt.Scale(domainMax=1, zero=True), [SECOND, FIRST])


def probabilities() -> alt.LayerChart | alt.FacetChart:
    """Probabilities in the two sentences: from 0 to the largest."""
    return _lines("probability", alt.Scale(zero=True), [SECOND, FIRST])


def _lines(title: str, scale: alt.Scale, names: list[str]) -> alt.LayerChart | alt.FacetChart:
    base = alt.Chart().encode(
        x=alt.X(
            "layers:Q",
            title="layers passed",
            scale=alt.Scale(nice=False),
            axis=alt.Axis(format="d", tickMinStep=1),
        ),
        y=alt.Y("value:Q", title=title, scale=scale),
        color=alt.Color(
            "line:N",
            title=None,
            # the theme's colours in their order, of which output's and the last are meant
            scale=alt.Scale(domain=["query", "key", "value", "weights", *names]),
            legend=alt.Legend(values=names, orient="bottom", symbolStrokeWidth=0),
        ),
    )
    line = base.mark_line(strokeWidth=2).encode(
        strokeDash=alt.StrokeDash(
            "line:N", scale=alt.Scale(domain=names, range=[[1, 0], [5, 3]]), legend=None
        )
    )
    dots = base.mark_circle(opacity=1, size=45).encode(
        tooltip=[
            alt.Tooltip("layers:Q", title="layers passed"),
            alt.Tooltip("line:N", title="in"),
            alt.Tooltip("value:Q", format=".4f", title=title),
        ]
    )
    return alt.layer(line, dots, data=alt.NamedData("layers"))
