"""Differences on a scale of powers of ten: valid charts, a dot for every layer of every run, in the colours that are meant."""

import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from attention_core.charts.colours import ROLE_COLOURS
from attention_core.charts.export import as_spec, as_svg, on_paper
from attention_core.charts.rounding import (
    DOUBLE,
    FLOOR,
    OURS,
    SINGLE,
    WRONG,
    rounding,
    rounding_frame,
)

LINES = {
    (OURS, SINGLE): np.array([0.0, 1e-6, 2e-6], dtype=np.float32),
    (OURS, DOUBLE): np.array([0.0, 1e-15, 2e-15]),
    (WRONG, SINGLE): np.array([1e-3, 2e-3, 2e-3]),
}
FRAME = rounding_frame(LINES)


def test_a_frame_has_every_layer_of_every_run_and_a_place_for_zero():
    assert len(FRAME) == 9
    first = FRAME.iloc[0]
    assert (first["line"], first["difference"], first["drawn"]) == (f"{OURS}, {SINGLE}", 0, FLOOR)
    assert FRAME["drawn"].tolist()[4:] == FRAME["difference"].tolist()[4:]


@pytest.mark.parametrize("role", ["weights", "output"])
def test_a_chart_is_valid_survives_json_and_draws_every_layer(role):
    chart = rounding(5e-5, "max |Δ|", role)
    spec = chart.to_dict(validate=True)
    assert json.loads(json.dumps(spec, allow_nan=False)) == spec
    assert not {"data", "config", "datasets"} & set(as_spec(chart))
    svg = ET.fromstring(as_svg(on_paper(chart, FRAME)))
    marks = [(node.get("aria-roledescription"), node.get("fill")) for node in svg.iter()]
    dots = [colour for kind, colour in marks if kind == "circle"]
    assert dots.count(ROLE_COLOURS[role]) == 6 and dots.count(ROLE_COLOURS["none"]) == 3
    drawn = ET.tostring(svg, encoding="unicode")
    assert drawn.count("rounding in float32 stays below<") == 1
