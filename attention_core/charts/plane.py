"""Vectors and points in a plane as a chart to take away: equal units on both axes, names at the tips."""

from collections.abc import Hashable, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from jaxtyping import Float
from numpy.typing import ArrayLike

from attention_core.charts.colours import ROLE_COLOURS
from attention_core.visible import visible

SIDE = 420  # points
AIR = 1.2  # the world is so many times wider than its farthest mark


def plane_frame(
    names: Sequence[str],
    xs: ArrayLike,
    ys: ArrayLike,
    roles: Sequence[str | None] | None = None,
    starts: Float[np.ndarray, "n 2"] | None = None,
) -> pd.DataFrame:
    """One row per mark: its name and place and, where given, whose colour it wears and where its arrow starts.

    A start that is nan stands for "a dot". Raises ValueError unless there are as many of each.
    """
    x, y = np.asarray(xs, dtype=float), np.asarray(ys, dtype=float)
    sizes = [len(part) for part in (x, y, roles, starts) if part is not None]
    if any(size != len(names) for size in sizes):
        raise ValueError(f"{len(names)} names need as many of each, got {sizes}")
    frame = pd.DataFrame({"name": list(map(visible, names)), "x": x, "y": y})
    if roles is not None:
        frame["role"] = [role or "none" for role in roles]
    if starts is not None:
        frame["start x"], frame["start y"] = starts.T
    return frame


def plane_chart(
    frame: pd.DataFrame, title: str, x_title: str = "", y_title: str = ""
) -> alt.LayerChart | alt.FacetChart:
    """The chart of `plane_frame`: a dot or an arrow with its name for each row."""
    columns = ["x", "y", *(name for name in ("start x", "start y") if name in frame)]
    reach = AIR * float(np.nan_to_num(frame[columns].abs().to_numpy()).max(initial=0.0)) or 1.0
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    base = alt.Chart(alt.Data(values=_records(frame))).encode(
        x=alt.X("x:Q", title=x_title or None, scale=scale, axis=alt.Axis(tickCount=8)),
        y=alt.Y("y:Q", title=y_title or None, scale=scale, axis=alt.Axis(tickCount=8)),
        color=alt.Color(
            "role:N",
            scale=alt.Scale(domain=list(ROLE_COLOURS), range=list(ROLE_COLOURS.values())),
            legend=None,
        ),
    )
    shafts = base.transform_filter("datum.arrow").mark_rule(strokeWidth=2.5)
    heads = base.transform_filter("datum.arrow").mark_point(
        shape="triangle", filled=True, opacity=1, size=140
    )
    dots = base.transform_filter("!datum.arrow").mark_circle(size=70, opacity=1)
    names = [  # away from the origin, where arrows come from
        base.transform_filter(side)
        .mark_text(dy=away, fontSize=13, fontWeight=600)
        .encode(text="name:N")
        for side, away in (("datum.y >= 0", -14), ("datum.y < 0", 16))
    ]
    return alt.layer(
        shafts.encode(x2="start x:Q", y2="start y:Q"),
        heads.encode(angle=alt.Angle("turn:Q", scale=None)),
        dots,
        *names,
    ).properties(title=title, width=SIDE, height=SIDE)


def _records(frame: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """The rows as JSON can hold them, with what the picture needs: is it an arrow, which way does it point."""
    full = frame.copy()
    for column in ("start x", "start y"):
        full[column] = full.get(column, np.nan)
    full["role"] = full.get("role", "none")
    full["arrow"] = full["start x"].notna()
    right, up = full["x"] - full["start x"], full["y"] - full["start y"]
    full["turn"] = 90 - np.degrees(np.arctan2(up, right))  # clockwise from pointing up
    return full.astype(object).where(full.notna(), None).to_dict("records")
