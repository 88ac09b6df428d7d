"""A number through the layers: valid charts, a line for each sentence, in the colours that are meant."""

import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from attention_core.charts.colours import ROLE_COLOURS
from attention_core.charts.export import as_spec, as_svg, on_paper
from attention_core.charts.through_layers import (
    BETWEEN,
    FIRST,
    SECOND,
    cosine_between,
    cosines,
    layers_frame,
    probabilities,
)

FRAME = layers_frame([np.array([1.0, 0.5, 0.2]), np.array([1.0, 0.7, -0.1])])


def test_a_frame_has_a_row_for_every_state_of_every_line():
    rows = FRAME.to_numpy().tolist()
    assert rows[1] == [1, FIRST, 0.5]
    assert rows[5] == [2, SECOND, -0.1]
    assert len(rows) == 6


def test_lines_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"2 names for lines of \[3, 2\] states"):
        layers_frame([np.ones(3), np.ones(2)])


@pytest.mark.parametrize("chart", [cosine_between, cosines, probabilities])
def test_a_chart_is_valid_survives_json_and_brings_no_data(chart):
    spec = chart().to_dict(validate=True)
    assert json.loads(json.dumps(spec, allow_nan=False)) == spec
    assert not {"data", "config"} & set(as_spec(chart()))


@pytest.mark.parametrize(
    ("chart", "frame", "expected"),
    [
        (cosines, FRAME, {ROLE_COLOURS["none"]: 3, ROLE_COLOURS["output"]: 3}),
        (cosine_between, layers_frame([np.ones(4)], [BETWEEN]), {ROLE_COLOURS["output"]: 4}),
    ],
)
def test_every_state_is_a_dot_in_its_line_s_colour(chart, frame, expected):
    svg = ET.fromstring(as_svg(on_paper(chart(), frame)))
    dots = [node for node in svg.iter() if node.get("aria-roledescription") == "circle"]
    drawn = [str(dot.get("fill")) for dot in dots]
    assert {colour: drawn.count(colour) for colour in set(drawn)} == expected
