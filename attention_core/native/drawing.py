"""Vega-Lite to SVG and PNG by vl-convert. Runs in the worker: it aborts its process on text that XML cannot hold."""

import vl_convert


def svg(spec: str) -> bytes:
    """The chart of a Vega-Lite specification in JSON; fonts by name."""
    return vl_convert.vegalite_to_svg(spec).encode()


def png(spec: str, scale: float) -> bytes:
    """The same in pixels, `scale` of them per point."""
    return vl_convert.vegalite_to_png(spec, scale=scale)
