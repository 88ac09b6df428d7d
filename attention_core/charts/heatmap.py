"""A head's weights, or the difference of two heads', as a chart to take away: rows are queries, columns are keys."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from attention_core.charts.colours import BLOCKED, PAPER_TO_WEIGHTS

OCHRE_TO_PETROL = (  # zero is paper; on screen .streamlit/config.toml says the same
    "#6c3803", "#a15705", "#c88148", "#e5b28c", "#f8e5d7", "#ffffff",
    "#d8edf7", "#8cc8e3", "#3fa1c7", "#01789c", "#004f69",
)  # fmt: skip
MOST_CELLS = 65_536  # 256 × 256: beyond that a picture of rectangles is no longer one


def heatmap_frame(
    weights: Float[np.ndarray, "n_q n_k"],
    queries: Sequence[str],
    keys: Sequence[str],
    mask: Bool[np.ndarray, "n_q n_k"] | None = None,
) -> pd.DataFrame:
    """One row per cell: the query, the key, their weight, and whether the mask allows the pair.

    Raises ValueError unless every row and column has a label of its own: equal ones would be drawn as one.
    """
    labels = (len(set(queries)), len(set(keys)))
    if labels != weights.shape:
        raise ValueError(f"{weights.shape} weights need as many different labels, got {labels}")
    q_pos, k_pos = np.indices(weights.shape)
    allowed = np.ones(weights.shape, dtype=bool) if mask is None else mask
    return pd.DataFrame(
        {
            "query": np.array(queries, dtype=object)[q_pos.ravel()],
            "key": np.array(keys, dtype=object)[k_pos.ravel()],
            "weight": weights.ravel().astype(float),
            "allowed": allowed.ravel(),
        }
    )


def heatmap(frame: pd.DataFrame, title: str) -> alt.LayerChart | alt.FacetChart:
    """The chart of `heatmap_frame`: darker is more.

    Raises ValueError if the picture would have more cells than anyone could read.
    """
    scale = alt.Scale(domain=[0, 1], range=list(PAPER_TO_WEIGHTS), interpolate="rgb")
    return _cells(frame, title, "weight", scale, ".4f")


def difference_heatmap(frame: pd.DataFrame, title: str) -> alt.LayerChart | alt.FacetChart:
    """The chart of a `heatmap_frame` of differences: ochre below 0, paper at 0, petrol above, alike on both sides.

    Raises ValueError if the picture would have more cells than anyone could read.
    """
    reach = float(frame.loc[frame["allowed"], "weight"].abs().max()) if len(frame) else 0.0
    reach = reach if reach > 0 else 1.0
    # one place of the domain for each colour, so that the middle one is zero's
    domain = np.linspace(-reach, reach, len(OCHRE_TO_PETROL)).tolist()
    scale = alt.Scale(domain=domain, range=list(OCHRE_TO_PETROL), interpolate="rgb")
    return _cells(frame, title, "difference", scale, "+.4f")


def _cells(
    frame: pd.DataFrame, title: str, meaning: str, scale: alt.Scale, number_format: str
) -> alt.LayerChart | alt.FacetChart:
    if len(frame) > MOST_CELLS:
        raise ValueError(f"{len(frame):,} cells are too many for a picture: take the CSV instead")
    base = alt.Chart(alt.Data(values=frame.to_dict("records"))).encode(
        x=alt.X(
            "key:N",
            sort=list(dict.fromkeys(frame["key"])),  # else the first allowed key would come first
            title="key (offers)",
            axis=alt.Axis(labelAngle=-60, orient="top"),
        ),
        y=alt.Y("query:N", sort=list(dict.fromkeys(frame["query"])), title="query (asks)"),
    )
    weights = (
        base.transform_filter("datum.allowed")
        .mark_rect()
        .encode(
            color=alt.Color("weight:Q", title=meaning, scale=scale),
            tooltip=[
                "query:N",
                "key:N",
                alt.Tooltip("weight:Q", title=meaning, format=number_format),
            ],
        )
    )
    blocked = base.transform_filter("!datum.allowed").mark_rect(color=BLOCKED)
    return alt.layer(weights, blocked).properties(
        title=title, width=alt.Step(26), height=alt.Step(26)
    )
