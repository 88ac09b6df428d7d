"""The products whose sum is one score: dimension by dimension, what the query and the key make together."""

import altair as alt
import numpy as np
import pandas as pd
from jaxtyping import Float


def products_frame(
    q: Float[np.ndarray, " d_head"], k: Float[np.ndarray, " d_head"]
) -> pd.DataFrame:
    """One row per dimension: q, k and q·k there. The last column sums to the score."""
    return pd.DataFrame(
        {
            "dimension": np.arange(len(q), dtype=np.int16),
            "q": q.astype(float),
            "k": k.astype(float),
            "product": (q * k).astype(float),
        }
    )


def products() -> alt.Chart:
    """Bars up where query and key agree, down where they disagree. Data is shipped apart, as `products_frame`."""
    return (
        alt.Chart(alt.NamedData("products"))
        .mark_bar()
        .encode(
            x=alt.X(
                "dimension:O",
                title="dimension of the head",
                axis=alt.Axis(labelAngle=0, labelOverlap=True),
            ),
            y=alt.Y("product:Q", title="q × k"),
            color=alt.Color("product:Q", scale=alt.Scale(domainMid=0), legend=None),
            tooltip=[
                alt.Tooltip("dimension:O"),
                alt.Tooltip("q:Q", format=".4f"),
                alt.Tooltip("k:Q", format=".4f"),
                alt.Tooltip("product:Q", format=".4f"),
            ],
        )
        .properties(height=180, title="The bars add up to the score")
    )
