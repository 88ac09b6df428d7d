"""A matrix as a chart to take away: a head's weights, the difference of two heads', layers by heads."""

from collections.abc import Iterable, Sequence

import altair as alt
import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from attention_core.charts.colours import BLOCKED, PAPER_TO_WEIGHTS
from attention_core.visible import visible

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

    Where there is no number (nan), none can be drawn: such a cell is as one that is not allowed.
    Raises ValueError unless every row and column has a label of its own: equal ones would be drawn as one.
    """
    queries, keys = list(map(visible, queries)), list(map(visible, keys))
    labels = (len(set(queries)), len(set(keys)))
    if labels != weights.shape:
        raise ValueError(f"{weights.shape} weights need as many different labels, got {labels}")
    q_pos, k_pos = np.indices(weights.shape)
    known = np.isfinite(weights)
    allowed = known if mask is None else mask & known
    return pd.DataFrame(
        {
            "query": np.array(queries, dtype=object)[q_pos.ravel()],
            "key": np.array(keys, dtype=object)[k_pos.ravel()],
            "weight": np.where(known, weights, 0).ravel().astype(float),
            "allowed": allowed.ravel(),
        }
    )


def heatmap(
    values: Float[np.ndarray, "n_rows n_columns"],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    title: str,
    meaning: str = "weight",
    row_title: str = "query (asks)",
    column_title: str = "key (offers)",
    allowed: Bool[np.ndarray, "n_rows n_columns"] | None = None,
    high: float | None = None,
    signed: bool | None = None,
) -> alt.LayerChart | alt.FacetChart:
    """Weights, differences, or any matrix, as a chart. What is not `allowed`, or not finite, is blocked.

    Colours run from 0 to `high`, usually the largest value. `signed`, usually where a value is negative: alike on
    both sides of 0, ochre below, paper at 0, petrol above.
    Raises ValueError as `heatmap_frame`, and if there are more cells than anyone could read.
    """
    frame = heatmap_frame(values, rows, columns, allowed)
    axes, seen = (row_title, column_title), frame.loc[frame["allowed"], "weight"]
    if (seen < 0).any() if signed is None else signed:
        return _cells(frame, title, meaning, _both_sides(frame), "+.4f", axes)
    high = high or float(seen.max() if len(seen) else 0.0) or 1.0
    scale = alt.Scale(domain=[0, high], range=list(PAPER_TO_WEIGHTS), interpolate="rgb")
    return _cells(frame, title, meaning, scale, ".4f", axes)


def heads_heatmap(
    values: Float[np.ndarray, "n_layers n_heads"],
    layers: Iterable[int],
    *,
    title: str,
    meaning: str,
) -> alt.LayerChart | alt.FacetChart:
    """One number of every head, layers down, heads across. Where it is nan there is no head, or no number."""
    rows, columns = [str(layer) for layer in layers], [str(i) for i in range(values.shape[1])]
    return heatmap(
        values, rows, columns, title=title, meaning=meaning, row_title="layer", column_title="head"
    )


def _both_sides(frame: pd.DataFrame) -> alt.Scale:
    """One place of the domain for each colour, so that the middle one is zero's."""
    reach = float(frame.loc[frame["allowed"], "weight"].abs().max()) if len(frame) else 0.0
    reach = reach if reach > 0 else 1.0
    domain = np.linspace(-reach, reach, len(OCHRE_TO_PETROL)).tolist()
    return alt.Scale(domain=domain, range=list(OCHRE_TO_PETROL), interpolate="rgb")


def _cells(
    frame: pd.DataFrame,
    title: str,
    meaning: str,
    scale: alt.Scale,
    number_format: str,
    axes: tuple[str, str],
) -> alt.LayerChart | alt.FacetChart:
    if len(frame) > MOST_CELLS:
        raise ValueError(f"{len(frame):,} cells are too many for a picture: take the CSV instead")
    base = alt.Chart(alt.Data(values=frame.to_dict("records"))).encode(
        x=alt.X(
            "key:N",
            sort=list(dict.fromkeys(frame["key"])),  # else the first allowed key would come first
            title=axes[1],
            axis=alt.Axis(labelAngle=-60, orient="top"),
        ),
        y=alt.Y("query:N", sort=list(dict.fromkeys(frame["query"])), title=axes[0]),
    )
    weights = (
        base.transform_filter("datum.allowed")
        .mark_rect()
        .encode(
            color=alt.Color("weight:Q", title=meaning, scale=scale),
            tooltip=[
                alt.Tooltip("query:N", title=axes[0]),
                alt.Tooltip("key:N", title=axes[1]),
                alt.Tooltip("weight:Q", title=meaning, format=number_format),
            ],
        )
    )
    blocked = base.transform_filter("!datum.allowed").mark_rect(color=BLOCKED)
    return alt.layer(weights, blocked).properties(
        title=title, width=alt.Step(26), height=alt.Step(26)
    )
