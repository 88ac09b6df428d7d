"""A chart as a file or as a specification, without a browser and without a network."""

import json
from typing import Any, TypeVar

import altair as alt
import pandas as pd

from attention_core.charts.colours import ROLE_COLOURS
from attention_core.native import drawing
from attention_core.native.worker import apart
from attention_core.visible import visible_throughout

Picture = alt.TopLevelMixin  # any chart that can stand alone
C = TypeVar("C", alt.Chart, alt.LayerChart | alt.FacetChart)


def as_spec(chart: Picture) -> dict[str, Any]:
    """The validated Vega-Lite dictionary, ready for `st.vega_lite_chart`; its theme is left to the page."""
    spec = visible_throughout(chart.to_dict())
    for entry in ("$schema", "config", "data"):
        spec.pop(entry, None)
    return spec


def on_paper(chart: C, frame: pd.DataFrame, width: int = 420, height: int = 240) -> C:
    """A chart whose data is shipped apart, with that data and the colours that the page's theme would give."""
    return chart.properties(data=frame, width=width, height=height).configure_range(
        category=list(ROLE_COLOURS.values())
    )


def as_svg(chart: Picture) -> bytes:
    """The chart as SVG, fonts by name. Raises WorkerDied if the renderer ends or hangs."""
    return apart(drawing.svg, _whole_spec(chart))


def as_png(chart: Picture, scale: float = 2.0) -> bytes:
    """The chart as PNG, `scale` pixels per point. Raises WorkerDied if the renderer ends or hangs."""
    return apart(drawing.png, _whole_spec(chart), scale)


def _whole_spec(chart: Picture) -> str:
    """The chart with its data as JSON, without a character that its labels could not show."""
    return json.dumps(visible_throughout(chart.to_dict()))
