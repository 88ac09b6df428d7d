"""A chart as a file or as a specification, without a browser and without a network."""

import json
from typing import Any

import altair as alt
import vl_convert

Picture = alt.TopLevelMixin  # any chart that can stand alone


def as_spec(chart: Picture) -> dict[str, Any]:
    """The validated Vega-Lite dictionary, ready for `st.vega_lite_chart`; its theme is left to the page."""
    spec = chart.to_dict()
    for entry in ("$schema", "config", "data"):
        spec.pop(entry, None)
    return spec


def as_svg(chart: Picture) -> bytes:
    """The chart as SVG, fonts by name."""
    return vl_convert.vegalite_to_svg(json.dumps(chart.to_dict())).encode()


def as_png(chart: Picture, scale: float = 2.0) -> bytes:
    """The chart as PNG, `scale` pixels per point."""
    return vl_convert.vegalite_to_png(json.dumps(chart.to_dict()), scale=scale)
